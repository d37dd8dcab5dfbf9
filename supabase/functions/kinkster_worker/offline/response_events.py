"""The events of a response, and the response object that they carry.

Names, order and fields are those of the official SDK's types and of recorded servers.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .faults import Fault
from .streams import Frame, Wire, compact

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}
_GARBAGE = b'event: response.output_text.delta\ndata: {"type":"response.outp\n\n'
FIELDS: dict[str, Any] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": "default",
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}


@dataclass(frozen=True)
class Reply:
    """One response on its way: what is said, whether the limit of tokens `cut` it, and what was asked."""

    id: str
    item_id: str
    body: dict[str, Any]
    fault: Fault
    deltas: list[str]
    cut: bool
    input_tokens: int

    @property
    def text(self) -> str:
        return "".join(self.deltas)

    @property
    def status(self) -> str:
        if self.fault.kind in ("incomplete", "completed_incomplete"):
            return "incomplete"
        return "failed" if self.fault.kind == "failed" else "incomplete" if self.cut else "completed"

    def part(self, text: str) -> dict[str, Any]:
        """The one part of the one message: text, or a refusal."""
        if self.fault.kind == "refusal":
            return {"type": "refusal", "refusal": text}
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def item(self, status: str) -> dict[str, Any]:
        """The one message of the output."""
        content = [] if status == "in_progress" else [self.part(self.text)]
        return {
            "id": self.item_id,
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": content,
        }

    def response(self, status: str) -> dict[str, Any]:
        """The response object in one of its states; output, usage and error only in the last one."""
        given = {name: self.body[name] for name in FIELDS if self.body.get(name) is not None}
        head = {**FIELDS, **given, "id": self.id, "object": "response", "created_at": int(time.time())}
        head |= {"status": status, "model": self.body["model"]}
        if status in ("queued", "in_progress"):
            return {**head, "error": None, "incomplete_details": None, "output": [], "usage": None}
        usage = {
            "input_tokens": self.input_tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": len(self.deltas),
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": self.input_tokens + len(self.deltas),
        }
        reason = "max_output_tokens" if self.cut else self.fault.reason
        return {
            **head,
            "error": {"code": self.fault.code or "server_error", "message": self.fault.message}
            if status == "failed"
            else None,
            "incomplete_details": {"reason": reason} if status == "incomplete" else None,
            "output": [self.item("completed" if status == "completed" else "incomplete")],
            "usage": usage,
        }

    def frames(self) -> Iterator[Frame]:
        """The stream, numbered from 0."""
        for number, (name, fields) in enumerate(self.events()):
            data = {"type": f"response.{name}", "sequence_number": number, **fields}
            yield Frame(_event(data), delta=name.endswith(".delta"))

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each event's name and fields, in OpenAI's order."""
        kind, field = ("refusal", "refusal") if self.fault.kind == "refusal" else ("output_text", "text")
        place = {"item_id": self.item_id, "output_index": 0, "content_index": 0}
        logprobs: dict[str, Any] = {"logprobs": []} if field == "text" else {}
        yield "created", {"response": self.response("in_progress")}
        if self.body.get("background"):
            yield "queued", {"response": self.response("queued")}
        yield "in_progress", {"response": self.response("in_progress")}
        yield "output_item.added", {"output_index": 0, "item": self.item("in_progress")}
        yield "content_part.added", {**place, "part": self.part("")}
        for delta in self.deltas:
            yield f"{kind}.delta", {**place, "delta": delta, **logprobs}
        if self.status != "failed":
            yield f"{kind}.done", {**place, field: self.text, **logprobs}
            yield "content_part.done", {**place, "part": self.part(self.text)}
            yield "output_item.done", {"output_index": 0, "item": self.item(self.status)}
        last = "completed" if self.fault.kind == "completed_incomplete" else self.status
        yield last, {"response": self.response(self.status)}


def _error(fault: Fault, number: int) -> bytes:
    fields = {"code": fault.code or "server_error", "message": fault.message, "param": None}
    return _event({"type": "error", "sequence_number": number, **fields})


def _event(data: dict[str, Any]) -> bytes:
    return f"event: {data['type']}\ndata: {compact(data)}\n\n".encode()


WIRE = Wire(HEADERS, _error, _GARBAGE)
