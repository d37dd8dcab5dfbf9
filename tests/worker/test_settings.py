"""Settings: what is missing or malformed is named, and no value is ever shown."""

import re
from pathlib import Path

import pytest
from kinkster_worker.settings import Settings, SettingsError, load

GOOD = {
    "DATABASE_URL": "postgresql://kinkster_worker:pass@127.0.0.1:5432/postgres",
    "OPENAI_API_KEY": "sk-proj-0123456789",
    "SUPABASE_URL": "https://abc.supabase.co/",
}


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def environment(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in {**GOOD, **values}.items():
        monkeypatch.setenv(name, value)


def problems(monkeypatch: pytest.MonkeyPatch, **values: str) -> list[str]:
    environment(monkeypatch, **values)
    with pytest.raises(SettingsError) as error:
        load()
    return error.value.problems


def test_the_least_that_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch)
    settings = load()
    assert settings.jwks_url == "https://abc.supabase.co/auth/v1/.well-known/jwks.json"
    assert settings.jwt_issuer == "https://abc.supabase.co/auth/v1"
    assert settings.openai_base_url == "https://api.openai.com/v1"
    assert (settings.kinkster_host, settings.kinkster_port, settings.kinkster_pool_size) == (
        "127.0.0.1",
        8787,
        10,
    )
    waits = (
        settings.kinkster_first_byte_seconds,
        settings.kinkster_idle_seconds,
        settings.kinkster_reply_seconds,
    )
    assert (waits, settings.kinkster_checkpoint_seconds) == ((60, 60, 600), 1)


def test_settings_do_not_change_and_do_not_show_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, SUPABASE_JWT_SECRET="s" * 40, FLOWISE_API_KEY="flowise-key")
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        settings.kinkster_port = 1
    for secret in ("pass@", "sk-proj", "ssss", "flowise-key"):
        assert secret not in repr(settings)


def test_own_addresses_win_over_those_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, SUPABASE_JWKS_URL="http://kong:8000/jwks", SUPABASE_JWT_ISSUER="issuer")
    assert (load().jwks_url, load().jwt_issuer) == ("http://kong:8000/jwks", "issuer")


def test_everything_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = problems(monkeypatch, **dict.fromkeys(GOOD, ""))
    assert [line.split(":")[0] for line in found] == [
        "DATABASE_URL is missing",
        "OPENAI_API_KEY or FLOWISE_URL is missing",
        "SUPABASE_URL, SUPABASE_JWKS_URL or SUPABASE_JWT_SECRET is missing",
        "SUPABASE_JWT_ISSUER is missing",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "hunter2 hunter2"),
        ("OPENAI_API_KEY", "hunter2\nhunter2"),
        ("OPENAI_API_KEY", "hunter2 ü"),
        ("OPENAI_BASE_URL", "hunter2"),
        ("OPENAI_BASE_URL", "ftp://hunter2.example.com"),
        ("OPENAI_BASE_URL", "https://user:hunter2@example.com"),
        ("FLOWISE_URL", "http://example.com/?key=hunter2"),
        ("FLOWISE_URL", "http://example.com:hunter2"),
        ("FLOWISE_URL", "http://[hunter2"),
        ("SUPABASE_URL", "https://"),
        ("SUPABASE_JWKS_URL", "//hunter2"),
        ("SUPABASE_JWT_SECRET", "hunter2"),
        ("KINKSTER_NOTION_KEY", "hunter2"),
        ("KINKSTER_NOTION_URL", "hunter2"),
        ("KINKSTER_PORT", "hunter2"),
        ("KINKSTER_PORT", "65536"),
        ("KINKSTER_POOL_SIZE", "0"),
        ("KINKSTER_IDLE_SECONDS", "0"),
        ("KINKSTER_IDLE_SECONDS", "nan"),
        ("KINKSTER_REPLY_SECONDS", "-1"),
        ("KINKSTER_CHECKPOINT_SECONDS", "20.5"),
        ("KINKSTER_GRACE_SECONDS", "inf"),
    ],
)
def test_what_is_malformed_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    (line,) = problems(monkeypatch, **{name: value})
    assert line.startswith(f"{name} is malformed")
    assert "hunter2" not in line
    assert "\n" not in line


def test_the_example_lists_every_setting_with_its_default() -> None:
    text = (Path(__file__).parents[2] / ".env.example").read_text()
    listed = dict(re.findall(r"^#? ?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert list(listed) == [name.upper() for name in Settings.model_fields]
    for name, field in Settings.model_fields.items():
        assert field.description
        assert field.description in " ".join(text.replace("\n# ", " ").split())
        if field.default is not None and not field.is_required():
            assert listed[name.upper()] == f"{field.default}"
