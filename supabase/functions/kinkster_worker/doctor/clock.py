"""Whether the clocks agree: this machine's checks the times in tokens, the database's decides on leases."""

from collections.abc import Mapping

from kinkster_worker.auth import LEEWAY_SECONDS
from kinkster_worker.doctor.finding import Finding

FAR_SECONDS = 60.0


def look(ahead: Mapping[str, float | None]) -> Finding:
    """Compares us with others: `ahead` is by how many seconds each is before us; None: it did not say."""
    known = {name: seconds for name, seconds in ahead.items() if seconds is not None}
    if not known:
        return Finding("clock", "unknown", "Nobody could be asked for the time.", "See database first.")
    name = max(known, key=lambda one: abs(known[one]))
    seconds = known[name]
    if abs(seconds) <= LEEWAY_SECONDS:
        return Finding("clock", "ok", f"This machine's clock agrees with {', '.join(known)}.")
    found = f"{name} is {abs(seconds):.0f} seconds {'ahead of' if seconds > 0 else 'behind'} this machine."
    todo = "Set the clocks by NTP: tokens are refused before their time and after it."
    return Finding("clock", "problem" if abs(seconds) > FAR_SECONDS else "warning", found, todo)
