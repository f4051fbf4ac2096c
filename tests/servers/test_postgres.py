"""The PostgreSQL of the tests: what it promises to the tests that use it."""

import psycopg
import pytest
from psycopg import errors

from tests.servers.postgres import ROLES, Database, DatabaseServer


def test_the_wheel_brings_a_version_that_trialog_supports(empty_database: Database):
    with empty_database.connect("postgres") as connection:
        assert 150000 <= connection.info.server_version < 190000


@pytest.mark.parametrize("role", ROLES)
def test_each_role_connects_as_itself_and_is_no_superuser(empty_database: Database, role: str):
    with empty_database.connect(role) as connection:
        row = connection.execute(
            "SELECT current_user::text, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (role, False, False, False)


def test_only_the_owner_makes_schemas(empty_database: Database):
    with empty_database.connect("trialog_owner") as connection:
        connection.execute("CREATE SCHEMA trial")
    with empty_database.connect("trialog_app") as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("CREATE SCHEMA other")


def test_a_copy_has_the_template_s_tables_and_not_its_later_rows(database_server: DatabaseServer):
    template = database_server.create("copied_from")
    with template.connect("trialog_owner") as connection:
        connection.execute("CREATE SCHEMA trial CREATE TABLE seen (n int)")
    copy = database_server.create("copied_to", template=template.name)
    try:
        with template.connect("trialog_owner") as connection:
            connection.execute("INSERT INTO trial.seen VALUES (1)")
        with copy.connect("trialog_owner") as connection:
            assert connection.execute("SELECT count(*) FROM trial.seen").fetchone() == (0,)
    finally:
        database_server.drop(copy.name)
        database_server.drop(template.name)


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_an_outage_refuses_connections_ends_sessions_and_keeps_what_was_committed(
    empty_database: Database, ending: str
):
    with empty_database.connect("trialog_owner", autocommit=True) as connection:
        connection.execute("CREATE SCHEMA trial CREATE TABLE seen (n int)")
        connection.execute("INSERT INTO trial.seen VALUES (7)")
        getattr(empty_database, ending)()
        assert not empty_database.server.running
        with pytest.raises(psycopg.OperationalError):
            empty_database.connect("trialog_owner")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    empty_database.start()
    with empty_database.connect("trialog_owner") as connection:
        assert connection.execute("SELECT n FROM trial.seen").fetchone() == (7,)


def test_starting_a_running_server_changes_nothing(empty_database: Database):
    with empty_database.connect("trialog_owner") as connection:
        empty_database.start()
        assert connection.execute("SELECT 1").fetchone() == (1,)
