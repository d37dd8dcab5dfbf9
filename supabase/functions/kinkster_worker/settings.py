"""Settings: read once from the environment, into a frozen object. `.env.example` lists them for people."""

import os
from collections.abc import Mapping
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from kinkster_worker.notion.sealing import Sealer


class SettingsError(Exception):
    """Settings that the worker can't start with; `problems` holds one line each, never a value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or set(value) & set("?#@ "):
        raise ValueError("it must be an address such as https://example.com, without user, query or fragment")
    return value.rstrip("/")


def _conninfo(value: SecretStr) -> SecretStr:
    try:
        conninfo_to_dict(value.get_secret_value())
    except ProgrammingError:
        raise ValueError(
            "it must be a Postgres address, postgresql://user:password@host:port/database"
        ) from None
    return value


def _header(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not (secret.isascii() and secret.isprintable() and " " not in secret):
        raise ValueError("it must be one word of printable ASCII characters")
    return value


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().encode()) < 32:
        raise ValueError("it must have at least 32 bytes")
    return value


def _sealing_keys(value: SecretStr) -> SecretStr:
    Sealer(value.get_secret_value())
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
Key = Annotated[SecretStr, AfterValidator(_header)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


S = TypeVar("S", bound="NotionSettings")


class NotionSettings(BaseSettings):
    """What sending to Notion needs. A field's name is the variable's; an empty variable is not set."""

    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: Annotated[SecretStr, AfterValidator(_conninfo)] = Field(
        description="Postgres address of a login of role kinkster_worker, from Project Settings > Database."
    )
    kinkster_notion_key: Annotated[SecretStr, AfterValidator(_sealing_keys)] | None = Field(
        None,
        description="Key that seals Notion tokens, the same for all workers; without it nothing is sent. To "
        "make one: python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'. "
        "To replace one, put the new one before it, with a comma.",
    )
    kinkster_notion_url: WebAddress = Field(
        "https://api.notion.com", description="Address of the Notion API, without /v1."
    )


class Settings(NotionSettings):
    """The worker's settings."""

    openai_api_key: Key | None = Field(
        None, description="Key of the OpenAI API, from platform.openai.com/api-keys."
    )
    openai_base_url: WebAddress = Field(
        "https://api.openai.com/v1",
        description="Address of the OpenAI API or of a compatible server, ending in /v1.",
    )
    flowise_url: WebAddress | None = Field(
        None, description="Address of the Flowise server, as you open it in the browser."
    )
    flowise_api_key: Key | None = Field(None, description="Key of the chatflows, from Flowise > API Keys.")
    supabase_url: WebAddress | None = Field(
        None, description="Address of the Supabase project, from Project Settings > API."
    )
    supabase_jwks_url: WebAddress | None = Field(
        None, description="Where the public keys are; default: SUPABASE_URL/auth/v1/.well-known/jwks.json."
    )
    supabase_jwt_issuer: str | None = Field(
        None, description="The iss claim of the tokens; default: SUPABASE_URL/auth/v1."
    )
    supabase_jwt_secret: Annotated[SecretStr, AfterValidator(_long_enough)] | None = Field(
        None, description="Shared secret of older projects (HS256), from Project Settings > JWT Keys."
    )
    supabase_jwt_audience: str = Field("authenticated", description="The aud claim of the tokens.")
    kinkster_host: str = Field("127.0.0.1", description="Address that the worker listens on.")
    kinkster_port: int = Field(
        8787, ge=0, le=65535, description="Port that the worker listens on; 0 picks a free one."
    )
    kinkster_pool_size: int = Field(
        10, ge=1, le=1000, description="Most database connections at a time; two more keep texts and listen."
    )
    kinkster_database_seconds: Seconds = Field(5, description="Longest wait for a database connection.")
    kinkster_first_byte_seconds: Seconds = Field(60, description="Longest wait for a provider's first byte.")
    kinkster_first_text_seconds: Seconds = Field(
        150, description="Longest wait for Flowise's first text; its own retries take up to 100 seconds."
    )
    kinkster_idle_seconds: Seconds = Field(60, description="Longest silence of a provider within a reply.")
    kinkster_reply_seconds: Seconds = Field(600, description="Longest time for a whole reply.")
    kinkster_checkpoint_seconds: float = Field(
        1,
        gt=0,
        le=20,
        description="How often unread text is stored; at most 20, a third of the default lease.",
    )
    kinkster_resume_seconds: float = Field(
        10, ge=0, le=600, description="Time for a client that has gone to come back to its reply."
    )
    kinkster_queue_turns: int = Field(
        20, ge=0, le=1000, description="Most turns of the queue door at a time; 0 switches it off."
    )
    kinkster_poll_seconds: Seconds = Field(2, description="How often turns are looked for without a notice.")
    kinkster_grace_seconds: float = Field(
        5, ge=0, le=600, description="Time for running replies when stopped."
    )

    @property
    def jwks_url(self) -> str | None:
        """Where the public keys are, or None when only the shared secret is used."""
        return self.supabase_jwks_url or (
            f"{self.supabase_url}/auth/v1/.well-known/jwks.json" if self.supabase_url else None
        )

    @property
    def jwt_issuer(self) -> str | None:
        """The `iss` that tokens must carry."""
        return self.supabase_jwt_issuer or (f"{self.supabase_url}/auth/v1" if self.supabase_url else None)


def _missing_together(environ: Mapping[str, str]) -> list[str]:
    given = {name.upper() for name, value in environ.items() if value}
    problems = []
    if not given & {"OPENAI_API_KEY", "FLOWISE_URL"}:
        problems.append("OPENAI_API_KEY or FLOWISE_URL is missing: without a provider nobody answers.")
    if not given & {"SUPABASE_URL", "SUPABASE_JWKS_URL", "SUPABASE_JWT_SECRET"}:
        problems.append(
            "SUPABASE_URL, SUPABASE_JWKS_URL or SUPABASE_JWT_SECRET is missing: tokens can't be checked."
        )
    if not given & {"SUPABASE_URL", "SUPABASE_JWT_ISSUER"}:
        problems.append(
            "SUPABASE_JWT_ISSUER is missing: "
            + (Settings.model_fields["supabase_jwt_issuer"].description or "")
        )
    return problems


def load() -> Settings:
    """Reads the environment. Raises SettingsError that names every missing or malformed variable."""
    return _read(Settings, _missing_together(os.environ))


def load_notion(needs_key: bool) -> NotionSettings:
    """Reads what the commands for Notion need. Raises SettingsError."""
    what = NotionSettings.model_fields["kinkster_notion_key"].description
    given = {name.upper() for name, value in os.environ.items() if value}
    is_missing = needs_key and "KINKSTER_NOTION_KEY" not in given
    return _read(NotionSettings, [f"KINKSTER_NOTION_KEY is missing: {what}"] if is_missing else [])


def load_what_is_right() -> tuple[Settings, list[str]]:
    """For whoever looks for what is wrong: the settings, malformed ones as if they were not set, and what is
    wrong with them, a line each. Without a usable DATABASE_URL that one is empty.
    """
    problems = _missing_together(os.environ)
    try:
        return Settings(), problems  # type: ignore[call-arg]  # the fields come from the environment
    except ValidationError as error:
        wrong = {str(item["loc"][0]) for item in error.errors()}
        problems = [*_problems_of(Settings, error), *problems]
    defaults = {name: Settings.model_fields[name].get_default() for name in wrong - {"database_url"}}
    if "database_url" in wrong:
        defaults["database_url"] = ""
    return Settings(**defaults), problems


def _read(kind: type[S], missing: list[str]) -> S:
    try:
        settings = kind()  # type: ignore[call-arg]  # the fields come from the environment
    except ValidationError as error:
        raise SettingsError([*_problems_of(kind, error), *missing]) from None
    if missing:
        raise SettingsError(missing)
    return settings


def _problems_of(kind: type[NotionSettings], error: ValidationError) -> list[str]:
    problems = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        name = str(item["loc"][0])
        what = kind.model_fields[name].description or ""
        if item["type"] == "missing":
            problems.append(f"{name.upper()} is missing: {what}")
        else:
            problems.append(
                f"{name.upper()} is malformed, {item['msg'].removeprefix('Value error, ')}: {what}"
            )
    return problems
