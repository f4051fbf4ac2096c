"""The study's table and what its plan makes of it: times, agreement and markers of a drawn trial, counted by hand."""

from typing import Any

import msgspec
import pytest

from analytics.plans.derived import derive
from analytics.plans.guards import Guard
from analytics.plans.plan import Plan, parse_plan
from analytics.plans.results import Result
from analytics.plans.running import run
from analytics.plans.table import Value
from analytics.study_table import STUDY_COLUMNS, study_table
from schemas.events.followup import Category
from schemas.events.lab import Bound
from schemas.rules.endpoints import EndpointRow
from tests.analytics.trials import DRAWN, PLAN, TREATED, endpoint_rows
from tests.plans.tables import answered
from tests.rules.drawn import STUDY
from tests.rules.test_baseline_marker import endpoint as endpoint_with
from tests.rules.test_baseline_marker import result
from tests.rules.test_endpoints import LOW_PLATELETS, assessed, counted, marrow
from tests.rules.test_endpoints import endpoint as endpoint_of_treated

TRIAL = endpoint_rows(DRAWN, 500)


def asked(identity: str, rows: list[EndpointRow], plan: Plan = PLAN) -> Result:
    """One estimate of the plan."""
    (estimate,) = (each for each in plan.estimates if each.id == identity)
    return run(msgspec.structs.replace(plan, estimates=(estimate,)), study_table(rows, STUDY.endpoints)).results[0]


def curves(identity: str, rows: list[EndpointRow]) -> dict[str, Any]:
    """The curves of everybody."""
    (group,) = answered(asked(identity, rows))["groups"]
    found = group["curves"] if "curves" in group else group["curve"]
    return found | {"median": group.get("median")}


def incidences(identity: str, rows: list[EndpointRow]) -> dict[str, list[float]]:
    return {each["cause"]: each["incidence"] for each in curves(identity, rows)["causes"]}


def column(name: str, rows: list[EndpointRow]) -> list[Value]:
    return list(study_table(rows, STUDY.endpoints).columns[name])


def test_times_among_responders_are_those_of_five() -> None:
    # S-001 to S-004 on day 28, S-007 thirty days after its day 0.
    ends = zip(column("response_end", TRIAL), column("response_days", TRIAL), strict=True)
    assert [days for end, days in ends if end == "response"] == [28, 28, 28, 28, 30]


def test_a_death_before_response_competes_with_it() -> None:
    # Eight: one dies on day 12; of seven four respond on day 28 and one leaves; of two one responds on day 30.
    found = curves("time-to-response", TRIAL)
    assert list(zip(found["time"], found["at_risk"], strict=True)) == [(12, 8), (28, 7), (30, 2)]
    by_cause = incidences("time-to-response", TRIAL)
    assert by_cause["death"] == pytest.approx((1 / 8, 1 / 8, 1 / 8))
    assert by_cause["response"] == pytest.approx((0, 1 / 2, 1 / 2 + 3 / 16))


def test_a_remission_lasts_until_the_relapse() -> None:
    # S-001 and S-003 were not looked at again; S-002 relapses on day 300, 272 days after its CRi.
    found = curves("duration-of-remission", TRIAL)
    assert (found["time"], found["at_risk"], found["events"]) == ([0, 272], [3, 1], [0, 1])
    assert found["median"]["value"] == 272
    assert incidences("relapse", TRIAL) == {"relapse": [0, 1]}


TRANSPLANTED = endpoint_rows(
    {
        "S-001": f"{TREATED}, 28 CR, 100 transplant, 200 relapse",
        "S-002": f"{TREATED}, 28 CR, 150 dead",
        "S-003": f"{TREATED}, 28 CR, 200 transplant, 200 relapse",
    },
    500,
)


def test_a_transplant_ends_no_remission_and_its_day_is_in_the_row() -> None:
    found = curves("duration-of-remission", TRANSPLANTED)
    assert (found["time"], found["events"], found["censored"]) == ([122, 172], [1, 2], [0, 0])
    # Who censors at a transplant ends at 72, 122 and 172 days: the last one came with the relapse and does not hide it.
    remissions = [row.remission for row in TRANSPLANTED if row.remission is not None]
    assert [(each.days, each.transplant_days) for each in remissions] == [(172, 72), (122, None), (172, 172)]


def test_a_death_in_remission_competes_with_relapse() -> None:
    by_cause = incidences("relapse", TRANSPLANTED)
    assert by_cause["death"] == pytest.approx((1 / 3, 1 / 3))
    assert by_cause["relapse"] == pytest.approx((0, 2 / 3))


ONE_WAITING = {"S-001": TREATED}
ONE_IN_REMISSION = {"S-001": f"{TREATED}, 28 CR"}


@pytest.mark.parametrize(
    ("identity", "histories", "reason"),
    [
        ("time-to-response", {}, "nobody"),
        ("duration-of-remission", {}, "nobody"),
        ("relapse", {}, "nobody"),
        ("agreement", {}, "nobody"),
        ("time-to-response", ONE_WAITING, "no-events"),
        ("duration-of-remission", ONE_WAITING, "nobody"),
        ("relapse", ONE_IN_REMISSION, "no-events"),
    ],
    ids=[
        "nobody enrolled",
        "nobody in remission",
        "nobody to relapse",
        "nobody read twice",
        "one not assessed: neither response nor death",
        "one not assessed: no remission",
        "one in remission: neither relapse nor death",
    ],
)
def test_what_is_not_there_yet_is_refused_in_a_sentence(identity: str, histories: dict[str, str], reason: str) -> None:
    refused = asked(identity, endpoint_rows(histories, 500)).refused
    assert refused is not None
    assert refused.reason == reason
    assert refused.sentence.endswith(".")


def test_who_is_not_assessed_has_not_responded() -> None:
    assert column("response_end", endpoint_rows(ONE_WAITING, 500)) == ["censored"]


def _named(subject: str, row: EndpointRow) -> EndpointRow:
    return msgspec.structs.replace(row, subject=subject)


def test_agreement_names_the_rows_whose_readings_differ() -> None:
    agreeing = [marrow(-3, "60"), marrow(28, "2"), *counted(28, "1.5", "100"), assessed(28, Category.CR)]
    found = asked(
        "agreement",
        [
            _named("S-001", endpoint_of_treated(*LOW_PLATELETS)),
            _named("S-002", endpoint_of_treated(*agreeing)),
            _named("S-003", endpoint_of_treated(marrow(-3, "60"), cutoff=100)),
        ],
    )
    # A CR against a CRh, and a CR against a CR: half agree, as many as by chance. The third has no reading yet.
    answer = answered(found)
    kappa = answer["kappa"]
    assert (kappa["observed"], kappa["expected"], kappa["value"]) == (0.5, 0.5, 0.0)
    assert (kappa["subjects"], answer["differing"], found.left_out) == (2, [0], {"value-missing": 1})


MEANS = parse_plan(
    b"""
name = "markers"
[[estimates]]
id = "means"
method = "censored-means"
value = "marker"
limit = "marker_limit"
set = "full_set"
missing = "leave-out"
""",
    STUDY_COLUMNS,
)


def test_the_markers_are_columns_with_their_limits_and_assay() -> None:
    rows = [
        _named("S-002", endpoint_with(result(-3, "1.2", lower="1.5"))),
        _named("S-001", endpoint_with(result(-3, "12.5"))),
        _named("S-003", endpoint_with(result(-3, "5000", bound=Bound.GREATER))),
        _named("S-004", endpoint_with()),
    ]
    assert column("subject", rows) == ["S-001", "S-002", "S-003", "S-004"]
    assert column("marker", rows) == [12.5, 1.5, 5000, None]
    assert column("marker_limit", rows) == ["exact", "below", "above", None]
    assert column("assay", rows) == [*["cobas e 801 marrow-supernatant"] * 3, None]
    logarithms = derive(study_table(rows, STUDY.endpoints), PLAN).table.columns["log2_marker"]
    assert logarithms[:3] == pytest.approx((3.6438561898, -0.4150374993, 12.2877123795))  # log2 of 12.5, 0.75, 5000
    assert logarithms[3] is None
    assert Guard.MIXED_ASSAYS not in {label.guard for label in asked("means", rows, MEANS).labels}


def test_a_marker_of_two_platforms_is_not_pooled() -> None:
    rows = [
        _named("S-001", endpoint_with(result(-3))),
        _named("S-002", endpoint_with(result(-3, device="ELISA reader"))),
    ]
    refused = asked("means", rows, MEANS).refused
    assert refused is not None
    assert refused.reason == "mixed-assays"
    assert refused.sentence.startswith("marker was measured by 2 platforms or in 2 materials.")


def test_missing_markers_are_counted_and_the_rows_say_why() -> None:
    rows = [
        _named("S-001", endpoint_with(result(-3))),
        _named("S-002", endpoint_with()),
        _named("S-003", endpoint_with(result(-20), assessed(28, Category.CR))),
        _named("S-004", endpoint_with(chemo=None)),
    ]
    (missing,) = (each for each in asked("means", rows, MEANS).labels if each.guard is Guard.QUANTITY_MISSING)
    assert missing.counts == {"missing": 2, "of": 3}
    assert [row.no_marker for row in rows] == [None, "no-specimen", "outside-window", "not-treated"]
    # By outcome: of the two without one, one responded and one is pending; the last one is outside of the full set.
    assert list(zip(column("marker", rows), column("responded", rows), column("pending", rows), strict=True))[1:] == [
        (None, False, True),
        (None, True, False),
        (None, None, None),
    ]
