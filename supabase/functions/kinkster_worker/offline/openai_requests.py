"""What an OpenAI server reads of a request, and what it refuses, in the words of the several servers."""

from typing import Any

from aiohttp import web

from .exchange import Exchange
from .state import Message

INVALID = "invalid_request_error"
COMMON_PARAMETERS = frozenset(
    (
        "metadata",
        "model",
        "moderation",
        "prompt_cache_key",
        "safety_identifier",
        "service_tier",
        "store",
        "stream",
    )
) | {"stream_options", "temperature", "tool_choice", "tools", "top_p", "user"}
_QUOTA = {"insufficient_quota", "credit_balance_exhausted", "project_spend_limit_exceeded"}


class Refused(Exception):
    """A request that is answered with `{"error": …}` instead of a reply."""

    def __init__(self, status: int, **error: Any) -> None:
        super().__init__(error["message"])
        self.response = web.json_response({"error": error}, status=status)


def invalid(message: str, param: str | None = None, code: str | None = None) -> Refused:
    """OpenAI's 400."""
    return Refused(400, message=message, type=INVALID, param=param, code=code)


def unknown_previous(response_id: object, form: str = "openai") -> Refused:
    """What a server says that doesn't know a previous response: OpenAI's two forms, and two recorded ones."""
    named = f"Response with id '{response_id}'"
    match form:
        case "invalid_request":
            return invalid(f"Invalid value for 'previous_response_id': {named} does not exist.")
        case "agentic_api":
            return Refused(
                404, message=f"storage error: not found: {named}", type="not_found", code="not_found"
            )
        case "vllm":
            return Refused(404, message=f"{named} not found.", type=INVALID, param="response_id", code=404)
    return invalid(f"Previous {named} not found.", "previous_response_id", "previous_response_not_found")


def read(exchange: Exchange, content: str, parameters: frozenset[str]) -> tuple[str, list[Message]]:
    """The system's words and the messages in the body's field `content`, which may be a text alone.

    Raises Refused for what the fault, the key or the body calls for; `parameters` are the names that exist.
    """
    admit(exchange)
    body = exchange.body
    if not isinstance(body, dict):
        raise invalid("We could not parse the JSON body of your request.")
    for name in body:
        if name not in parameters:
            raise invalid(f"Unknown parameter: '{name}'.", name, "unknown_parameter")
    if not body.get("model") or not isinstance(body["model"], str):
        raise invalid("you must provide a model parameter")
    given = body.get(content)
    if given is None:
        raise invalid(f"Missing required parameter: '{content}'.", content, "missing_required_parameter")
    if isinstance(given, str):
        return "", [Message("user", given)]
    if not isinstance(given, list):
        raise invalid(f"Invalid type for '{content}': expected an array.", content, "invalid_type")
    if not given:
        raise invalid(f"Invalid '{content}': empty array.", content, "empty_array")
    messages = [_message(item, f"{content}[{place}]") for place, item in enumerate(given)]
    system = "\n".join(message.text for message in messages if message.role in ("system", "developer"))
    return system, [message for message in messages if message.role in ("user", "assistant")]


def admit(exchange: Exchange) -> None:
    """Raises Refused for a fault that refuses, and for a wrong key."""
    fault = exchange.fault
    match fault.kind:
        case "status":
            kind = "server_error" if fault.status >= 500 else "requests" if fault.status == 429 else INVALID
            kind, code = ("insufficient_quota" if fault.code in _QUOTA else kind), fault.code
            code = code or ("rate_limit_exceeded" if fault.status == 429 else None)
            refused = Refused(fault.status, message=fault.message, type=kind, param=None, code=code)
            if fault.retry_after is not None:
                refused.response.headers["Retry-After"] = fault.retry_after
            raise refused
        case "conversation_locked":
            message = (
                "Another process is currently operating on this conversation. Please retry in a few seconds."
            )
            raise invalid(message, "conversation", "conversation_locked")
        case "unknown_previous":
            body = exchange.body if isinstance(exchange.body, dict) else {}
            raise unknown_previous(body.get("previous_response_id"), fault.form)
    if not exchange.state.authorized(exchange.request):
        error = {"type": INVALID, "param": None, "code": "invalid_api_key"}
        raise Refused(401, message="Incorrect API key provided.", **error)


def _message(item: Any, where: str) -> Message:
    role, content = (item.get("role"), item.get("content")) if isinstance(item, dict) else (None, None)
    if role not in ("user", "assistant", "system", "developer"):
        raise invalid(f"Invalid value for '{where}.role'.", f"{where}.role", "invalid_value")
    parts = content if isinstance(content, list) else [{"text": content}]
    text = ""
    for part in parts:
        said = part.get("text", part.get("refusal")) if isinstance(part, dict) else None
        if not isinstance(said, str):
            raise invalid(f"Invalid value for '{where}.content'.", f"{where}.content", "invalid_type")
        text += said
    return Message(role, text)
