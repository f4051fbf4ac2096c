"""One look at the database: what is counted, what the line says, what stays blinded."""

from decimal import Decimal

import pytest

from analytics.prespecified import Prespecified
from monitor.status import status
from monitor.view import LineState
from schemas import events as ev
from schemas.events.lab import Bound, Matrix, ResultStatus
from schemas.events.quarantine import RedriveOutcome
from tests.analytics.trials import PLAN
from tests.monitor.serving import Trial, enrolled
from tests.projections.controls import LAB, OVERSIGHT, STUDY
from tests.schemas.controls import event


def look(trial: Trial, **others):
    with trial.database.connect("trialog_read") as connection:
        return status(connection, STUDY, trial.ends, prespecified=Prespecified(PLAN, STUDY.endpoints), **others)


def test_a_database_in_which_nothing_was_written_has_no_position_and_no_statistics(trial: Trial):
    now = look(trial)
    assert (now.commit, now.committed_at, now.state_digest, now.subjects) == (0, None, None, 0)
    assert now.statistics is None
    assert now.latest == ()
    assert now.line.state is LineState.SILENT
    assert now.line.since is None


def test_the_numbers_are_those_of_the_ledger_and_of_the_newest_snapshot(trial: Trial):
    trial.say(*enrolled(1), *enrolled(2))
    trial.say(*enrolled(2))  # the same again
    trial.log.send_bytes(LAB, b"{", key=b"S-001")
    trial.log.send(event("w-1", ev.MessageWaiting(door="hl7", message="ab" * 16), subject=None))
    trial.log.send(event("w-2", ev.MessageWaiting(door="hl7", message="cd" * 16), subject=None))
    trial.log.send(event("r-1", ev.MessageReleased(door="hl7", message="ab" * 16), subject=None))
    refused = ev.MessageRefused(door="hl7", message="ef" * 16, problem="unknown-code", where="OBX[2]-3")
    trial.log.send(event("f-1", refused, subject=None))
    trial.write()
    now = look(trial)
    assert (now.intake.accepted, now.intake.repeated, now.intake.quarantined) == (30, 13, 1)
    assert now.intake.quarantined_by_reason == {"not-json": 1}
    assert (now.intake.waiting, now.intake.refused) == (1, 1)
    assert now.statistics is not None
    assert now.statistics.snapshot.enrolment.enrolled == 2
    assert now.statistics.last_commit == now.commit
    assert now.subjects == 2
    assert now.line.state is LineState.LIVE
    assert OVERSIGHT in {each.topic for each in now.line.partitions}


def test_what_was_driven_again_still_counts_and_is_settled(trial: Trial):
    trial.say(*enrolled(1))
    for held in (b"{", b"{{", b"{}"):
        trial.log.send_bytes(LAB, held, key=b"S-001")
    refused = ev.MessageRefused(door="hl7", message="ef" * 16, problem="unknown-code", where="OBX[2]-3")
    trial.log.send(event("f-1", refused, subject=None))
    trial.write()
    first = next(each.position for each in reversed(look(trial).latest) if each.reason == "not-json")
    for number, (held, outcome) in enumerate(((first, "taken"), ("ef" * 16, "waiting"), (f"{LAB}[0]@9", "taken"))):
        facts = ev.QuarantineRedriven(
            held=held, held_for="not-json", outcome=RedriveOutcome(outcome), events=(enrolled(1)[0].id,)
        )
        trial.log.send(event(f"q-{number}", facts, subject=None))
    trial.write()
    intake = look(trial).intake
    assert intake.quarantined_by_reason == {"malformed-envelope": 1, "not-json": 2}
    assert intake.redriven_by_reason == {"not-json": 1}
    assert (intake.quarantined, intake.redriven, intake.remaining) == (3, 1, 2)
    assert (intake.refused, intake.refused_redriven, intake.refused_remaining) == (1, 1, 0)


def test_records_that_are_not_written_yet_are_behind_and_not_stuck_at_a_single_look(trial: Trial):
    trial.say(*enrolled(1))
    trial.log.send(*enrolled(2))
    now = look(trial)
    assert now.line.state is LineState.BEHIND
    assert now.line.behind == 13
    assert now.line.moved_at is not None


def test_a_log_that_does_not_answer_is_said_and_nothing_is_called_behind(trial: Trial):
    trial.say(*enrolled(1))
    trial.log_away = True
    now = look(trial)
    assert now.line.state is LineState.LOG_AWAY
    assert now.line.behind is None
    assert now.line.since is not None


def test_a_worker_that_says_it_stops_is_not_heard_any_more(trial: Trial):
    trial.say(*enrolled(1))
    trial.beat(state="stopped")
    assert look(trial).line.state is LineState.SILENT


def test_the_job_of_the_statistics_alone_keeps_no_line_alive(trial: Trial):
    trial.beat(name="analyse")
    assert look(trial).line.state is LineState.SILENT


@pytest.mark.parametrize(
    ("analyte", "matrix", "shown"), [("il6", "marrow-supernatant", False), ("anc", "whole-blood", True)]
)
def test_a_value_of_a_blinded_analyte_is_in_no_part_of_the_status(trial: Trial, analyte: str, matrix: str, shown: bool):
    result = ev.ResultReported(
        analyte=analyte,
        bound=Bound.EQUAL,
        number=Decimal("87.31"),
        unit="pg/mL",
        text="87.31",
        unit_sent="pg/mL",
        matrix=Matrix(matrix),
        status=ResultStatus.FINAL,
        series="a-series",
        code="IL6-BM",
        code_system="99LAB",
    )
    trial.say(*enrolled(1), event("lab-1", result, happened="2024-03-05"))
    assert ("87.31" in repr(look(trial))) is shown
