"""`make story`: prints the story as it goes; status 0 only if it was whole."""

import asyncio
import sys
from functools import partial

from scripts.installation import ROOT
from scripts.throwaway_postgres import NoPostgres, server
from tests import npm
from tests.story.story import tell
from tests.supabase_cli import PACKAGE

PACKAGES = ROOT / ".pytest_cache" / "d" / "supabase-cli"


def main() -> int:
    """The command; returns the exit status."""
    if not npm.is_here():
        print("npm is not here, which installs the Supabase CLI: apt-get install npm", file=sys.stderr)
        return 1
    packages = npm.installed(PACKAGE, PACKAGES)
    try:
        with server(need_test_extensions=False) as on:
            faults = asyncio.run(tell(on, packages, partial(print, flush=True)))
    except NoPostgres as error:
        print(error, file=sys.stderr)
        return 1
    for fault in faults:
        print(f"NOT AS IT SHOULD BE: {fault}")
    print("\nNot everything was as the page says." if faults else "\nThe whole story ran.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
