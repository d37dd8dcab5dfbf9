"""The loop: claims connections, sends their characters, and tells SQL what became of each."""

import asyncio
from contextlib import suppress

import aiohttp

from kinkster_worker import errors as worker_errors
from kinkster_worker.logs import fields, log
from kinkster_worker.notion.client import Client
from kinkster_worker.notion.errors import NotionStopped, failure_of
from kinkster_worker.notion.lease import Lease
from kinkster_worker.notion.plan import Connection, Page
from kinkster_worker.notion.sealing import Sealer
from kinkster_worker.notion.sending import Sending
from kinkster_worker.notion.source import resolve
from kinkster_worker.queries import Queries

MOST_CONNECTIONS = 8
MOST_PAGES = 50  # of one claim: then it is the next connection's turn
LAST_SECONDS = 5.0  # to settle and release when the worker stops


class NotionLoop:
    """Sends what is due, looking for it every `poll_seconds`; with `user_id` of one user alone.

    `worker` is a name for the connections that are ours.
    """

    def __init__(
        self,
        queries: Queries,
        session: aiohttp.ClientSession,
        sealer: Sealer,
        url: str,
        worker: str,
        poll_seconds: float,
        user_id: str | None = None,
    ) -> None:
        self._queries, self._session, self._sealer, self._url = queries, session, sealer, url
        self._worker, self._poll_seconds, self._user_id = worker, poll_seconds, user_id
        self._running: set[asyncio.Task[int]] = set()
        self._clients: set[Client] = set()
        self._look = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._now = asyncio.get_running_loop().time

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._serve())

    async def stop(self, grace: float) -> None:
        """Begins no more requests, and gives those that run `grace` seconds. What is not whole waits for the
        next worker.
        """
        self._stopping = True
        self._look.set()
        if self._task is None:
            return
        for client in self._clients:
            client.stop()
        await asyncio.wait({self._task}, timeout=grace)
        for client in self._clients:
            client.cut()
        await asyncio.wait({self._task}, timeout=LAST_SECONDS)
        left = [task for task in (*self._running, self._task) if task.cancel()]
        await asyncio.gather(*left, return_exceptions=True)

    async def _serve(self) -> None:
        """Fills the free places, then waits for one or for the next poll. A defect is logged, not the end."""
        while not self._stopping:
            self._look.clear()
            try:
                await self._fill()
            except worker_errors.WorkerError:
                pass  # said by `queries`
            except Exception:
                log.exception("notion_crashed")
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await self._look.wait()
        if self._running:
            await asyncio.wait(self._running)

    async def _fill(self) -> None:
        most = MOST_CONNECTIONS if self._user_id is None else 1
        while len(self._running) < most and not self._stopping:
            since = self._now()
            claimed = await self._queries.claim_notion(self._worker, self._user_id)
            if claimed["state"] != "claimed":
                return
            task = asyncio.create_task(self._carry(claimed, since))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[int]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.result():
            self._look.set()  # there may be more of it, and there is a place for another one

    async def _carry(self, connection: Connection, since: float) -> int:
        """Sends what is due of a connection, and gives it back. Returns how many characters it took, 0 after
        a failure.
        """
        lease, began = Lease(self._queries, connection, since), self._now()
        client = Client(self._session, self._url, connection["interval_seconds"], lease.patience)
        self._clients.add(client)
        if self._stopping:
            client.stop()
        pages, is_ours = 0, True
        error: worker_errors.WorkerError | None = None
        try:
            sending = await self._open(client, connection, lease)
            while is_ours and pages < MOST_PAGES and not self._stopping:
                page = await lease.next_page()
                if page is None:
                    break
                pages += 1
                is_ours = await self._send(sending, lease, page)
                client.was_answered = False
        except (worker_errors.LeaseLost, worker_errors.DatabaseUnavailable) as lost:
            error, is_ours = lost, False
        except worker_errors.WorkerError as failed:
            error = failed
        except Exception:
            log.exception("notion_crashed", extra=fields(user_id=connection["user_id"]))
            error = worker_errors.WorkerFailed()
        finally:
            self._clients.discard(client)
        if is_ours:
            failure = None
            if error is not None and not isinstance(error, NotionStopped):
                failure = failure_of(error)
                failure["was_answered"] = client.was_answered
            await lease.release(client.wait_seconds, failure)
        log.info(
            "notion_connection",
            extra=fields(
                user_id=connection["user_id"],
                pages=pages,
                requests=client.requests,
                code=error.code if error else None,
                ms=int((self._now() - began) * 1000),
            ),
        )
        return 0 if error else pages

    async def _open(self, client: Client, connection: Connection, lease: Lease) -> Sending:
        """What sends on this connection. Raises NotionError where nothing of it can be sent."""
        client.authorize(self._sealer.open(connection["user_id"], connection["sealed_token"]))
        source_id = connection["data_source_id"]
        if source_id is None:
            source_id = await resolve(client, connection["database_id"])
            await lease.note_source(connection["database_id"], source_id)
        return Sending(client, connection, source_id, self._queries.notion_properties)

    async def _send(self, sending: Sending, lease: Lease, page: Page) -> bool:
        """Sends one character; whether the connection goes on."""
        began, outcome = self._now(), await sending.send(page)
        settled = await lease.settle(page, outcome)
        log.info(
            "notion_page",
            extra=fields(
                kinkster_id=page["kinkster_id"],
                revision=page["revision"],
                status=settled["sync_status"],
                code=outcome.get("error_code"),
                ms=int((self._now() - began) * 1000),
            ),
        )
        return settled["goes_on"]
