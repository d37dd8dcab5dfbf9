"""What each case guards, and the proof that it does: `python -m tests.faults.guards`, or with some names.

Each guard is a line of SQL or of the worker. It is broken in a copy of the repository, the case that guards
it is run there with few tries, and has to find something. Prints a line for each guard; exits with 0 only if
every broken line was found out.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.children import ROOT
from tests.faults.judge import KINDS

SQL = "supabase/schemas/kinkster"
WORKER = "supabase/functions/kinkster_worker"
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "node_modules")


class GuardError(Exception):
    """A guard can't be broken as its entry says: the line is not there, or the case ended otherwise."""


@dataclass(frozen=True)
class Guard:
    """A line that a case guards: `line` in the file `path` is what holds, `broken` is put in its place.

    `also` is a second line, as path, line and broken line, where two hold the same.
    """

    name: str
    case: str
    tries: int
    path: str
    line: str
    broken: str
    also: tuple[str, str, str] | None = None


GUARDS = (
    Guard(
        "an expired lease is claimed again",
        "kill",
        20,
        f"{SQL}/claim_next_turn.sql",
        "or (t.status = 'streaming' and t.lease_expires_at <= v_now)",
        "",
    ),
    Guard(
        "a checkpoint renews the lease",
        "kill",
        20,
        f"{SQL}/checkpoint_turns.sql",
        "lease_expires_at = v_now + (select s.lease from kinkster.settings as s)",
        "lease_expires_at = t.lease_expires_at",
    ),
    Guard(
        "what was shown is never written anew",
        "kill",
        20,
        f"{SQL}/claim_turn.sql",
        "if v_turn.is_shown then",
        "if false then",
    ),
    Guard(
        "text is stored before it is sent",
        "kill",
        20,
        f"{WORKER}/run.py",
        "        self.size += len(kept)\n",
        "        self.size += len(kept)\n        self.shown = len(self.gather())\n        self._tell()\n",
    ),
    Guard(
        "settling waits for the database",
        "restart",
        100,
        f"{WORKER}/turns.py",
        "if time.monotonic() + wait > until:",
        "if until:",
    ),
    Guard(
        "text waits for the database",
        "restart",
        50,
        f"{WORKER}/keeping.py",
        "            self._again(batch.values())\n            await asyncio.sleep(AWAY_SECONDS)\n",
        "            for run in batch.values():\n                run.stop(errors.LeaseLost())\n",
    ),
    Guard(
        "a dead connection is no answer",
        "restart",
        50,
        f"{WORKER}/queries.py",
        "                await asyncio.gather(self._pool.drain(), self._apart.drain())\n",
        "                raise errors.Internal\n",
    ),
    Guard(
        "text that a client has is not repeated",
        "cut",
        3,
        f"{SQL}/settle_turn.sql",
        "not v_turn.is_shown and not coalesce((p_outcome ->> 'shown')::boolean, false)",
        "true",
    ),
    Guard(
        "Retry-After is obeyed",
        "429 with Retry-After",
        3,
        f"{SQL}/retry_delay.sql",
        "coalesce(p_retry_after_seconds, 0) + ",
        "",
    ),
    Guard(
        "a long Retry-After is not waited for",
        "429 with a long Retry-After",
        3,
        f"{SQL}/retry_delay.sql",
        " or p_retry_after_seconds > c_longest",
        "",
    ),
    Guard(
        "what a repeat will not change is not repeated",
        "quota",
        3,
        f"{SQL}/retry_delay.sql",
        "if not coalesce(p_error_code = any(c_passing), false) or ",
        "if ",
    ),
    Guard(
        "attempts are spread in time",
        "500",
        3,
        f"{SQL}/retry_delay.sql",
        "2 ^ least(p_attempt - 1, 8) * (0.5 + pg_catalog.random())",
        "0",
    ),
    Guard(
        "attempts are bounded",
        "500 that lasts",
        3,
        f"{SQL}/settle_turn.sql",
        "elsif v_turn.attempts < (select s.max_attempts from kinkster.settings as s) then",
        "else",
    ),
    Guard(
        "a turn that is not due is not claimed",
        "503",
        3,
        f"{SQL}/claim_next_turn.sql",
        "(t.status = 'queued' and coalesce(t.next_attempt_at <= v_now, true))",
        "(t.status = 'queued')",
        also=(
            f"{SQL}/claim_turn.sql",
            "(v_turn.status = 'queued' and coalesce(v_turn.next_attempt_at <= v_now, true))",
            "(v_turn.status = 'queued')",
        ),
    ),
    Guard(
        "Retry-After of a 503 is read",
        "503 with Retry-After",
        3,
        f"{WORKER}/providers/stream.py",
        "if status >= 500:",
        "if status >= 500 and not (headers := {}):",
    ),
    Guard(
        "a quota is told from a rate limit",
        "quota",
        3,
        f"{WORKER}/providers/openai_responses.py",
        'if status == 429 and {error.get("code"), error.get("type")} & QUOTA_CODES:',
        "if False:",
    ),
    Guard(
        "the first byte is waited for no longer",
        "no answer",
        1,
        f"{WORKER}/providers/stream.py",
        "async with asyncio.timeout(patience.first_byte):",
        "async with asyncio.timeout(None):",
    ),
    Guard(
        "silence is noticed",
        "stall in mid-stream",
        1,
        f"{WORKER}/providers/stream.py",
        "if reader.whole else patience.idle",
        "if reader.whole else None",
    ),
    Guard(
        "the end of a stream is not the end of a reply",
        "cut",
        3,
        f"{WORKER}/providers/openai_responses.py",
        "raise said_no(self._refusal) if self._refusal else errors.ReplyCutOff()",
        "return Completed()",
    ),
    Guard(
        "a broken connection is no end of a reply",
        "dropped",
        3,
        f"{WORKER}/providers/openai_responses.py",
        "raise said_no(self._refusal) if self._refusal else errors.ReplyCutOff()",
        "return Completed()",
    ),
    Guard(
        "what is not JSON is not skipped",
        "malformed",
        3,
        f"{WORKER}/providers/stream.py",
        "event = loads(payload)",
        "event = loads(payload) if payload[-1:] == b'}' else {}",
    ),
    Guard(
        "a page is no stream",
        "HTML with 200",
        3,
        f"{WORKER}/providers/stream.py",
        'if response.content_type != "text/event-stream":',
        "if False:",
    ),
    Guard(
        "an error event is an error",
        "error event",
        3,
        f"{WORKER}/providers/openai_responses.py",
        'elif kind == "error":',
        'elif kind == "no error":',
    ),
    Guard(
        "an incomplete reply is not whole",
        "incomplete",
        3,
        f"{WORKER}/providers/openai_responses.py",
        'if kind == "response.incomplete" or response.get("status") != "completed" or details:',
        "if False:",
    ),
    Guard(
        "a forgotten context is rebuilt",
        "unknown previous id: 404",
        3,
        f"{WORKER}/providers/openai_responses.py",
        "return UnknownPreviousResponse()",
        "return errors.ProviderRejected()",
    ),
    Guard(
        "an event has a limit",
        "oversized",
        2,
        f"{WORKER}/providers/sse.py",
        "MAX_EVENT_BYTES = 8 * 1024 * 1024",
        "MAX_EVENT_BYTES = 80 * 1024 * 1024",
    ),
    Guard(
        "a JSON answer of Flowise is a reply",
        "JSON",
        3,
        f"{WORKER}/providers/flowise.py",
        'if response.status != 200 or response.content_type == "application/json":',
        "if response.status != 200:",
    ),
    Guard(
        "an error of Flowise is an error",
        "error then end",
        3,
        f"{WORKER}/providers/flowise.py",
        'elif kind == "error":',
        'elif kind == "no error":',
    ),
    Guard(
        "metadata makes a reply of Flowise whole",
        "no end",
        3,
        f"{WORKER}/providers/flowise.py",
        "            self.whole = True\n",
        "            pass\n",
    ),
    Guard(
        "a request that is answered is read along",
        "same request",
        3,
        f"{SQL}/take_turn.sql",
        "v_turn.status = 'streaming' and v_turn.lease_expires_at > v_now and v_turn.worker <> p_worker",
        "false",
    ),
    Guard(
        "a request id is one turn",
        "same request",
        3,
        f"{SQL}/sent_turn.sql",
        "if not found then",
        "if true then",
    ),
    Guard(
        "one turn of a conversation is in flight",
        "two tabs",
        8,
        f"{SQL}/turns_in_flight.sql",
        "primary key (user_id, conversation_id) include (turn_id)",
        "primary key (user_id, conversation_id, turn_id)",
    ),
    Guard(
        "reading goes on where it stopped",
        "leaving",
        12,
        f"{SQL}/read_on.sql",
        "pg_catalog.substr(v_turn.reply, p_from + 1)",
        "pg_catalog.substr(v_turn.reply, p_from)",
    ),
    Guard(
        "a client has time to come back",
        "leaving",
        12,
        f"{WORKER}/run.py",
        "self.give_up_at = time.monotonic() + self.resume_seconds\n",
        "self.give_up_at = time.monotonic()\n",
    ),
    Guard(
        "a turn that nobody reads is given up",
        "leaving",
        12,
        f"{WORKER}/keeping.py",
        "run.stop(errors.ClientGone())",
        "pass",
    ),
    Guard(
        "readers at another worker count",
        "leaving",
        20,
        f"{SQL}/read_on.sql",
        "set followed_until = v_now + c_follows,",
        "set followed_until = t.followed_until,",
    ),
    Guard(
        "a safeword is seen",
        "safeword",
        8,
        f"{SQL}/place_message.sql",
        "if kinkster.has_safeword(pg_catalog.left(p_message, c_readable), v_profile.safewords) then",
        "if false then",
    ),
    Guard(
        "a safeword stops the running reply",
        "safeword",
        8,
        f"{SQL}/check_in.sql",
        "  perform kinkster.stop_turns(p_user_id, 'safeword', p_conversation_id);\n",
        "",
    ),
    Guard(
        "a safeword reaches the worker at once",
        "safeword",
        8,
        f"{SQL}/stop_turns.sql",
        "perform pg_catalog.pg_notify('kinkster_changed', v_turn.id::text);",
        "null;",
    ),
    Guard(
        "a safeword pauses the conversation",
        "safeword",
        8,
        f"{SQL}/check_in.sql",
        "state = case when c.state = 'active' then 'paused' else c.state end,",
        "state = c.state,",
    ),
    Guard(
        "the provider is left when a reply is stopped",
        "safeword",
        8,
        f"{WORKER}/keeping.py",
        "run.stop(errors.LeaseLost())",
        "pass",
    ),
    Guard(
        "one turn tries for all whether a provider is back",
        "provider down",
        10,
        f"{SQL}/pass_breaker.sql",
        "set open_until = v_now + c_probe",
        "set open_until = b.open_until",
    ),
    Guard(
        "a page that may exist is looked for",
        "notion",
        200,
        f"{SQL}/next_notion_page.sql",
        "'look_up', v_unclear_since is not null or v_synced_at is not null,",
        "'look_up', false,",
    ),
    Guard(
        "that a page may exist is noted before it is made",
        "notion",
        200,
        f"{SQL}/next_notion_page.sql",
        "values (v_id, (v_page ->> 'revision')::bigint, v_now)",
        "values (v_id, (v_page ->> 'revision')::bigint, null)",
    ),
    Guard(
        "the revision that was sent is marked",
        "notion",
        200,
        f"{SQL}/note_sync.sql",
        "when p_revision < k.revision then 'pending'",
        "when false then 'pending'",
    ),
    Guard(
        "a failed search is no answer",
        "notion",
        400,
        f"{WORKER}/notion/sending.py",
        '            self._page_id = await self._find(page["kinkster_id"])\n',
        "            try:\n"
        '                self._page_id = await self._find(page["kinkster_id"])\n'
        "            except errors.NotionError:\n"
        "                pass\n",
    ),
    Guard(
        "one bot is used by one worker at a time",
        "notion",
        1_000,
        f"{SQL}/claim_notion.sql",
        "where o.bot_id = c.bot_id and (",
        "where o.user_id = c.user_id and (",
        also=(
            f"{SQL}/claim_notion.sql",
            "  where o.bot_id = v_connection.bot_id;\n  if ",
            "  where o.user_id = v_connection.user_id;\n  if ",
        ),
    ),
    Guard(
        "requests are as far apart as Notion wants them",
        "notion",
        400,
        f"{WORKER}/notion/client.py",
        "self._next = self._loop.time() + self._interval",
        "self._next = self._loop.time()",
    ),
)


@contextmanager
def broken(copy: Path, guard: Guard) -> Iterator[None]:
    """Breaks a guard in a copy of the repository, and in the migrations that carry its file verbatim."""
    breaks = [(guard.path, guard.line, guard.broken), *([guard.also] if guard.also else [])]
    carriers = {copy / path for path, _, _ in breaks} | set((copy / "supabase" / "migrations").glob("*.sql"))
    texts = {carrier: carrier.read_text(encoding="utf-8") for carrier in carriers}
    try:
        for path, line, instead in breaks:
            right = (copy / path).read_text(encoding="utf-8")
            if right.count(line) != 1:
                raise GuardError(f"{guard.name}: its line stands {right.count(line)} times in {path}")
            wrong = right.replace(line, instead)
            for carrier in carriers:
                text = carrier.read_text(encoding="utf-8")
                carrier.write_text(text.replace(right, wrong), encoding="utf-8")
        yield
    finally:
        for carrier, text in texts.items():
            carrier.write_text(text, encoding="utf-8")


def found_out(copy: Path, guard: Guard) -> str:
    """Runs the guard's case in the copy; what turned red, or nothing. Raises GuardError if it didn't run."""
    path = os.pathsep.join([str(copy / "supabase" / "functions"), str(copy)])
    variables = {"ONLY": guard.case, "TRIES": str(guard.tries), "SEED": "1", "HUNG_SECONDS": "15"}
    environment = {**os.environ, "PYTHONPATH": path, **variables}
    command = [sys.executable, "-m", "tests.faults"]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(guard.case)]
    if done.returncode not in (0, 1) or not lines:
        raise GuardError(f"{guard.name}: {done.stderr[-2000:]}")
    tries, *counts = (int(cell) for cell in lines[0].removeprefix(guard.case).split()[:5])
    red = ", ".join(f"{count} {kind}" for kind, count in zip(KINDS, counts, strict=True) if count)
    return red and f"{red} of {tries}"


def main(names: list[str]) -> int:
    """Breaks the guards with these names, or all, one after the other."""
    unnoticed = 0
    with tempfile.TemporaryDirectory(prefix="kinkster-guards-") as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        for guard in GUARDS:
            if names and guard.name not in names:
                continue
            try:
                with broken(copy, guard):
                    found = found_out(copy, guard)
            except GuardError as error:
                found = ""
                print(error, file=sys.stderr)
            unnoticed += not found
            print(f"{guard.name:<50}{guard.case:<30}{found or 'NOT FOUND OUT'}", flush=True)
    print(
        f"{unnoticed} of {len(GUARDS)} broken lines not found out"
        if unnoticed
        else "each broken line was found out"
    )
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
