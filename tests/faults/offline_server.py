"""The offline server as a process of its own, with its control routes: `python -m
tests.faults.offline_server`.

Arguments: how many ports to serve on, and whether there is a Responses API (`responses`) or only Chat
Completions (`chat`). Logs the ports once it listens. Besides the usual control routes there is GET
`/_offline/notion/held`: the requests to Notion whose answers are being held back by a `delay`.
"""

import asyncio
import json
import signal
import sys

from aiohttp import web
from kinkster_worker.offline.app import create_app
from kinkster_worker.offline.notion_state import NOTION


async def serve(ports: int, responses_api: bool) -> None:
    """Serves until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = create_app(control=True, responses_api=responses_api)
    app.router.add_get("/_offline/notion/held", held)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        for _ in range(ports):
            await web.TCPSite(runner, "127.0.0.1", 0).start()
        listening = {"event": "listening", "ports": [address[1] for address in runner.addresses]}
        print(json.dumps(listening), file=sys.stderr, flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


async def held(request: web.Request) -> web.Response:
    """What to do something else meanwhile with: host and body of each request whose answer is on its way."""
    found = [
        {"number": number, "host": entry.headers["Host"], "body": entry.body}
        for number, entry in enumerate(request.app[NOTION].journal or ())
        if entry.ended is None and entry.fault is not None and entry.fault.kind == "delay"
    ]
    return web.json_response(found)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2] == "responses"))
