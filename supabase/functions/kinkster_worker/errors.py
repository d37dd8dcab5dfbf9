"""Everything that can go wrong, as one small tree.

A class carries the default `code` (stable, for programs), `message` (one sentence, for a person) and `hint`
(what to do). `ClientError` answers a request that never became a stream; `TurnError` ends a turn, and is what
its row and the stream's `error` event say.
"""

from typing import Any, ClassVar


class WorkerError(Exception):
    """Base of every error that the worker raises on purpose."""

    code: ClassVar[str] = "worker_error"
    message: str = "Something went wrong inside the worker."
    hint: str = "Send the message again; if it happens again, look for this turn in the worker's log."
    left: ClassVar[bool] = False  # True: we went away, and the provider may still be at work

    def __init__(self, message: str | None = None, hint: str | None = None) -> None:
        self.message = message or self.message
        self.hint = hint or self.hint
        super().__init__(self.message)

    def as_json(self) -> dict[str, Any]:
        """The body that a client sees: `{"error": {"code", "message", "hint"}}`."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint}}


class LeaseLost(WorkerError):
    """The turn is no longer ours: it was cancelled, or its lease ended and another worker has it (SQLSTATE
    KW001).
    """

    code = "lease_lost"
    message = "This turn was cancelled, or taken by another worker, while it was being answered."
    hint = "Read the conversation again: it shows what became of the turn."
    left = True


# Before the stream: answered as JSON with a status.


class ClientError(WorkerError):
    """A request that is answered with an HTTP status instead of a stream."""

    status: ClassVar[int] = 500


class BadRequest(ClientError):
    """The request is not what the API takes."""

    status, code = 400, "bad_request"
    message = "The request could not be read."
    hint = "Send a JSON object as /openapi.json describes it, with Content-Type: application/json."


class Unauthorized(ClientError):
    """No token, or one that does not hold."""

    status, code = 401, "unauthorized"
    message = "The request carries no valid token."
    hint = "Sign in and send the access token of Supabase Auth as 'Authorization: Bearer …'."


class Forbidden(ClientError):
    """The caller is known, and may not do this."""

    status, code = 403, "forbidden"
    message = "You may not do this."
    hint = "Sign in as the user that it belongs to."


class NotFound(ClientError):
    """No such route, character or conversation, or not the caller's."""

    status, code = 404, "not_found"
    message = "There is nothing here."
    hint = "Compare the address and the ids with /openapi.json and with what you own."


class MethodNotAllowed(ClientError):
    """The route exists, for another method."""

    status, code = 405, "method_not_allowed"
    message = "This address does not take this method."
    hint = "See /openapi.json for the method that it takes."


class Conflict(ClientError):
    """Not in the present state of the conversation or the character."""

    status, code = 409, "conflict"
    message = "This is not possible at the moment."
    hint = "Read the conversation again, then decide."


class TooLarge(ClientError):
    """The body is larger than a chat message can be."""

    status, code = 413, "too_large"
    message = "The request body is larger than 512 KiB."
    hint = "A message has at most 32,000 characters; send less."


class Unprocessable(ClientError):
    """Well-formed, and still no message that can be stored."""

    status, code = 422, "unprocessable"
    message = "The message can't be stored as it is."
    hint = "Send text of 1 to 32,000 characters, without NUL and without half surrogate pairs."


class TooManyRequests(ClientError):
    """The caller is too fast."""

    status, code = 429, "too_many_requests"
    message = "Too many requests."
    hint = "Wait a moment, then try again."


class Internal(ClientError):
    """A defect: ours, not the caller's."""

    status, code = 500, "internal"
    message = "Something went wrong on our side."
    hint = "Try again; if it happens again, tell the operator the time of the request."


class DatabaseUnavailable(ClientError):
    """Postgres does not answer."""

    status, code = 503, "database_unavailable"
    message = "The database does not answer at the moment."
    hint = "Try again in a few seconds."


class SchemaUnknown(ClientError):
    """The database's functions are not those that the worker was written for; the worker ends."""

    status, code = 503, "schema_unknown"
    message = "The database and this worker do not fit together."
    hint = "Operator: run the project's migrations, or start the worker that belongs to this database."


class Stopping(ClientError):
    """The worker was told to stop, and takes no more messages."""

    status, code = 503, "stopping"
    message = "This worker is just being stopped."
    hint = "Send the same request again; another worker or the restarted one takes it."


class KeysUnavailable(ClientError):
    """The key set that tokens are checked against can't be fetched."""

    status, code = 503, "keys_unavailable"
    message = "Tokens can't be checked at the moment, since the sign-in service does not answer."
    hint = "Try again in a few seconds; operator: see SUPABASE_JWKS_URL."


# After the stream began: the turn ends with it.


class TurnError(WorkerError):
    """A turn that did not end with a whole reply; the text so far is kept."""


class WorkerFailed(TurnError):
    """A defect of the worker."""

    code = "worker_error"


class ClientGone(TurnError):
    """The client left before the reply was whole, and did not come back in time."""

    code = "client_gone"
    message = "The client closed the connection before the reply was whole."
    hint = "Send the message again to have a whole reply."
    left = True


class WorkerStopped(TurnError):
    """The worker was told to stop."""

    code = "worker_stopped"
    message = "The worker was stopped before the reply was whole."
    hint = "Send the same request again, with Last-Event-ID where text had come; another worker goes on."
    left = True


class DatabaseLost(TurnError):
    """Postgres did not answer while the reply was written, longer than the turn could wait."""

    code = "database_lost"
    message = "The database did not answer for too long while the reply was being written."
    hint = "Send the message again in a moment; what had arrived is kept."
    left = True


class ProviderError(TurnError):
    """What a provider did; `model` and the token counts in `usage` are filled in where it said them."""

    code = "provider_error"
    message = "The provider reported an error while it was answering."
    hint = "Send the message again; if it happens again, see the provider's own log."

    def __init__(
        self,
        message: str | None = None,
        hint: str | None = None,
        *,
        retry_after: float | None = None,
        model: str | None = None,
        usage: dict[str, int] | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after
        self.model = model
        self.usage = usage or {}


class ProviderNotConfigured(ProviderError):
    """This worker has no address or key for the character's provider."""

    code = "provider_not_configured"
    message = "The provider of this character is not set up in this worker."
    hint = "Operator: set OPENAI_API_KEY or FLOWISE_URL, as the character needs, and start the worker again."


class ProviderUnreachable(ProviderError):
    """No connection: wrong address, server down, TLS failure."""

    code = "provider_unreachable"
    message = "The provider could not be reached."
    hint = (
        "Try again shortly; operator: see that OPENAI_BASE_URL or FLOWISE_URL is right and the server is up."
    )


class ProviderTimeout(ProviderError):
    """A deadline passed: first byte, first text, silence, or the whole reply."""

    code = "provider_timeout"
    message = "The provider did not answer in time."
    hint = "Send the message again; operator: the deadlines are the KINKSTER_…_SECONDS settings."
    left = True


class ProviderUnauthorized(ProviderError):
    """The provider refused our key."""

    code = "provider_unauthorized"
    message = "The provider refused the worker's key."
    hint = "Operator: put a valid key into OPENAI_API_KEY or FLOWISE_API_KEY and start the worker again."


class ProviderRateLimited(ProviderError):
    """Too many requests at the provider; `retry_after` holds the seconds to wait where it said so."""

    code = "provider_rate_limited"
    message = "The provider takes no more requests at the moment."
    hint = "Wait a little, then send the message again."


class ProviderQuotaExhausted(ProviderError):
    """The provider's account has no money or quota left; waiting does not help."""

    code = "provider_quota_exhausted"
    message = "The provider's account has no quota left."
    hint = "Operator: see billing and limits of the provider's account."


class ProviderUnavailable(ProviderError):
    """The provider answered with a 5xx."""

    code = "provider_unavailable"
    message = "The provider is having trouble."
    hint = "Try again in a minute; if it lasts, see the provider's status page or log."


class ProviderRejected(ProviderError):
    """The provider answered with a 4xx that a repeat will not change."""

    code = "provider_rejected"
    message = "The provider refused the request."
    hint = "Operator: check the character's model or chatflow, then send the message again."


class ProviderMisbehaved(ProviderError):
    """The answer is not what the protocol promises: HTML, nothing, garbage."""

    code = "provider_misbehaved"
    message = "The provider answered with something that is not a reply."
    hint = "Operator: see that OPENAI_BASE_URL or FLOWISE_URL is the address of the API, not of a web page."


class ReplyCutOff(ProviderError):
    """The stream ended, or the connection broke, before the provider said that the reply is whole."""

    code = "reply_cut_off"
    message = "The reply was cut off."
    hint = "Send the message again; what had arrived is kept."


class ReplyIncomplete(ProviderError):
    """The provider stopped at a limit of length."""

    code = "reply_incomplete"
    message = "The reply reached the longest length allowed and stops in the middle."
    hint = "Ask the character to go on, or to be brief."


class ReplyTooLong(ReplyIncomplete):
    """The reply reached the worker's own limit, 400,000 characters."""

    left = True


class ReplyFiltered(ProviderError):
    """The provider's content filter stopped the reply."""

    code = "reply_filtered"
    message = "The provider's content filter stopped the reply."
    hint = "Put the message in other words."


class ReplyRefused(ProviderError):
    """The model declined."""

    code = "reply_refused"
    message = "The model declined to answer."
    hint = "Put the message in other words."


class ReplyEmpty(ProviderError):
    """A proper end, and no text."""

    code = "reply_empty"
    message = "The provider finished without any text."
    hint = "Send the message again; operator: if it happens again, check the model or the chatflow."
