"""What pages, statistics and the command line are told."""

from decimal import Decimal
from typing import Any

import msgspec
import psycopg
import pytest

from projections import reading
from projections.errors import UnknownCommit
from projections.heartbeat import beat
from projections.history import events_as_of
from projections.rows import Head, LedgerCounts
from projections.summary import detail_of
from projections.writer import Writer
from schemas import events as ev
from schemas.events.access import Via
from schemas.events.event import Event
from schemas.events.followup import Category
from schemas.events.lab import Bound
from schemas.settlement import settle
from tests.projections.controls import (
    ENROLLED,
    ENROLLMENT,
    LAB,
    OVERSIGHT,
    SCREENED,
    WAITING,
    MemoryLog,
    correction,
    platelets,
    void,
)
from tests.schemas.controls import event
from tests.servers.postgres import Database

Reader = psycopg.Connection[Any]


def il6(id_: str) -> Event:
    counted = platelets(id_).facts
    assert isinstance(counted, ev.ResultReported)
    facts = msgspec.structs.replace(
        counted, analyte="il6", number=Decimal("1234.5"), text="1234.5", unit="pg/mL", bound=Bound.LESS
    )
    return event(id_, facts)


def test_empty_database_gives_empty_answers(reader: Reader) -> None:
    assert reading.head(reader) == Head(commit=0, committed_at=None)
    assert reading.ledger_counts(reader) == LedgerCounts(
        accepted=0, duplicate=0, quarantined=0, quarantined_by_reason={}
    )
    assert reading.subjects(reader) == []
    assert reading.entries_in_force(reader) == {}
    assert reading.latest_events(reader, 5) == []
    assert reading.positions(reader) == []
    assert reading.state(reader, "S-001") is None
    assert list(events_as_of(reader, 0)) == []


def test_entries_in_force_are_settled_and_in_their_order(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    told = [
        platelets("p-2", happened="2024-02-02"),
        platelets("p-1", happened="2024-02-01"),
        platelets("p-b", recorded_at="2024-02-01T13:00"),
        SCREENED,
        void("v-1", "p-2"),
        platelets("p-3", subject="S-002"),
    ]
    log.send(*told)
    log.apply_all(writer)

    of_one = [each for each in told if each.subject == "S-001"]
    assert reading.entries_in_force(reader)["S-001"] == settle(of_one).in_force()
    assert sorted(reading.entries_in_force(reader)) == ["S-001", "S-002"]
    assert list(reading.entries_in_force(reader, subjects=["S-002"])) == ["S-002"]
    only = reading.entries_in_force(reader, types=["subject.screening-started.v1"])
    assert [entry.id for entry in only["S-001"]] == ["e-screened"]
    assert reading.entries_in_force(reader, subjects=[]) == {}


def test_latest_events_are_the_newest_first_with_their_commit(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(SCREENED, ENROLLED, platelets("p-1"))
    log.send_bytes(LAB, b"noise")
    writer.apply(log.batch(ENROLLMENT))
    writer.apply(log.batch(LAB))

    latest = reading.latest_events(reader, 3)

    assert [(each.commit, each.type, each.status, each.reason) for each in latest] == [
        (2, None, "quarantined", "not-json"),
        (2, "lab.result-reported.v1", "accepted", None),
        (1, "subject.enrolled.v1", "accepted", None),
    ]
    assert [each.position for each in latest][:2] == [f"{LAB}[0]@1", f"{LAB}[0]@0"]
    assert (latest[2].subject, latest[2].source, latest[2].actor_role) == ("S-001", "/form/enrolment", "nurse")


def test_latest_events_pass_over_the_oversight_topic(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    shown = ev.SubjectRead(via=Via.PAGE, view="subject")
    log.send(SCREENED, *(event(f"r-{number}", shown) for number in range(5)))
    writer.apply(log.batch(ENROLLMENT))
    for offset in range(5):
        writer.apply(log.batch(OVERSIGHT, offset, offset + 1))

    latest = reading.latest_events(reader, 3)

    assert [each.type for each in latest] == ["subject.screening-started.v1"]


def test_no_value_is_told_but_of_analytes_that_may_be_shown(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(il6("i-1"), platelets("p-1", "55"), correction("c-1", il6("i-1"), il6("x").facts))
    writer.apply(log.batch(LAB))

    blind = reading.latest_events(reader, 9)
    shown = reading.latest_events(reader, 9, {"platelets"})

    assert "1234" not in repr(blind)
    assert "1234" not in repr(shown)
    assert [dict(each.detail).get("value") for each in blind] == [None, None, None]
    assert [dict(each.detail).get("value") for each in shown] == [None, "55", None]


@pytest.mark.parametrize(
    ("facts", "detail"),
    [
        (ev.ResponseAssessed(category=Category.CRI, rule_set="ELN2022"), (("category", "CRi"),)),
        (ev.MarrowAssessed(blasts_pct=Decimal("4.5")), (("blasts", "4.5"),)),
        (ev.MarrowAssessed(), ()),
        (il6("i").facts, (("analyte", "il6"), ("matrix", "whole-blood"), ("value", "<1234.5"))),
    ],
)
def test_detail_says_what_the_event_says(facts: ev.Facts, detail: tuple[tuple[str, str], ...]) -> None:
    assert detail_of(facts, {"il6"}) == detail


def test_events_as_of_a_commit_are_those_accepted_by_it(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(SCREENED, SCREENED, ENROLLED)
    log.send_bytes(LAB, b"noise")
    log.send(platelets("p-1"))
    writer.apply(log.batch(ENROLLMENT, 0, 2))
    writer.apply(log.batch(LAB))
    writer.apply(log.batch(ENROLLMENT, 2))

    assert [[event.id for event in events_as_of(reader, commit)] for commit in range(4)] == [
        [],
        ["e-screened"],
        ["e-screened", "p-1"],
        ["e-screened", "e-enrolled", "p-1"],
    ]
    with pytest.raises(UnknownCommit, match="the last one is 3"):
        list(events_as_of(reader, 4))


def test_heartbeat_is_replaced_by_the_next(database: Database, reader: Reader) -> None:
    with database.connect("trialog_app") as connection:
        beat(connection, "worker-1", "working", "4 partitions")
        beat(connection, "worker-1", "idle")
        beat(connection, "analyse", "waiting")
    assert [(row.name, row.state, row.detail) for row in reading.workers(reader)] == [
        ("analyse", "waiting", ""),
        ("worker-1", "idle", ""),
    ]


def test_positions_say_how_far_each_partition_is(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(platelets("p-1"), platelets("p-2"), platelets("p-3"))
    writer.apply(log.batch(LAB, 0, 2))
    (row,) = reading.positions(reader)
    assert (row.topic, row.partition, row.next_offset, row.log_end) == (LAB, 0, 2, 3)


def test_events_of_a_subject_are_as_they_were_sent_each_once(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    asked = event("o-query", ev.QueryOpened(query="q-1", question="Is this right?", entries=("p-1",)))
    told = [
        platelets("p-1"),
        platelets("p-1"),
        correction("c-1", platelets("p-1"), platelets("p-1", "56").facts),
        asked,
    ]
    log.send(*told, platelets("p-2", subject="S-002"), WAITING)
    log.apply_all(writer)

    assert sorted(reading.events_of(reader, "S-001"), key=Event.recorded_key) == sorted(
        {each.id: each for each in told}.values(), key=Event.recorded_key
    )
    assert reading.events_of(reader, "S-009") == []
