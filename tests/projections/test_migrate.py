"""Migrations make what the tables say, from nothing and again, as whoever may."""

import re
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from psycopg import sql

from projections.errors import DatabaseAway, DatabaseNotReady
from projections.migrate import alembic_config, migrate, sqlalchemy_url
from projections.permissions import ROLES
from projections.writer import Writer
from tests.projections.controls import ENROLLMENT, SCREENED, MemoryLog, writer_on
from tests.servers.postgres import Database, DatabaseServer

VERSIONS = Path(__file__).parents[2] / "projections" / "migrations" / "versions"


def engine_of(database: Database) -> sa.Engine:
    return sa.create_engine(sqlalchemy_url(database.url("trialog_owner")), poolclass=sa.NullPool)


def test_migrated_schema_is_what_the_tables_say(database: Database) -> None:
    with engine_of(database).connect() as connection:
        command.check(alembic_config(connection))


def test_check_would_see_a_difference(database: Database) -> None:
    with database.connect("trialog_owner", autocommit=True) as connection:
        connection.execute("ALTER TABLE trial.workers ADD COLUMN other text")
    with engine_of(database).connect() as connection, pytest.raises(Exception, match="New upgrade operations"):
        command.check(alembic_config(connection))


def test_migrating_again_changes_nothing_and_keeps_the_rows(writer: Writer, log: MemoryLog, database: Database) -> None:
    log.send(SCREENED)
    writer.apply(log.batch(ENROLLMENT))
    migrate(database.url("trialog_owner"))
    assert writer.next_offset(ENROLLMENT, 0) == 1


def test_superuser_migrates_and_the_owner_owns(empty_database: Database, log: MemoryLog) -> None:
    migrate(empty_database.url("postgres"))
    with empty_database.connect("postgres") as connection:
        owners = connection.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('trial', 'intake')"
        ).fetchall()
    assert owners == [("trialog_owner",)]
    log.send(SCREENED)
    assert writer_on(empty_database).apply(log.batch(ENROLLMENT)).accepted == 1


def test_role_that_may_create_roles_migrates_a_fresh_server() -> None:
    """As on a managed server: no superuser, no role of ours yet, and passwords are set."""
    with DatabaseServer() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            for role in ROLES:
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
            connection.execute("CREATE ROLE site_admin LOGIN CREATEROLE")
            connection.execute("CREATE DATABASE site OWNER site_admin")
        migrate(server.url("site", "site_admin"), passwords={"trialog_app": "it's a secret"})
        migrate(server.url("site", "trialog_owner"))
        with psycopg.connect(server.url("site")) as connection:
            found = connection.execute(
                "SELECT rolname, rolpassword IS NOT NULL FROM pg_authid WHERE rolname LIKE 'trialog%' ORDER BY 1"
            ).fetchall()
        assert found == [
            ("trialog_app", True),
            ("trialog_intake", False),
            ("trialog_owner", False),
            ("trialog_read", False),
        ]


def test_role_that_may_not_make_schemas_is_told_what_to_do(empty_database: Database) -> None:
    with pytest.raises(DatabaseNotReady):
        migrate(empty_database.url("trialog_read"))


def test_server_that_is_away_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway):
        migrate(f"postgresql://trialog_owner@/trial?host={tmp_path}")


def test_each_migration_says_what_it_does_and_whether_old_code_works() -> None:
    revisions = list(ScriptDirectory(str(VERSIONS.parent)).walk_revisions())
    assert len(revisions) == len(list(VERSIONS.glob("[0-9]*.py")))
    for revision in revisions:
        first_line = Path(revision.path).read_text().splitlines()[0]
        assert re.fullmatch(
            r'"""[A-Z].+; .*(so )?the old code (keeps working|must be stopped first).*\."""', first_line
        ), revision.path
        assert "trial.ledger" not in Path(revision.path).read_text(), "no migration touches ledger rows"
