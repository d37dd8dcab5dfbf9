"""What a client sends: read strictly, so that a mistake is answered instead of guessed at."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from kinkster_worker import errors

Id = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
    ),
    Field(json_schema_extra={"format": "uuid"}),
]


class ChatRequest(BaseModel):
    """One message to one character. The same requestId again gives the same turn again, not another one."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    message: str = Field(description="1 to 32,000 characters, not only blanks.")
    kinksterId: Id = Field(description="The character.")
    conversationId: Id | None = Field(
        None, description="The conversation to go on with; without it the latest, or a first one starts."
    )
    requestId: Id | None = Field(None, description="Made by the client, once per message.")


def parse(body: bytes) -> ChatRequest:
    """Reads a request body. Raises BadRequest, or Unprocessable for a message that can't be stored."""
    try:
        found = json.loads(body.decode(), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise errors.BadRequest(
            str(error) if isinstance(error, _NotOurs) else "The body is not JSON."
        ) from None
    try:
        request = ChatRequest.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"])[:60].encode(errors="replace").decode()
        raise errors.BadRequest(f"{where or 'The body'}: {first['msg']}.") from None
    if "\x00" in request.message:
        raise errors.Unprocessable("The message holds a NUL character, which can't be stored.")
    try:
        request.message.encode()
    except UnicodeEncodeError:
        raise errors.Unprocessable(
            "The message holds half a surrogate pair, which is no character."
        ) from None
    return request


class _NotOurs(ValueError):
    """Valid JSON that we don't take."""


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotOurs("The body names a field twice.")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)
