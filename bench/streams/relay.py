"""The least that parses, as a team would write it in an afternoon: `python -m bench.streams.relay UPSTREAM`.

It asks the provider with aiohttp, reads each event's JSON, and writes its text as an event of its own. No
user, no token, no database. Prints its port.
"""

import asyncio
import sys

import aiohttp
import orjson
from aiohttp import web


class Relay:
    """The one handler."""

    def __init__(self, upstream: str, session: aiohttp.ClientSession) -> None:
        self._upstream, self._session = upstream, session

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Streams the answer to {"message": …}."""
        asked = orjson.loads(await request.read())
        body = {"model": "gpt-4o-mini", "instructions": "Be kind.", "input": asked["message"], "stream": True}
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        async with self._session.post(self._upstream, data=orjson.dumps(body)) as answer:
            async for line in answer.content:
                if line.startswith(b"data: "):
                    event = orjson.loads(line[6:])
                    if event["type"] == "response.output_text.delta":
                        await response.write(b"data: " + orjson.dumps({"text": event["delta"]}) + b"\n\n")
        await response.write_eof(b"data: [DONE]\n\n")
        return response


async def main() -> None:
    """Serves until it is killed."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        app = web.Application()
        app.add_routes([web.post("/chat", Relay(sys.argv[1], session).chat)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
