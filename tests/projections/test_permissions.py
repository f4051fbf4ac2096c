"""Who may do what, found out by trying as each role. What is kept for ever is refused to its owner as well."""

import psycopg
import pytest

from projections.permissions import APP, APPEND_ONLY, INTAKE_ROLE, OWNER, READ
from projections.writer import Writer
from tests.projections.controls import ENROLLMENT, SCREENED, MemoryLog
from tests.servers.postgres import Database

ALL_ROLES = (OWNER, APP, READ, INTAKE_ROLE)
MUTATIONS = {
    "UPDATE": {
        "trial.ledger": "UPDATE trial.ledger SET value = ''",
        "trial.commits": "UPDATE trial.commits SET committed_at = now()",
        "trial.audit_trail": "UPDATE trial.audit_trail SET actor = ''",
        "trial.analyses": "UPDATE trial.analyses SET body = ''",
        "trial.snapshots": "UPDATE trial.snapshots SET body = ''",
        "trial.seals": "UPDATE trial.seals SET text = ''",
        "trial.seal_keys": "UPDATE trial.seal_keys SET first_seal = 0",
    },
    "DELETE": {table: f"DELETE FROM {table}" for table in APPEND_ONLY},
    "TRUNCATE": {table: f"TRUNCATE {table} CASCADE" for table in APPEND_ONLY},
}
TRIAL_TABLES = (
    *APPEND_ONLY, "trial.positions", "trial.entries", "trial.subjects", "trial.workers", "trial.snapshot_holds",
    "trial.generations",
    "trial.tree_tiles",
)  # fmt: skip
INTAKE_TABLES = ("intake.identity_map", "intake.receipts")


@pytest.fixture
def written(writer: Writer, log: MemoryLog, database: Database) -> Database:
    log.send(SCREENED)
    writer.apply(log.batch(ENROLLMENT))
    return database


def attempt(database: Database, role: str, statement: str) -> None:
    with database.connect(role, autocommit=True) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_no_role_changes_or_removes_what_is_kept_for_ever(mutation: str, table: str, written: Database) -> None:
    for role in ALL_ROLES:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            attempt(written, role, MUTATIONS[mutation][table])
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append only"):
        attempt(written, OWNER, MUTATIONS[mutation][table])


def test_upsert_is_no_way_around(written: Database) -> None:
    upsert = (
        "INSERT INTO trial.ledger SELECT * FROM trial.ledger "
        "ON CONFLICT (topic, partition, \"offset\") DO UPDATE SET value = ''"
    )
    for role in ALL_ROLES:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            attempt(written, role, upsert)


@pytest.mark.parametrize("role", [APP, READ, INTAKE_ROLE])
def test_no_role_of_the_application_disarms_the_guards(role: str, written: Database) -> None:
    for statement in (
        "ALTER TABLE trial.ledger DISABLE TRIGGER append_only",
        "DROP TRIGGER append_only ON trial.ledger",
        "DROP TABLE trial.ledger",
        "ALTER TABLE trial.ledger ALTER COLUMN value TYPE text USING ''",
        "CREATE OR REPLACE FUNCTION trial.refuse() RETURNS trigger LANGUAGE sql AS ''",
        "SET session_replication_role = 'replica'",
        "SET ROLE trialog_owner",
        "CREATE TABLE trial.other (n integer)",
    ):
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidFunctionDefinition)):
            attempt(written, role, statement)


@pytest.mark.parametrize("table", TRIAL_TABLES)
def test_reader_reads_the_trial_and_writes_nothing(table: str, written: Database) -> None:
    attempt(written, READ, f"SELECT * FROM {table}")
    for statement in (f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            attempt(written, READ, statement)


@pytest.mark.parametrize("table", INTAKE_TABLES)
def test_identities_are_the_doors_own(table: str, written: Database) -> None:
    attempt(written, INTAKE_ROLE, f"SELECT * FROM {table}")
    for role in (APP, READ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            attempt(written, role, f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", TRIAL_TABLES)
def test_doors_see_nothing_of_the_trial(table: str, written: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        attempt(written, INTAKE_ROLE, f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", ["trial.positions", "trial.entries", "trial.subjects"])
def test_application_deletes_no_projection(table: str, written: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        attempt(written, APP, f"DELETE FROM {table}")
