"""What a search asks for, and what it says of what cannot be asked for."""

import datetime as dt

import pytest

from monitor.audit import addresses
from monitor.audit.asking import asked, is_text
from projections.searching import Wanted
from schemas.records import Position
from tests.monitor.samples import STUDY

CHINA = dt.timezone(dt.timedelta(hours=8))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, Wanted()),
        ({"subject": " s-001 "}, Wanted(subject="S-001")),
        ({"actor": "nurse-1", "unknown": "x"}, Wanted(actor="nurse-1")),
        ({"type": "subject.died.v2"}, Wanted(types=("subject.died.v2",))),
        ({"field": "criteria.E2"}, Wanted(field="criteria.E2")),
        ({"field": "category", "status": "accepted"}, Wanted(field="category", status="accepted")),
        # Days are the study's, and the last one is meant whole.
        (
            {"from": "2026-03-02", "to": "2026-03-02"},
            Wanted(
                written_from=dt.datetime(2026, 3, 2, tzinfo=CHINA), written_before=dt.datetime(2026, 3, 3, tzinfo=CHINA)
            ),
        ),
        ({"to": "9998-12-31"}, Wanted(written_before=dt.datetime(9999, 1, 1, tzinfo=CHINA))),
    ],
)
def test_what_is_typed_becomes_what_is_looked_for(query: dict[str, str], wanted: Wanted):
    found = asked(query, STUDY)
    assert found.wanted == wanted
    assert found.problems == ()


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ({"subject": "<b>"}, ["subject"]),
        ({"subject": "S-001\x00"}, ["subject"]),
        ({"subject": "S" * 33}, ["subject"]),
        ({"type": "subject.died.v1"}, ["type"]),
        ({"type": "subject.died"}, ["type"]),
        ({"actor": "x" * 201}, ["actor"]),
        ({"actor": "nur\x00se"}, ["actor"]),
        ({"field": "no_such_field"}, ["field"]),
        ({"field": "category' OR true"}, ["field"]),
        ({"from": "yesterday"}, ["from"]),
        ({"from": "2026-02-30"}, ["from"]),
        ({"from": "0001-01-01"}, ["from"]),
        ({"to": "9999-12-31"}, ["to"]),
        ({"from": "2026-03-03", "to": "2026-03-02"}, ["to"]),
        ({"status": "deleted"}, ["status"]),
        ({"before": "lab@1"}, ["before"]),
        ({"subject": "?", "from": "?", "status": "?"}, ["from", "status", "subject"]),
    ],
)
def test_what_cannot_be_asked_for_is_named_and_never_asked(query: dict[str, str], problems: list[str]):
    found = asked(query, STUDY)
    assert sorted(problem.name for problem in found.problems) == problems
    assert found.given == {name: text.strip() for name, text in query.items()}


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("nct06486350.lab[0]@12", Position("nct06486350.lab", 0, 12)),
        (" nct06486350.lab[3]@0 ", Position("nct06486350.lab", 3, 0)),
        ("nct06486350.lab[0]@-1", None),
        ("nct06486350.lab[0]@1e3", None),
        ("nct06486350.lab@12", None),
        ("../../etc[0]@1", None),
        ("lab[0]@" + "9" * 19, None),
        ("", None),
    ],
)
def test_a_position_is_read_as_people_copy_it(text: str, position: Position | None):
    assert addresses.parse_position(text) == position


def test_addresses_escape_what_they_name():
    assert addresses.event(Position("nct06486350.lab", 0, 12)) == "/audit/events/nct06486350.lab/0/12"
    assert addresses.subject("S/1") == "/audit/subjects/S%2F1"
    assert addresses.search({"actor": "a b&c"}) == "/audit?actor=a+b%26c"


def test_a_text_with_characters_that_nobody_types_is_asked_about_nowhere():
    assert [is_text(text) for text in ("x", "张", "a\x00", "\ud800", "a\nb", "x" * 201)] == [True, True, *[False] * 4]
