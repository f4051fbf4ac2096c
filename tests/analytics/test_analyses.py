"""The study's plan over its own rows: every estimate answers or refuses, what is not in the plan is exploratory."""

import threading

import psycopg
import pytest

from analytics.analyses import Analyses, analyse, decode_analyses, encode_analyses, is_final
from analytics.analysing import Request, answer, encode_request
from analytics.analysis_store import latest_analyses
from analytics.background import Background
from analytics.computation import panel_of, timelines_of
from analytics.job import Job
from analytics.plans.guards import Guard
from analytics.plans.plan import Plan, parse_plan
from analytics.plans.results import Result
from analytics.study_table import STUDY_COLUMNS, study_table
from schemas.rules.endpoints import EndpointRow
from tests.analytics.ledgers import Ledger
from tests.analytics.trials import DOCUMENT, DRAWN, PLAN, TREATED, endpoint_rows
from tests.rules.drawn import STUDY, events, on
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

FEW = b"""
name = "few"
[[estimates]]
id = "os"
method = "kaplan-meier"
time = "survival_days"
event = "died"
missing = "leave-out"
at = [365, 730]
restricted_to = 365
[[estimates]]
id = "own"
title = "Another one"
method = "proportion"
outcome = "cr"
set = "full_set"
"""


def rows(histories: dict[str, str], cutoff: int | None = None) -> tuple[list[EndpointRow], Plan]:
    return endpoint_rows(histories, cutoff), PLAN


def analysed(histories: dict[str, str], plan: Plan = PLAN, cutoff: int = 500) -> Analyses:
    return analyse(rows(histories, cutoff)[0], plan, PLAN, STUDY, on(cutoff))


def by_id(analyses: Analyses) -> dict[str, Result]:
    return {each.id: each for each in analyses.results.results}


def test_the_plan_reads_columns_that_the_table_has() -> None:
    table = study_table(rows(DRAWN, 500)[0], STUDY.endpoints)
    assert set(table.columns) == set(STUDY_COLUMNS)
    assert table.rows == 9, "the enrolled"


def test_the_drawn_trial_says_what_was_counted_by_hand() -> None:
    found = by_id(analysed(DRAWN))
    orr = found["orr"].answer
    assert orr is not None
    # As in test_figures: 4 of the 6 whose year is over; certain 5 and possible 6 of 8.
    assert (orr["groups"][0]["exact"]["count"], orr["groups"][0]["exact"]["of"]) == (4, 6)
    bounds = found["orr-bounds"].answer
    assert bounds is not None
    assert (bounds["groups"][0]["bounds"]["certain"], bounds["groups"][0]["bounds"]["possible"]) == (5, 6)
    assert Guard.PENDING_SUBJECTS in {label.guard for label in found["orr-bounds"].labels}
    survival = found["os"].answer
    assert survival is not None
    assert (survival["groups"][0]["events"], survival["groups"][0]["subjects"]) == (2, 9)
    marker = found["marker-roc"]
    assert marker.refused is not None
    assert marker.refused.reason == "nobody", "no specimen was drawn"


def test_a_look_before_the_end_of_follow_up_is_labelled_on_every_answer() -> None:
    found = analysed(DRAWN)
    assert found.look == "interim"
    assert not is_final(STUDY, on(500))
    for each in found.results.results:
        if each.answer is not None:
            assert Guard.REPEATED_LOOKS in {label.guard for label in each.labels}, each.id


EDGES = {
    "nobody at all": {},
    "nobody enrolled": {"S-001": "-8 screened"},
    "one enrolled": {"S-001": "0 enrolled"},
    "one treated": {"S-001": TREATED},
    "nobody assessed": {f"S-{n:03}": TREATED for n in range(1, 6)},
    "no events": {f"S-{n:03}": f"{TREATED}, 28 CR, 490 alive" for n in range(1, 6)},
    "all dead": {f"S-{n:03}": f"{TREATED}, {n * 9} dead" for n in range(1, 6)},
    "times of zero": {"S-001": "0 enrolled, 0 dead", "S-002": "0 enrolled"},
    "all respond": {f"S-{n:03}": f"{TREATED}, 28 CR, 490 alive" for n in range(1, 6)},
    "one group empty": {f"S-{n:03}": f"{TREATED}, 28 NR, 490 alive" for n in range(1, 6)},
}


@pytest.mark.parametrize("edge", EDGES)
def test_at_every_edge_each_estimate_answers_or_says_why_not(edge: str) -> None:
    analyses = analysed(EDGES[edge])
    body = encode_analyses(analyses)
    assert b"NaN" not in body
    assert b"Infinity" not in body
    for each in analyses.results.results:
        assert (each.answer is None) is (each.refused is not None)
        if each.refused is not None:
            assert each.refused.sentence.rstrip().endswith(".")


def test_a_cutoff_before_the_first_enrolment_is_nobody() -> None:
    analyses = analysed(DRAWN, cutoff=-100)
    assert analyses.results.rows == 0
    assert {each.refused.reason for each in analyses.results.results if each.refused} == {"nobody"}


def test_what_the_plan_does_not_have_is_exploratory_whatever_it_is_called() -> None:
    found = by_id(analysed(DRAWN, parse_plan(FEW, STUDY_COLUMNS)))
    assert Guard.EXPLORATORY not in {label.guard for label in found["os"].labels}
    assert found["own"].labels[0].guard is Guard.EXPLORATORY


def test_without_a_plan_of_the_study_all_is_exploratory() -> None:
    found = analyse(rows(DRAWN, 500)[0], PLAN, None, STUDY, on(500))
    assert all(each.labels[0].guard is Guard.EXPLORATORY for each in found.results.results)


def test_the_bytes_do_not_depend_on_the_order_of_rows_and_read_back() -> None:
    members, plan = rows(DRAWN, 500)
    first = encode_analyses(analyse(members, plan, plan, STUDY, on(500)))
    assert encode_analyses(analyse(members[::-1], plan, plan, STUDY, on(500))) == first
    assert encode_analyses(decode_analyses(first)) == first


def test_a_request_carries_all_that_the_analyses_need() -> None:
    members, plan = rows(DRAWN, 500)
    request = Request(rows=tuple(members), plan=FEW, study=STUDY, cutoff_on=on(500))
    few = parse_plan(FEW, STUDY_COLUMNS)
    assert answer(encode_request(request)) == encode_analyses(analyse(members, few, few, STUDY, on(500)))
    assert plan is PLAN


def test_the_job_has_its_rows_analysed_after_it_and_stored_with_their_position(database: Database) -> None:
    ledger = Ledger(database)
    (commit,) = ledger.commit(events("0 enrolled"))
    connection: psycopg.Connection
    with (
        Background(database.connect, STUDY, FEW, rest_seconds=0.01) as background,
        database.connect(autocommit=True) as connection,
    ):
        job, stop = Job(database.connect, STUDY, background=background), threading.Event()
        worker = threading.Thread(target=job.run, args=(stop,))
        worker.start()
        try:
            wait_until(lambda: latest_analyses(connection) is not None, what="the first analyses")
            ledger.commit(events("9 alive"))
            wait_until(lambda: _commit(connection) > commit, what="the analyses of the next rows")
        finally:
            stop.set()
            worker.join()
    stored = latest_analyses(connection) if not connection.closed else None
    ledger.close()
    assert stored is None or stored.analyses.study == STUDY.id


def _commit(connection: psycopg.Connection) -> int:
    stored = latest_analyses(connection)
    return 0 if stored is None else stored.commit


def test_leaving_stops_a_run_under_way(database: Database) -> None:
    members, _ = rows(DRAWN, 500)
    many = DOCUMENT.replace(b"bootstraps = 200", b"bootstraps = 10000")
    snapshot = panel_of(timelines_of({}, None, STUDY), STUDY, None).snapshot()
    with Background(database.connect, STUDY, many) as background:
        background.offer(members, snapshot, 1)
    with database.connect() as connection:
        assert latest_analyses(connection) is None
