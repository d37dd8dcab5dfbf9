"""Flowise's events: the stream of a chain and of an agent flow, and the answer that isn't streamed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from .faults import Fault
from .persona import words
from .streams import Frame, Wire, compact

COMMON = {
    "Vary": "Origin",
    "Content-Security-Policy": "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}
_CACHE = {"Cache-Control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no"}
BUILD = "Error: predictionsServices.buildChatflow - "


@dataclass(frozen=True)
class Run:
    """One prediction: its question, ids, answer and fault, and which of the two shapes it has."""

    question: str
    chat: str
    session: str
    deltas: list[str]
    fault: Fault
    agent: bool

    def frames(self) -> Iterator[Frame]:
        """A chain's start, tokens, metadata and end; an agent flow's, with its nodes around the tokens."""
        failed = self.fault.kind == "failed"
        before = self.opening() if self.agent else [("start", "")]
        after = self.usage_and_progress() if self.agent and not failed else []
        if failed:
            after = [("error", BUILD + self.fault.message)]
        elif self.fault.kind != "no_metadata":
            after = [*after, ("metadata", self.ids())]
        yield from (Frame(event(name, data)) for name, data in before)
        yield from (Frame(event("token", delta), delta=True) for delta in self.deltas)
        yield from (Frame(event(name, data)) for name, data in after)
        if self.fault.kind != "no_end":
            yield Frame(END)

    def opening(self) -> list[tuple[str, Any]]:
        """An agent flow up to its first word, with the empty token that it begins with."""
        return [
            ("agentFlowEvent", "INPROGRESS"),
            ("nextAgentFlow", _node("start", "Start", "INPROGRESS")),
            ("nextAgentFlow", _node("start", "Start", "FINISHED")),
            ("agentFlowExecutedData", self.executed()[:1]),
            ("nextAgentFlow", _node("llm", "LLM", "INPROGRESS")),
            ("token", ""),
        ]

    def usage_and_progress(self) -> list[tuple[str, Any]]:
        """An agent flow from its last word on."""
        return [
            ("token", ""),
            ("token", ""),
            ("calledTools", []),
            ("usageMetadata", self.usage()),
            ("nextAgentFlow", _node("llm", "LLM", "FINISHED")),
            ("agentFlowExecutedData", self.executed()),
            ("agentFlowEvent", "FINISHED"),
        ]

    def ids(self) -> dict[str, str]:
        """What `metadata` says, and a JSON answer too."""
        memory = {} if self.agent else {"memoryType": "Buffer Memory"}
        ids = {"chatId": self.chat, "chatMessageId": str(uuid4()), "question": self.question}
        return {**ids, "sessionId": self.session, **memory}

    def result(self) -> dict[str, Any]:
        """The answer that isn't streamed."""
        agent = {"executionId": str(uuid4()), "agentFlowExecutedData": self.executed()}
        return {
            "text": "".join(self.deltas),
            **self.ids(),
            **(agent if self.agent else {"isStreamValid": False}),
        }

    def usage(self) -> dict[str, Any]:
        """Words for tokens."""
        told, said = len(words(self.question)), len(self.deltas)
        counts: dict[str, Any] = {"input_tokens": told, "output_tokens": said, "total_tokens": told + said}
        return {**counts, "input_token_details": {}, "output_token_details": {}}

    def executed(self) -> list[dict[str, Any]]:
        """What the nodes took and gave."""
        asked = {"question": self.question}
        messages = {"messages": [{"role": "user", "content": self.question}]}
        said = {"content": "".join(self.deltas), "calledTools": [], "usageMetadata": self.usage()}
        return [
            {
                **_node("start", "Start", "FINISHED"),
                "data": _data("start", asked, asked),
                "previousNodeIds": [],
            },
            {
                **_node("llm", "LLM", "FINISHED"),
                "data": _data("llm", messages, said),
                "previousNodeIds": ["startAgentflow_0"],
            },
        ]


def _node(name: str, label: str, status: str) -> dict[str, Any]:
    return {"nodeId": f"{name}Agentflow_0", "nodeLabel": label, "status": status}


def _data(name: str, given: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{name}Agentflow_0",
        "name": f"{name}Agentflow",
        "input": given,
        "output": made,
        "state": {},
    }


def event(name: str, data: Any) -> bytes:
    """One event in Flowise's framing."""
    return f"message:\ndata:{compact({'event': name, 'data': data})}\n\n".encode()


END = event("end", "[DONE]")
WIRE = Wire(
    headers={**COMMON, "Content-Type": "text/event-stream", **_CACHE},
    error=lambda fault, _place: event("error", BUILD + fault.message) + END,
    garbage=b'message:\ndata:{"event":"tok\n\n',
    heartbeat=b":heartbeat\n\n",
    stopped=event("abort", "[DONE]") + END,
)
