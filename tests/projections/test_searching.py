"""The search over the ledger: what each filter finds, in which order, and pages that leave out and repeat nothing."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
import pytest

from projections import searching
from projections.recorded import position_of, positions_of, recorded_at
from projections.searching import Page, Wanted, actors, search
from schemas import events as ev
from schemas.events.event import Event
from schemas.events.followup import Category
from schemas.records import Position
from tests.projections.controls import (
    ENROLLED,
    ENROLLMENT,
    FOLLOWUP,
    LAB,
    OVERSIGHT,
    SCREENED,
    WAITING,
    MemoryLog,
    correction,
    platelets,
    void,
    writer_on,
)
from tests.schemas.controls import event
from tests.servers.postgres import Database

Reader = psycopg.Connection[Any]

RESPONDED = event("e-response", ev.ResponseAssessed(category=Category.CR, rule_set="ELN2022"), happened="2024-02-09")
CORRECTED = correction("c-response", RESPONDED, ev.ResponseAssessed(category=Category.PR, rule_set="ELN2022"))
CRITERION = event("e-i2", ev.CriterionAssessed(criterion="I2", answer="met"), happened="2024-01-03")  # type: ignore[arg-type]
OTHER = event("e-other", ev.ScreeningStarted(site="FJMUUH"), subject="S-002", happened="2024-01-08")


def by(actor: str, one: Event) -> Event:
    return msgspec.structs.replace(one, actor=actor)


@pytest.fixture(scope="module")
def reader(module_database: Database) -> Iterator[Reader]:
    """Of eight commits: each line is one of a topic. Nothing here writes to it again."""
    log, writer = MemoryLog(), writer_on(module_database)
    for batch in (
        [SCREENED, CRITERION],
        [platelets("p-1"), by("BF-6900", platelets("p-2"))],
        [ENROLLED, OTHER],
        [by("dr-lin", RESPONDED)],
        [WAITING],
        [platelets("p-1")],
        [void("v-1", "p-2")],
    ):
        log.send(*batch)
        log.apply_all(writer)
    log.send(by("dr-lin", CORRECTED), topic=FOLLOWUP)
    log.send_bytes(FOLLOWUP, b"{", key=b"S-002")
    log.apply_all(writer)
    writer.close()
    with module_database.connect("trialog_read", autocommit=True) as connection:
        yield connection


def ids(page: Page) -> list[str]:
    """Event ids, or the status of what is none."""
    return [row.event.id if row.event is not None else row.status for row in page.rows]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (
            Wanted(),
            [
                *("quarantined", "c-response", "v-1", "p-1", "o-waiting", "e-response"),
                *("e-other", "e-enrolled", "p-2", "p-1", "e-i2", "e-screened"),
            ],
        ),
        (Wanted(subject="S-002"), ["quarantined", "e-other"]),
        (Wanted(subject="S-003"), []),
        (Wanted(actor="dr-lin"), ["c-response", "e-response"]),
        (Wanted(actor="BF-6900"), ["p-2"]),
        (Wanted(actor="nobody"), []),
        (Wanted(types=("lab.result-reported.v1",)), ["p-2", "p-1"]),
        (Wanted(types=("entry.corrected.v1", "entry.voided.v1")), ["c-response", "v-1"]),
        (Wanted(subject="S-001", types=("subject.screening-started.v1",)), ["e-screened"]),
        (Wanted(actor="nurse-1", types=("subject.screening-started.v1",)), ["e-other", "e-screened"]),
        (Wanted(actor="dr-lin", subject="S-002"), []),
        (Wanted(field="category"), ["c-response", "e-response"]),
        (Wanted(field="response"), ["c-response", "e-response"]),
        (Wanted(field="status"), ["c-response", "e-response", "e-other", "e-enrolled", "e-screened"]),
        (Wanted(field="criteria.I2"), ["e-i2"]),
        (Wanted(field="criteria.E1"), []),
        (Wanted(field="number"), ["v-1", "p-2", "p-1"]),
        (Wanted(field="number", actor="BF-6900"), ["p-2"]),
        (Wanted(field="number", types=("lab.result-reported.v1",)), ["p-2", "p-1"]),
        (Wanted(field="number", types=("subject.died.v2",)), []),
        (Wanted(field="no_such_field"), []),
        (Wanted(status="duplicate"), ["p-1"]),
        (Wanted(status="quarantined"), ["quarantined"]),
        (Wanted(status="quarantined", subject="S-001"), []),
        (Wanted(status="quarantined", actor="dr-lin"), []),
        (Wanted(status="accepted", subject="S-002"), ["e-other"]),
    ],
    ids=str,
)
def test_each_filter_finds_what_is_all_that_it_asks_for_the_newest_first(
    reader: Reader, wanted: Wanted, found: list[str]
) -> None:
    assert ids(search(reader, wanted)) == found


@pytest.mark.parametrize(
    "wanted",
    [Wanted(), Wanted(subject="S-001"), Wanted(actor="nurse-1"), Wanted(field="number"), Wanted(status="accepted")],
    ids=str,
)
@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_pages_of_any_size_show_every_row_once_and_in_order(reader: Reader, wanted: Wanted, most: int) -> None:
    whole = [row.position for row in search(reader, wanted, most=200).rows]
    paged, before = [], None
    while True:
        page = search(reader, wanted, before=before, most=most)
        assert len(page.rows) <= most
        paged += [row.position for row in page.rows]
        if page.older is None:
            break
        before = page.older
    assert paged == whole


def test_a_page_that_looks_at_few_records_says_from_where_to_go_on(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "LOOKED_AT_MAX", 2)
    wanted, found, before, pages = Wanted(actor="nurse-1", types=("subject.screening-started.v1",)), [], None, 0
    while True:
        page = search(reader, wanted, before=before, most=1)
        found += ids(page)
        pages += 1
        if page.older is None:
            break
        before = page.older
    assert found == ["e-other", "e-screened"]
    assert pages > 2


def test_limits_are_of_the_time_of_writing_from_inclusive_and_before_exclusive(reader: Reader) -> None:
    every = search(reader, Wanted()).rows
    at = {row.commit: row.committed_at for row in every}
    later = Wanted(written_from=at[4])
    earlier = Wanted(written_before=at[4])
    assert {row.commit for row in search(reader, later).rows} == {number for number in at if number >= 4}
    assert {row.commit for row in search(reader, earlier).rows} == {1, 2, 3}
    assert search(reader, Wanted(written_from=at[4], written_before=at[4])).rows == ()
    assert search(reader, Wanted(written_from=at[max(at)] + dt.timedelta(days=1))).rows == ()
    assert search(reader, Wanted(written_before=at[1])).rows == ()


def test_a_found_row_has_its_commit_its_event_and_what_it_changed(reader: Reader) -> None:
    (row,) = search(reader, Wanted(types=("entry.corrected.v1",))).rows
    assert row.position == Position(FOLLOWUP, 0, 1)
    assert (row.status, row.reason) == ("accepted", None)
    assert row.event is not None
    assert (row.event.actor, row.event.reason) == ("dr-lin", "transcription error")
    assert ("e-response.category", "CR", "PR") in row.changes
    assert len(row.chain_hash) == 32


def test_a_record_that_is_no_event_says_why_and_where_it_lies(reader: Reader) -> None:
    (row,) = search(reader, Wanted(status="quarantined")).rows
    assert (row.position, row.reason, row.event, row.changes) == (Position(FOLLOWUP, 0, 2), "not-json", None, ())


def test_records_are_read_by_position_in_the_order_asked_and_none_where_there_is_none(reader: Reader) -> None:
    asked = [Position(LAB, 0, 1), Position(LAB, 0, 99), Position(ENROLLMENT, 0, 0)]
    assert [row.event.id for row in recorded_at(reader, asked) if row.event] == ["p-2", "e-screened"]
    assert position_of(reader, "o-waiting") == Position(OVERSIGHT, 0, 0)
    assert position_of(reader, "no such event") is None
    assert positions_of(reader, ["p-1", "no such event"]) == {"p-1": Position(LAB, 0, 0)}


def test_actors_are_named_once_and_sorted(reader: Reader) -> None:
    assert actors(reader) == ["BF-6900", "dr-lin", "nurse-1"]
    assert actors(reader, most=2) == ["BF-6900", "dr-lin"]


def test_an_empty_ledger_gives_an_empty_page(database: Database) -> None:
    with database.connect("trialog_read") as connection:
        for wanted in (Wanted(), Wanted(subject="S-001"), Wanted(actor="x"), Wanted(field="status")):
            assert search(connection, wanted) == Page(rows=(), older=None)
        assert actors(connection) == []
