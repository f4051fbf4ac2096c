"""Each number beside the plan: what it asks for, what it does not, and that what it asks for is the number shown."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from analytics.analyses import analyse
from analytics.numbers import numbers_of
from analytics.plans.guards import Guard
from analytics.plans.methods import Estimate, KaplanMeier, Proportion
from analytics.plans.plan import Plan
from analytics.plans.results import Result
from analytics.plans.running import run
from analytics.prespecified import Prespecified, Standing
from analytics.snapshot import encode_snapshot
from analytics.study_table import study_table
from schemas.events.followup import Category
from schemas.study import StudyDefinition
from tests.analytics.trials import DRAWN, PLAN, endpoint_rows, snapshot
from tests.rules.drawn import STUDY, on

CUTOFFS = (20, 75, 364, 365, 450, 1000)
"""In days from the first subjects' day 0: before anybody's day 30, with years open and over, and beyond the horizon."""

COUNTED = (Category.CR, Category.CRI, Category.PR, Category.MLFS)
CRH_APART = msgspec.structs.replace(
    STUDY, endpoints=msgspec.structs.replace(STUDY.endpoints, crh_counts_as_cri=False, orr=COUNTED)
)


def standing(name: str, plan: Plan | None = PLAN, study: StudyDefinition = STUDY) -> Standing:
    return Prespecified(plan, study.endpoints).of(name).standing


def by(name: str, plan: Plan | None = PLAN, study: StudyDefinition = STUDY) -> tuple[str, ...]:
    return Prespecified(plan, study.endpoints).of(name).by


def changed(identity: str, **settings: Any) -> Plan:
    """The study's plan with one estimate that says something else."""
    estimates = tuple(
        msgspec.structs.replace(each, **settings) if each.id == identity else each for each in PLAN.estimates
    )
    return msgspec.structs.replace(PLAN, estimates=estimates)


@pytest.mark.parametrize(
    ("name", "estimate"),
    [
        ("response.rates.ORR", "orr"),
        ("response.rates.ORR.bounds", "orr-bounds"),
        ("response.responders", "orr-bounds"),
        ("response.pending", "orr-bounds"),
        ("response.rates.CR", "cr"),
        ("response.rates.CRi", "cri"),
        ("response.rates.PR", "pr"),
        ("response.rates.PR.bounds", "pr-bounds"),
        ("response.evaluable", "orr-evaluable-closed"),
        ("response.early_deaths", "early-death"),
        ("response.mortality.30", "mortality-30"),
        ("response.mortality.60", "mortality-60"),
        ("survival.at.365", "os"),
        ("survival.at.730", "os"),
        ("survival.median", "os"),
        ("survival.curve", "os"),
        ("survival.deaths", "os"),
        ("survival.risk_table.547.at_risk", "os"),
        ("survival.follow_up", "follow-up"),
    ],
)
def test_the_studys_plan_asks_for_the_number(name: str, estimate: str) -> None:
    assert by(name) == (estimate,)
    assert standing(name) is Standing.PRESPECIFIED


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("response.by_best.CR", "best so far, over years that are not over"),
        ("response.pending_by_best.NR", "no plan has a form for it"),
        ("response.mortality.30.died", "over those whose day 30 is not over too"),
        ("survival.at.180", "the plan reads the curve at other days"),
        ("response.rates.MLFS", "MLFS does not count in this study"),
        ("survival.added_tomorrow", "a number that nobody knows"),
        ("something.else", "a figure that nobody knows"),
    ],
)
def test_what_the_plan_does_not_ask_for_is_exploratory(name: str, why: str) -> None:
    assert standing(name) is Standing.EXPLORATORY, why
    assert by(name) == ()


@pytest.mark.parametrize(
    "name",
    [
        "enrolment.enrolled",
        "enrolment.last_on",
        "accrual.median_on",
        "accrual.intervals.0.95.lower_on",
        "funnel.steps.eligible.without.E2",
        "funnel.screen_failure_rate",
        "response.full",
        "response.assessed",
        "response.window_over",
        "response.evaluable.subjects",
        "response.outside.not-treated",
        "response.rule_sets.ELN2022",
        "response.mortality.60.unknown",
        "survival.censored_by.lost",
        "survival.no_time.not-started",
    ],
)
def test_conduct_is_neither_with_a_plan_nor_without_one(name: str) -> None:
    assert {standing(name), standing(name, None)} == {Standing.CONDUCT}


@pytest.mark.parametrize("name", ["interval_level", "survival.horizon_days", "response.rates.ORR.categories"])
def test_a_setting_is_no_number(name: str) -> None:
    assert standing(name) is Standing.SETTING


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("response.rates.ORR", changed("orr", level=Decimal("0.9"))),
        ("response.rates.ORR", changed("orr", set="full_set")),
        ("response.rates.ORR", changed("orr", set=None)),
        ("response.rates.ORR", changed("orr", outcome="cr")),
        ("response.rates.ORR", changed("orr", by="sex")),
        ("response.rates.ORR", changed("orr", pending="pending")),
        ("response.rates.ORR.bounds", changed("orr-bounds", pending=None)),
        ("response.rates.CR.bounds", changed("cr-bounds", pending="pending")),
        ("response.evaluable", changed("orr-evaluable-closed", set="evaluable")),
        ("response.mortality.30", changed("mortality-30", set="full_set")),
        ("survival.at.365", changed("os", interval="plain")),
        ("survival.at.365", changed("os", level=Decimal("0.90"))),
        ("survival.at.365", changed("os", at=(364, 730))),
        ("survival.at.365", changed("os", missing="refuse")),
        ("survival.at.365", changed("os", set="full_set")),
        ("survival.at.365", changed("os", landmark=90)),
        ("survival.at.365", changed("os", by="sex")),
        ("survival.median", changed("os", time="treated_days")),
        ("survival.median", changed("os", event="event_free_ended")),
        ("survival.follow_up", changed("follow-up", time="survival_days")),
    ],
)
def test_where_a_setting_differs_the_number_is_exploratory(name: str, plan: Plan) -> None:
    assert standing(name, plan) is Standing.EXPLORATORY


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("response.rates.ORR", changed("orr", id="other", title="Called otherwise")),
        ("response.rates.ORR", changed("orr", level=Decimal("0.950"))),
        ("response.rates.ORR", changed("orr", missing="leave-out")),  # nobody in the set is without an answer
        ("response.rates.ORR.bounds", changed("orr-bounds", level=Decimal("0.9"))),  # bounds have no level
        ("survival.deaths", changed("os", level=Decimal("0.9"), interval="plain")),  # nor have counts
        ("survival.at.365", changed("os", at=(90, 365), restricted_to=None)),
        ("survival.at.365", changed("os", entry="survival_entered")),  # everybody enters on day 0
    ],
)
def test_what_makes_no_other_number_may_differ(name: str, plan: Plan) -> None:
    assert standing(name, plan) is Standing.PRESPECIFIED


def test_from_diagnosis_on_the_plan_must_say_that_entry_is_delayed() -> None:
    endpoints = msgspec.structs.replace(STUDY.endpoints, survival_origin="diagnosis")
    study = msgspec.structs.replace(STUDY, endpoints=endpoints)
    assert standing("survival.at.365", PLAN, study) is Standing.EXPLORATORY
    assert standing("survival.at.365", changed("os", entry="survival_entered"), study) is Standing.PRESPECIFIED


def test_without_a_plan_every_number_but_those_of_conduct_is_exploratory() -> None:
    told = Prespecified(None, STUDY.endpoints).of_snapshot(encode_snapshot(snapshot(DRAWN, 450)))
    assert told.plan is None
    assert told.prespecified == {}
    assert {name.partition(".")[0] for name in told.exploratory} == {"response", "survival"}
    assert {"enrolment.enrolled", "accrual.median_on", "response.full"} <= set(told.conduct)


def test_every_number_of_a_snapshot_is_told_once() -> None:
    body = encode_snapshot(snapshot(DRAWN, 450))
    prespecified = Prespecified(PLAN, STUDY.endpoints)
    told = prespecified.of_snapshot(body)
    names = [*told.prespecified, *told.exploratory, *told.conduct]
    assert len(names) == len(set(names))
    settings = {name for name in numbers_of(body) if prespecified.of(name).standing is Standing.SETTING}
    assert set(names) | settings == set(numbers_of(body))
    assert told.plan == "NCT06486350 2"


def wanted(study: StudyDefinition) -> Plan:
    """The study's plan, with what another study's live panel shows besides; without what no live number is."""
    extra: list[Estimate] = [Proportion(id="crh", outcome="crh", set="closed")]
    extra += [Proportion(id=f"{each}-bounds", outcome=each, set="full_set", pending=f"{each}_open") for each in MORE]
    extra += [Proportion(id="mlfs", outcome="mlfs", set="closed")]
    own = [each for each in PLAN.estimates if isinstance(each, Proportion | KaplanMeier)]
    return msgspec.structs.replace(PLAN, estimates=(*own, *(extra if study is CRH_APART else ())))


MORE = ("crh", "mlfs")


def results(cutoff: int, study: StudyDefinition) -> dict[str, Result]:
    rows = endpoint_rows(DRAWN, cutoff, study)
    return {each.id: each for each in run(wanted(study), study_table(rows, study.endpoints)).results}


def pairs(number: Any, told: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """What the live panel says beside what the plan's estimate says of the same."""
    for name in ("value", "lower", "upper"):
        live, planned = number[name], told[name]
        yield live, None if planned is None else pytest.approx(planned, abs=1e-9)


@pytest.mark.parametrize("study", [STUDY, CRH_APART], ids=["as it is", "CRh apart, MLFS counted"])
@pytest.mark.parametrize("cutoff", CUTOFFS)
def test_a_prespecified_number_is_the_very_number_of_the_plans_estimate(cutoff: int, study: StudyDefinition) -> None:
    """What is told from settings alone, held against both numbers, each computed on its own way from the same rows."""
    numbers = numbers_of(encode_snapshot(snapshot(DRAWN, cutoff, study)))
    prespecified, compared = Prespecified(wanted(study), study.endpoints), 0
    made = results(cutoff, study)
    for name, number in numbers.items():
        for identity in prespecified.of(name).by:
            result = made[identity]
            check = _check_of(name)
            if result.answer is None:
                assert _is_missing(number), name
            elif check is not None:
                for live, planned in check(name, number, result.answer["groups"][0]):
                    assert live == planned, (name, identity)
                    compared += 1
    assert compared >= 20


Check = Callable[[str, Any, dict[str, Any]], Iterator[tuple[Any, Any]]]


def _is_missing(number: Any) -> bool:
    """Nobody to speak of: no value, a bound of nobody, or a count of 0."""
    if not isinstance(number, dict):
        return not number
    return number.get("estimate", number).get("value") is None and number.get("lower") is None


def _check_of(name: str) -> Check | None:
    part = name.split(".")
    if part[-1] == "bounds":
        return _bounds
    if part[:2] in (["response", "rates"], ["response", "mortality"]) or name == "response.evaluable":
        return _share
    if name.startswith("survival.at."):
        return lambda name, number, group: pairs(number, group["at"][name.rpartition(".")[2]])
    if name in ("survival.median", "survival.follow_up"):
        return lambda _, number, group: pairs(number, group["median"])
    return _COUNTED.get(name)


_COUNTED: dict[str, Check] = {
    "survival.subjects": lambda _, number, group: iter([(number, group["subjects"])]),
    "survival.deaths": lambda _, number, group: iter([(number, group["events"])]),
    "response.early_deaths": lambda _, number, group: iter([(number, group["exact"]["count"])]),
    "response.responders": lambda _, number, group: iter([(number, _certain(group)[0])]),
    "response.pending": lambda _, number, group: iter([(number, _certain(group)[1] - _certain(group)[0])]),
}


def _share(_: str, number: Any, group: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    yield (number["count"], number["of"]), (group["exact"]["count"], group["exact"]["of"])
    yield from pairs(number["estimate"], group["exact"])


def _certain(group: dict[str, Any]) -> tuple[int, int, int]:
    """Certain, possible, of how many; where nobody is pending the plan says the share alone."""
    bounds = group["bounds"]
    if bounds is None:
        return group["exact"]["count"], group["exact"]["count"], group["exact"]["of"]
    return bounds["certain"], bounds["possible"], bounds["of"]


def _bounds(_: str, number: Any, group: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    yield (number["certain"], number["possible"], number["of"]), _certain(group)


def test_a_plan_that_makes_its_logarithm_otherwise_asks_for_another_estimate() -> None:
    other = msgspec.structs.replace(
        PLAN,
        columns=PLAN.columns | {"log2_marker": msgspec.structs.replace(PLAN.columns["log2_marker"], below_as="limit")},
        estimates=tuple(each for each in PLAN.estimates if each.id in ("marker-response", "marker-survival", "os")),
    )
    found = analyse(endpoint_rows(DRAWN, 450), other, PLAN, STUDY, on(450)).results.results
    assert {each.id: each.prespecified for each in found} == {
        "marker-response": False,
        "marker-survival": False,
        "os": True,
    }
    for each in found:
        assert any(label.guard is Guard.EXPLORATORY for label in each.labels) is not each.prespecified
