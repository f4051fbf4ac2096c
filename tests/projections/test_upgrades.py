"""What was stored by the code of an earlier day, and is sent again after a type has got a new version.

Rows are written here as that code wrote them: the facts digest over the old form, and the old type.
"""

from typing import Any

import psycopg
import pytest

from projections import reading
from projections.verify import verify_chain
from projections.writer import Writer
from schemas.events import SubjectDied
from schemas.events.followup import Cause, Certainty
from tests.projections.controls import FOLLOWUP, MemoryLog, outcomes
from tests.schemas.frozen import golden
from tests.servers.postgres import Database

Reader = psycopg.Connection[Any]

DIED = golden("subject.died.v1")
CORRECTED = golden("entry.corrected.v1+died-v1")
# `schemas.codec.facts_digest` of both records in commit b03106c, the last one that knew version 1 only. It wrote every
# default as well, so that the correction's has a null for the time that stays.
OLD_DIGESTS = {
    "evt-0406": "5e35dbe56042286ba9c73f37ec90d7ae10f8447bb64f1118b73dead9febe3ecd",
    "evt-0502": "20d50585575ef03c4bae08e21e76a70bc81d0ad184c866f065144a9fe0e2ae9e",
}
SAME_IN_VERSION_2 = DIED.replace(b"subject.died.v1", b"subject.died.v2").replace(
    b'{"cause":"infection"}', b'{"cause":"infection","certainty":"not-asked"}'
)
CORRECTED_IN_VERSION_2 = CORRECTED.replace(b"subject.died.v1", b"subject.died.v2").replace(
    b'{"cause":"leukaemia"}', b'{"cause":"leukaemia","certainty":"not-asked"}'
)
UNTRACED = DIED.replace(b',"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"', b"")


@pytest.fixture
def stored(writer: Writer, log: MemoryLog, database: Database) -> MemoryLog:
    """A death and its correction, both of version 1, as the code of version 1 stored them."""
    send(log, DIED)
    send(log, CORRECTED)
    writer.apply(log.batch(FOLLOWUP))
    with database.connect("trialog_app") as old_code:
        for event_id, digest in OLD_DIGESTS.items():
            changed = old_code.execute(
                "UPDATE trial.entries SET facts_digest = %s WHERE event_id = %s AND facts_digest <> %s",
                (bytes.fromhex(digest), event_id, bytes.fromhex(digest)),
            )
            assert changed.rowcount == 1
    return log


def send(log: MemoryLog, value: bytes) -> None:
    log.send_bytes(FOLLOWUP, value, key=b"S-017")


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(DIED, id="the same bytes"),
        pytest.param(UNTRACED, id="the same bytes without their trace"),
        pytest.param(SAME_IN_VERSION_2, id="the same facts in version 2"),
        pytest.param(CORRECTED, id="the correction, the same bytes"),
        pytest.param(CORRECTED_IN_VERSION_2, id="the correction, the same facts in version 2"),
    ],
)
def test_an_event_that_is_sent_again_after_an_upgrade_is_a_duplicate(
    again: bytes, stored: MemoryLog, writer: Writer, reader: Reader
) -> None:
    before = reading.study_digest(reader)
    send(stored, again)

    applied = writer.apply(stored.batch(FOLLOWUP, 2))

    assert (applied.duplicate, applied.quarantined, applied.accepted) == (1, 0, 0)
    assert reading.study_digest(reader) == before
    assert verify_chain(reader) == []


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(DIED.replace(b"infection", b"treatment"), id="another cause"),
        pytest.param(SAME_IN_VERSION_2.replace(b"not-asked", b"documented"), id="another certainty"),
        pytest.param(DIED.replace(b"2025-01-17", b"2025-01-18"), id="another day"),
        pytest.param(CORRECTED.replace(b"leukaemia", b"treatment"), id="another correction"),
    ],
)
def test_other_facts_under_the_same_id_are_a_conflict_after_an_upgrade_too(
    other: bytes, stored: MemoryLog, writer: Writer, reader: Reader
) -> None:
    before = reading.study_digest(reader)
    send(stored, other)

    assert writer.apply(stored.batch(FOLLOWUP, 2)).quarantined == 1

    assert outcomes(reader, FOLLOWUP)[2][:2] == ("quarantined", "same-id-other-facts")
    assert reading.study_digest(reader) == before


def test_one_batch_tells_duplicates_from_conflicts_of_several_old_events(
    stored: MemoryLog, writer: Writer, reader: Reader
) -> None:
    for value in (DIED.replace(b"infection", b"treatment"), SAME_IN_VERSION_2, CORRECTED, DIED):
        send(stored, value)

    writer.apply(stored.batch(FOLLOWUP, 2))

    assert [status for status, _, _ in outcomes(reader, FOLLOWUP)[2:]] == [
        "quarantined",
        "duplicate",
        "duplicate",
        "duplicate",
    ]


def test_the_same_facts_in_both_versions_in_one_batch_are_one_event(
    writer: Writer, log: MemoryLog, reader: Reader
) -> None:
    send(log, DIED)
    send(log, SAME_IN_VERSION_2)
    writer.apply(log.batch(FOLLOWUP))
    assert [status for status, _, _ in outcomes(reader, FOLLOWUP)] == ["accepted", "duplicate"]


def test_a_row_with_the_facts_of_an_old_version_is_read_as_the_newest(
    stored: MemoryLog, database: Database, reader: Reader
) -> None:
    with database.connect("trialog_app") as old_code:
        old_code.execute(
            "UPDATE trial.entries SET type = 'subject.died.v1', facts = %s WHERE event_id = 'evt-0406'",
            (b'{"cause":"infection"}',),
        )
    (entry,) = reading.entries_in_force(reader)["S-017"]
    assert entry.facts == SubjectDied(cause=Cause.INFECTION, certainty=Certainty.NOT_ASKED)
