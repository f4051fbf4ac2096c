"""Rebuilds on a test's database, and what the catalogue and the ledger's own events say, to compare them with."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from types import ModuleType
from typing import Any

import psycopg
import pytest

import projections.migrate
import projections.replay.following
import projections.replay.generations
import projections.replay.shadow_rows
import projections.transaction
import projections.writer
from projections.replay.rebuild import Replayed, replay
from schemas.events import OversightFacts
from schemas.events.event import Event
from schemas.study import StudyDefinition
from schemas.subject import digest, fold, study_digest
from tests.projections.controls import STUDY
from tests.servers.postgres import Database

NAMING_THE_FOLD_VERSION: tuple[ModuleType, ...] = (
    projections.migrate,
    projections.replay.following,
    projections.replay.generations,
    projections.replay.shadow_rows,
    projections.transaction,
    projections.writer,
)

_CATALOGUE = """
SELECT 'column', table_name || '.' || column_name,
       concat_ws(' ', data_type, is_nullable, column_default, ordinal_position)
FROM information_schema.columns WHERE table_schema = 'trial'
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'trial'::regnamespace
UNION ALL
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'trial'
UNION ALL
SELECT 'trigger', tgrelid::regclass || '.' || tgname, concat(pg_get_triggerdef(oid), ' ', tgenabled)
FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'trial.%'
UNION ALL
SELECT 'owner', relname, relowner::regrole::text FROM pg_class WHERE relnamespace = 'trial'::regnamespace
UNION ALL
SELECT 'grant', relname || ' to ' || privilege.grantee::regrole,
       concat(privilege.privilege_type, ' ', privilege.is_grantable)
FROM pg_class CROSS JOIN LATERAL aclexplode(relacl) AS privilege WHERE relnamespace = 'trial'::regnamespace
UNION ALL
SELECT 'option', relname, concat_ws(' ', relpersistence, reloptions, relrowsecurity)
FROM pg_class WHERE relnamespace = 'trial'::regnamespace
"""


def rebuild(database: Database, study: StudyDefinition = STUDY, **options: Any) -> Replayed:
    return replay(partial(psycopg.connect, database.url("trialog_owner")), study, **options)


def catalogue(database: Database) -> list[tuple[str, str, str]]:
    """Everything that the schema ``trial`` is, but for its rows."""
    with database.connect("postgres") as connection:
        return sorted(connection.execute(_CATALOGUE).fetchall())


def generation_schemas(database: Database) -> list[str]:
    with database.connect("postgres") as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'generation%' ORDER BY 1")
        return [name for (name,) in found]


def generations(database: Database) -> list[tuple[int, int, str, str]]:
    """(number, fold version, source, state) of all there ever were."""
    with database.connect("trialog_read") as connection:
        return connection.execute(
            "SELECT number, fold_version, source, state FROM trial.generations ORDER BY number"
        ).fetchall()


def folded(events: Iterable[Event]) -> str:
    """The state digest that a set of events must come to, by the pure fold alone."""
    by_subject: Mapping[str, list[Event]] = defaultdict(list)
    for each in events:
        if each.subject is not None and not isinstance(each.facts, OversightFacts):
            by_subject[each.subject].append(each)
    return study_digest((subject, digest(fold(subject, said))) for subject, said in by_subject.items())


def with_fold_version(monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    """Code of another fold version, from here on."""
    for module in NAMING_THE_FOLD_VERSION:
        monkeypatch.setattr(module, "FOLD_VERSION", version)
