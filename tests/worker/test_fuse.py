"""A read of a provider's body may take so long, whenever it begins."""

import asyncio
from unittest.mock import Mock

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from kinkster_worker.providers.fuse import Fuse


@pytest.fixture
async def content() -> StreamReader:
    """The body of an answer that says nothing."""
    return StreamReader(Mock(BaseProtocol), 2**16, loop=asyncio.get_running_loop())


async def test_a_read_that_takes_too_long_is_ended(content: StreamReader) -> None:
    with Fuse(content) as fuse:
        fuse.burn(0.05)
        with pytest.raises(TimeoutError):
            await content.readany()


async def test_each_read_has_its_whole_time(content: StreamReader) -> None:
    loop = asyncio.get_running_loop()
    with Fuse(content) as fuse:
        fuse.burn(0.3)
        loop.call_later(0.2, content.feed_data, b"one")
        assert await content.readany() == b"one"
        fuse.burn(0.3)
        began = loop.time()
        with pytest.raises(TimeoutError):
            await content.readany()
        assert loop.time() - began > 0.25


async def test_a_shorter_time_than_that_of_the_read_before_holds(content: StreamReader) -> None:
    loop = asyncio.get_running_loop()
    with Fuse(content) as fuse:
        fuse.burn(60)
        loop.call_soon(content.feed_data, b"one")
        assert await content.readany() == b"one"
        fuse.burn(0.05)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(content.readany(), 20)


async def test_what_is_over_is_not_ended_later(content: StreamReader) -> None:
    with Fuse(content) as fuse:
        fuse.burn(0.05)
    await asyncio.sleep(0.2)
    assert content.exception() is None
