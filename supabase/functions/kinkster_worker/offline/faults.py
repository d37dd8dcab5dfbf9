"""Misbehaviour on command: faults wait in a queue, and each provider request takes the first that is for it.

| kind | what the request meets | fields |
|---|---|---|
| status | an error before any stream, in the protocol's own body | status, code, message, retry_after |
| no_route | a missing route (404), or one that takes no POST (405) | status |
| delay · never | a wait before the headers, then the usual answer · no answer | seconds |
| html · empty | a 200 that is no answer | |
| unknown_previous | previous_response_id is not known, in the words of one of four servers | form |
| conversation_locked | OpenAI's 400 while another response of the conversation is being made | |
| stall · cut | after some deltas the stream stays open and silent · ends cleanly | after |
| truncate · drop | … the connection closes without the last chunk · is reset | after |
| malformed | … a chunk isn't JSON; then the stream goes on | after |
| error_event | … an error event (Flowise: then `end`), and that is all | after, code, message |
| incomplete · completed_incomplete | half the text, `response.incomplete` · vLLM's `completed` | reason |
| failed | half the text, then the protocol's failure | code, message |
| refusal | a refusal instead of a reply | text |
| reply · oversized | exactly this text · one delta of so many characters | text · size |
| json_answer · no_end · no_metadata | Flowise: JSON instead of a stream · no `end` · no `metadata` | |

Faults with `after` touch streams only; with fewer deltas they come before the closing events. Any fault may
also have a `match`, and is then for those requests alone whose last message holds it; a `text` to say in
place of the made-up reply; and a `pace` of its own.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Early = Literal[
    "status", "no_route", "delay", "never", "html", "empty", "unknown_previous", "conversation_locked"
]
Break = Literal["stall", "cut", "truncate", "drop", "malformed", "error_event"]
Ending = Literal["incomplete", "completed_incomplete", "failed", "refusal", "reply", "oversized"]
Quirk = Literal["json_answer", "no_end", "no_metadata"]


class Fault(BaseModel):
    """One fault. `retry_after` is the header's value; `pace` is in seconds a word; `seconds` and `size`
    (characters) are what they say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Early | Break | Ending | Quirk
    status: Annotated[int, Field(ge=400, le=599)] = 404
    code: str | None = None
    message: str = "offline: refused on command"
    retry_after: str | None = None
    seconds: Annotated[float, Field(ge=0)] = 0
    form: Literal["openai", "invalid_request", "agentic_api", "vllm"] = "openai"
    after: Annotated[int, Field(ge=0)] = 2
    reason: Literal["max_output_tokens", "content_filter", "max_messages", "steered"] = "max_output_tokens"
    text: str = ""
    size: Annotated[int, Field(ge=1)] = 9_000_000
    match: str = ""
    pace: Annotated[float, Field(ge=0)] | None = None


FAULTS: TypeAdapter[list[Fault]] = TypeAdapter(list[Fault])
NONE = Fault(kind="delay")
