"""What the tests themselves leave behind in a server that is not theirs."""

import psycopg

from tests import people

HAS_PASSWORD = "select rolpassword is not null from pg_authid where rolname = 'kinkster_worker'"


def test_the_workers_password_is_random_and_ends_with_its_use(
    admin: psycopg.Connection, database: str
) -> None:
    with people.worker(admin, database) as worker:
        assert people.value(worker, "select current_user") == "kinkster_worker"
        assert people.value(admin, HAS_PASSWORD) is True
    assert people.value(admin, HAS_PASSWORD) is False
    assert len(people.PASSWORD) > 40
