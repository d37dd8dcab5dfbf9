"""While the migrations install, the application's users go on reading and writing."""

import pytest

from scripts.throwaway_postgres import Server
from tests.adoption_at_scale import on_a_database


@pytest.mark.parametrize("earlier_attempt", [False, True], ids=["first time", "after an earlier attempt"])
def test_nothing_is_lost_or_changed_while_users_read_and_write(server: Server, earlier_attempt: bool) -> None:
    measured = on_a_database(server, 2000, earlier_attempt=earlier_attempt)
    assert measured.statements > 0
    assert measured.kept


def test_a_migration_that_gets_no_lock_changes_nothing_and_runs_again(server: Server) -> None:
    measured = on_a_database(server, 2000, open_for=3)
    assert measured.tries_again
    assert measured.kept
