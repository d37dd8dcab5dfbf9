"""The offline server as a process of its own, with its control routes: `python -m
tests.faults.offline_server`.

Arguments: how many ports to serve on, and whether there is a Responses API (`responses`) or only Chat
Completions (`chat`). Logs the ports once it listens.
"""

import asyncio
import json
import signal
import sys

from aiohttp import web
from kinkster_worker.offline.app import create_app


async def serve(ports: int, responses_api: bool) -> None:
    """Serves until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = create_app(control=True, responses_api=responses_api)
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


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2] == "responses"))
