"""A Postgres address in front of the real one."""

import asyncio
from collections import Counter

from psycopg.conninfo import conninfo_to_dict

READY = b"Z\x00\x00\x00\x05I"  # ReadyForQuery, outside of a transaction: what was asked is committed


class CountingProxy:
    """A Postgres address that counts what clients ask: one Sync message is one round trip.

    Once a client sends a statement that holds `losing`, its connection ends in the place of the answer.
    Statements that hold `pausing` wait until `go_on` is set; `paused` is set when the first one does.
    """

    def __init__(self, conninfo: str) -> None:
        self.counts: Counter[bytes] = Counter()
        self.down = False
        self.losing: bytes | None = None
        self.pausing: bytes | None = None
        self.paused, self.go_on = asyncio.Event(), asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        self.conninfo = conninfo
        self._target = conninfo_to_dict(conninfo)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relays one connection."""
        if self.down:
            writer.close()
            return
        self._open.add(writer)
        host, port = str(self._target["host"]), str(self._target["port"])
        if host.startswith("/"):
            there, back = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            there, back = await asyncio.open_connection(host, int(port))
        lost = asyncio.Event()
        up = asyncio.create_task(self._up(reader, back, lost))
        down = asyncio.create_task(self._down(there, writer, lost))
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        for task in (up, down):
            task.cancel()
        back.close()
        writer.close()

    def go_down(self) -> None:
        """Cuts all connections and takes no more."""
        self.down = True
        for writer in self._open:
            writer.transport.abort()

    async def _up(
        self, reader: asyncio.StreamReader, back: asyncio.StreamWriter, lost: asyncio.Event
    ) -> None:
        size = int.from_bytes(await reader.readexactly(4), "big")
        back.write(size.to_bytes(4, "big") + await reader.readexactly(size - 4))
        while kind := await reader.read(1):
            length = await reader.readexactly(4)
            self.counts[kind] += 1
            body = await reader.readexactly(int.from_bytes(length, "big") - 4)
            if self.losing is not None and self.losing in body:
                self.losing = None
                lost.set()
            if self.pausing is not None and self.pausing in body:
                self.paused.set()
                await self.go_on.wait()
            back.write(kind + length + body)
            await back.drain()

    @staticmethod
    async def _down(there: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while data := await there.read(65536):
            if lost.is_set():
                if data.endswith(READY):
                    return
                continue
            writer.write(data)
            await writer.drain()
