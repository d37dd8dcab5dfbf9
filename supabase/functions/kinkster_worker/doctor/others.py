"""The other parties: the key set of Supabase Auth, Notion, and a worker on this machine."""

from ipaddress import ip_address

import aiohttp

from kinkster_worker.auth import public_key
from kinkster_worker.doctor.asking import NoAnswer, ask
from kinkster_worker.doctor.finding import Finding
from kinkster_worker.notion.client import VERSION
from kinkster_worker.providers.stream import fields_of
from kinkster_worker.settings import Settings


async def look_at_keys(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    """Whether tokens of users can be checked."""
    name, url, secret = "jwks", settings.jwks_url, settings.supabase_jwt_secret
    if url is None:
        return [Finding(name, "ok", "Tokens are checked with SUPABASE_JWT_SECRET alone.")] if secret else []
    todo = "See SUPABASE_URL or SUPABASE_JWKS_URL: Project Settings > API."
    try:
        answer = await ask(session, "GET", url)
    except NoAnswer as error:
        return [
            Finding(name, "problem", f"{url} can't be reached, so tokens can't be checked. {error}", todo)
        ]
    keys = fields_of(answer.body).get("keys")
    if answer.status != 200 or not isinstance(keys, list):
        return [Finding(name, "problem", f"{url} gives no key set (status {answer.status}).", todo)]
    usable = [key for key in keys if isinstance(key, dict) and public_key(key)]
    if usable:
        return [Finding(name, "ok", f"{url} gives {len(usable)} keys that tokens can be checked with.")]
    if secret:
        return [Finding(name, "ok", f"{url} gives no keys; tokens are checked with SUPABASE_JWT_SECRET.")]
    todo = (
        "Set SUPABASE_JWT_SECRET, or have the project sign with ES256 or RS256: Project Settings > JWT Keys."
    )
    return [Finding(name, "problem", f"{url} gives no key that a token can be checked with.", todo)]


async def look_at_notion(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    """Whether Notion is there. Asked without a token, it refuses: that is an answer."""
    name, url = "notion", settings.kinkster_notion_url
    if settings.kinkster_notion_key is None:
        return []
    try:
        answer = await ask(session, "GET", f"{url}/v1/users/me", Notion_Version=VERSION)
    except NoAnswer as error:
        todo = "See KINKSTER_NOTION_URL and the network."
        return [Finding(name, "problem", f"{url} can't be reached. {error}", todo)]
    if fields_of(answer.body).get("object") in ("error", "user") and answer.status < 500:
        return [Finding(name, "ok", f"{url} answers.")]
    found = f"{url} answers as something else than Notion, or is having trouble (status {answer.status})."
    return [Finding(name, "problem", found, "See KINKSTER_NOTION_URL, and Notion's status page.")]


async def look_at_worker(session: aiohttp.ClientSession, settings: Settings) -> list[Finding]:
    """Whether a worker listens where the settings say."""
    host, port = settings.kinkster_host, settings.kinkster_port
    if port == 0:
        found = "KINKSTER_PORT is 0, so nobody knows where a worker of this machine listens."
        return [Finding("worker", "unknown", found, "See the check workers for all of them.")]
    url = f"http://{_reachable(host)}:{port}/healthz"
    try:
        answer = await ask(session, "GET", url)
    except NoAnswer as error:
        todo = "Start it: kinkster worker. If workers run elsewhere alone, the check workers tells of them."
        return [Finding("worker", "warning", f"No worker answers at {url}. {error}", todo)]
    said = fields_of(answer.body)
    if answer.status == 200 and said.get("status") == "ok":
        return [Finding("worker", "ok", f"A worker of version {said.get('version')} answers at {url}.")]
    code = fields_of(said.get("error")).get("code")
    if code:
        found = f"The worker at {url} is not well: {code}."
        return [Finding("worker", "problem", found, "See its log, and the check database.")]
    found = f"Something else than a worker listens at {url} (status {answer.status})."
    return [Finding("worker", "problem", found, "Set KINKSTER_HOST and KINKSTER_PORT to a free address.")]


def _reachable(host: str) -> str:
    """The host as an address has it; every address of this machine is also reached as localhost."""
    try:
        address = ip_address(host)
    except ValueError:
        return host or "localhost"
    if address.is_unspecified:
        return "localhost"
    return f"[{host}]" if address.version == 6 else host
