"""`trialog subject`: the status over time and the open queries, without a patient's value."""

import json
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from schemas import events as ev
from schemas.events.event import Event
from schemas.events.review import QueryClosing
from tests.projections.controls import SCREENED, MemoryLog, correction, writer_on
from tests.schemas.controls import event
from tests.servers.postgres import Database
from tests.trialog.line import SteppedLine
from trialog.cli import app

MARROW = event("e-marrow", ev.MarrowAssessed(blasts_pct=Decimal("37.25"), cells_counted=150), happened="2024-02-01")
ASKED = ev.QueryOpened(query="q-1", question="Was it Zhang's?", entries=("e-marrow",))


@pytest.fixture
def told(stepped_line: SteppedLine) -> MemoryLog:
    """What is told is written past the log; the log itself takes the accesses."""
    return MemoryLog()


def shown(told: MemoryLog, database: Database, *events: Event, as_json: bool = False) -> str:
    told.send(*events)
    writer = writer_on(database)
    told.apply_all(writer)
    writer.close()
    ended = CliRunner().invoke(app, ["subject", "S-001", *(["--json"] if as_json else [])], env={"COLUMNS": "200"})
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def states(printed: str) -> dict[str | None, str]:
    return {query["rule"]: query["turns"][-1]["state"] for query in json.loads(printed)["open_queries"]}


def test_open_queries_are_counted_and_no_value_is_shown(told: MemoryLog, database: Database) -> None:
    printed = shown(told, database, SCREENED, MARROW, event("o-1", ASKED))
    assert "2 open queries" in printed
    assert "Fewer than 200 marrow cells were counted" in printed
    assert "asked by a person" in printed
    assert "37.25" not in printed
    assert "Zhang" not in printed


def test_a_query_that_a_correction_or_a_person_closed_is_not_open(told: MemoryLog, database: Database) -> None:
    asked = shown(told, database, SCREENED, MARROW, event("o-1", ASKED), as_json=True)
    assert states(asked) == {"marrow-few-cells": "open", None: "open"}
    enough = correction("c-1", MARROW, ev.MarrowAssessed(blasts_pct=Decimal("37.25"), cells_counted=500))
    left = shown(told, database, enough, as_json=True)
    assert states(left) == {None: "open"}
    closed = event("o-2", ev.QueryClosed(query="q-1", why=QueryClosing.CONFIRMED), recorded_at="2024-03-03T09:00")
    assert states(shown(told, database, closed, as_json=True)) == {}


def test_without_queries_there_is_no_table_of_them(told: MemoryLog, database: Database) -> None:
    assert shown(told, database, SCREENED).rstrip().endswith("0 open queries")
