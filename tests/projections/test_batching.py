"""How records are cut into transactions leaves no trace but in commits and times of receipt."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from schemas import events as ev
from schemas.events.event import Event
from schemas.events.followup import Category
from schemas.events.lab import ResultStatus
from tests.projections.controls import ENROLLED, LAB, SCREENED, MemoryLog, correction, platelets, rows, void, writer_on
from tests.schemas.controls import event
from tests.servers.postgres import Database, DatabaseServer

EVENTS: list[Event] = [
    SCREENED,
    platelets("p-1", "20", series="line 1"),
    void("v-early", "p-late"),
    platelets("p-1-final", "21", series="line 1", status=ResultStatus.CORRECTED, recorded_at="2024-02-03T08:00"),
    ENROLLED,
    event("r-1", ev.ResponseAssessed(category=Category.CR, rule_set="ELN2022"), happened="2024-03-01"),
    platelets("p-late", "30"),
    correction("c-1", SCREENED, ev.ScreeningStarted(site="OTHER")),
    correction("c-2", SCREENED, ev.ScreeningStarted(site="THIRD"), recorded_at="2024-03-05T09:00"),
    event(
        "d-1",
        ev.SubjectDied(cause=ev.followup.Cause.UNKNOWN, certainty=ev.followup.Certainty.REPORTED),
        happened="2024-04-01",
    ),
    void("v-c-2", "c-2", recorded_at="2024-03-06T09:00"),
    void("v-d-1", "d-1"),
    platelets("p-other", "40", subject="S-002"),
    SCREENED,
    platelets("p-other", "41", subject="S-002"),
    platelets("p-gone", "50", status=ResultStatus.WRONG),
]

LEDGER = 'SELECT topic, "offset", status, reason, event_id, chain_hash FROM trial.ledger ORDER BY topic, "offset"'
TRAIL = (
    'SELECT topic, "offset", subject, event_id, actor, happened, reason, changes::text FROM trial.audit_trail '
    'ORDER BY topic, "offset"'
)
ENTRIES = (
    "SELECT event_id, facts_digest, subject, type, target, series, happened_at, happened_on, in_force, facts, by, "
    "contested FROM trial.entries ORDER BY event_id"
)
SUBJECTS = "SELECT * FROM trial.subjects ORDER BY subject"


@pytest.fixture(scope="module")
def databases(database_server: DatabaseServer, migrated_template: str) -> Iterator[list[Database]]:
    made = [database_server.create(f"batching_{n}", template=migrated_template) for n in range(3)]
    yield made
    for database in made:
        database_server.drop(database.name)


def written(database: Database, cut: random.Random | int) -> list[list[tuple[Any, ...]]]:
    """All events on one topic each, applied in batches of this size or of random sizes."""
    log, writer = MemoryLog(), writer_on(database)
    log.send(*EVENTS)
    for topic, records in sorted(log.records.items()):
        first = 0
        while first < len(records):
            size = cut if isinstance(cut, int) else cut.randint(1, 5)
            first = writer.apply(log.batch(topic, first, first + size)).next_offset
    writer.close()
    with database.connect("trialog_read") as connection:
        return [rows(connection, query) for query in (LEDGER, TRAIL, ENTRIES, SUBJECTS)]


def test_one_by_one_all_at_once_and_in_pieces_write_the_same(databases: list[Database]) -> None:
    one_by_one = written(databases[0], 1)
    assert len(one_by_one[0]) == len(EVENTS)
    assert [row[2] for row in one_by_one[0] if row[0] == LAB].count("quarantined") == 1
    assert written(databases[1], 4000) == one_by_one
    assert written(databases[2], random.Random(7)) == one_by_one
