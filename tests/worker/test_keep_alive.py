"""One task sends the comments of all streams that are quiet."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from kinkster_worker.keep_alive import KeepAlive

from tests.worker.conftest import eventually

SECONDS = 0.1


class Quiet:
    """A stream that counts its comments; `broken` ones can't be written to."""

    def __init__(self, broken: bool = False) -> None:
        self.comments, self._broken = 0, broken

    async def comment(self) -> None:
        """See keep_alive.Stream."""
        self.comments += 1
        if self._broken:
            raise RuntimeError("a defect")


@pytest.fixture
async def keep_alive() -> AsyncIterator[KeepAlive]:
    """One that runs."""
    found = KeepAlive(SECONDS)
    found.start()
    yield found
    await found.stop()


async def test_each_stream_has_its_comments(keep_alive: KeepAlive) -> None:
    streams = [Quiet() for _ in range(3)]
    for stream in streams:
        keep_alive.sent(stream)
    await eventually(lambda: min(stream.comments for stream in streams) >= 2)


async def test_a_stream_on_which_text_is_sent_needs_none(keep_alive: KeepAlive) -> None:
    quiet, lively = Quiet(), Quiet()
    keep_alive.sent(quiet)
    while quiet.comments < 3:
        keep_alive.sent(lively)
        await asyncio.sleep(0)
    assert lively.comments == 0


async def test_a_stream_that_is_over_gets_none(keep_alive: KeepAlive) -> None:
    quiet, over = Quiet(), Quiet()
    keep_alive.sent(over)
    keep_alive.sent(quiet)
    keep_alive.discard(over)
    await eventually(lambda: quiet.comments >= 2)
    assert over.comments == 0


async def test_a_defect_of_one_stream_is_not_that_of_another(keep_alive: KeepAlive) -> None:
    broken, quiet = Quiet(broken=True), Quiet()
    keep_alive.sent(broken)
    keep_alive.sent(quiet)
    await eventually(lambda: quiet.comments >= 2)
