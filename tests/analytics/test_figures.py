"""The numbers of one drawn trial, each counted by hand from its twelve lines."""

import msgspec
import pytest

from analytics.estimates import Estimate, Missing, not_given
from analytics.figures import Bounds, ResponseRate
from analytics.response import exact_proportion
from schemas.events.followup import Category
from tests.analytics.trials import DRAWN, snapshot
from tests.rules.drawn import STUDY, on

NOW = snapshot(DRAWN, 500)
RATES = {rate.name: rate for rate in NOW.response.rates}


def rounded(estimate: Estimate) -> Estimate:
    numbers = {name: round(getattr(estimate, name), 9) for name in ("value", "lower", "upper")}
    return msgspec.structs.replace(estimate, **numbers)


def test_enrolment_counts_everyone_enrolled_by_date() -> None:
    enrolment = NOW.enrolment
    assert (enrolment.enrolled, enrolment.target) == (9, 72)
    assert enrolment.on == (on(-5), on(295), on(395), on(397))
    assert enrolment.cumulative == (6, 7, 8, 9)
    assert (enrolment.last_on, enrolment.last_subject) == (on(397), "S-009")
    assert (enrolment.plan_on, enrolment.plan) == ((STUDY.enrolment_begins_on, STUDY.enrolment_ends_on), (0, 72))


def test_funnel_says_who_is_missing_at_each_step() -> None:
    steps = {step.step: (step.subjects, step.without) for step in NOW.funnel.steps}
    assert steps == {
        "screened": (12, {}),
        "consented": (11, {"unsigned": 1}),
        "eligible": (10, {"E2": 1, "E5": 1, "open": 1}),
        "enrolled": (9, {"waiting": 1}),
        "treated": (8, {"waiting": 1}),
        "assessed": (7, {"died": 1}),
    }
    assert NOW.funnel.screen_failures == 1, "one subject who fails two criteria is one screen failure"


def test_response_headline_over_the_full_set() -> None:
    response = NOW.response
    assert (response.full, response.responders, response.non_responders, response.pending) == (8, 5, 2, 1)
    assert response.assessed == 7, "all but the early death"
    assert response.pending_by_best == {"MLFS": 1}
    assert response.by_best == {"CR": 2, "CRi": 1, "MLFS": 1, "NE": 1, "NR": 1, "PR": 2}
    assert response.outside == {"chemotherapy-not-begun": 1}
    assert response.window_over == 6, "S-007 and S-008 have not come to day 365"
    assert response.rule_sets == {"ELN2022": 7}


def test_orr_has_both_bounds_and_a_percentage_only_where_the_window_is_over() -> None:
    orr = RATES["ORR"]
    assert orr.categories == ("CR", "CRh", "CRi", "PR")
    assert (orr.count, orr.of) == (4, 6)
    assert orr.estimate == rounded(exact_proportion(4, 6, 0.95))
    assert orr.bounds == Bounds(certain=5, possible=6, of=8, lower=0.625, upper=0.75)


@pytest.mark.parametrize(
    ("name", "count", "certain", "possible"),
    [
        # S-007 (PR) and S-008 (MLFS) are open: each may still come to CR or CRi, S-008 also to PR.
        ("CR", 2, 2, 4),
        ("CRi", 1, 1, 3),
        ("PR", 1, 1, 3),
    ],
)
def test_each_category_counts_best_responses_and_what_may_still_change(
    name: str, count: int, certain: int, possible: int
) -> None:
    rate = RATES[name]
    assert (rate.count, rate.of) == (count, 6)
    assert (rate.bounds.certain, rate.bounds.possible, rate.bounds.of) == (certain, possible, 8)


def test_the_forest_has_the_lines_that_the_settings_ask_for() -> None:
    assert [rate.name for rate in NOW.response.rates] == ["ORR", "CR", "CRi", "PR"]
    assert RATES["CRi"].categories == ("CRh", "CRi")
    endpoints = msgspec.structs.replace(
        STUDY.endpoints, crh_counts_as_cri=False, orr=(*STUDY.endpoints.orr, Category.MLFS)
    )
    other = snapshot(DRAWN, 500, msgspec.structs.replace(STUDY, endpoints=endpoints))
    lines = {rate.name: rate.count for rate in other.response.rates}
    assert lines == {"ORR": 4, "CR": 2, "CRh": 1, "CRi": 0, "PR": 0, "MLFS": 1}


def test_a_percentage_says_why_it_is_not_given() -> None:
    def orr(histories: dict[str, str]) -> ResponseRate:
        return snapshot(histories, 100).response.rates[0]

    nobody = orr({})
    assert (nobody.estimate, nobody.bounds.missing) == (
        not_given(Missing.NOBODY_IN_FULL_SET),
        Missing.NOBODY_IN_FULL_SET,
    )
    unassessed = orr({"S-009": DRAWN["S-006"].replace(", 12 dead", "")})
    assert unassessed.estimate == not_given(Missing.NOBODY_ASSESSED)
    assert (unassessed.bounds.lower, unassessed.bounds.upper) == (0.0, 1.0)
    assert orr({"S-001": DRAWN["S-001"]}).estimate == not_given(Missing.NO_WINDOW_OVER)


def test_evaluable_set_and_early_death() -> None:
    evaluable = NOW.response.evaluable
    assert (evaluable.subjects, evaluable.count, evaluable.of) == (7, 4, 5)
    assert evaluable.estimate == rounded(exact_proportion(4, 5, 0.95))
    assert NOW.response.early_deaths == 1


def test_mortality_at_30_and_60_days() -> None:
    # S-003 was seen on day 28 only and then lost: unknown at both days.
    tables = [
        (each.day, each.died, each.alive, each.unknown, each.not_reached, each.count, each.of)
        for each in NOW.response.mortality
    ]
    assert tables == [(30, 1, 6, 1, 0, 1, 8), (60, 1, 6, 1, 0, 1, 8)]
    assert NOW.response.mortality[0].estimate == rounded(exact_proportion(1, 8, 0.95))


def test_survival_counts_deaths_and_reasons() -> None:
    survival = NOW.survival
    assert (survival.origin, survival.horizon_days) == ("enrolment", 730)
    assert (survival.subjects, survival.deaths, survival.censored) == (9, 2, 7)
    assert survival.censored_by == {"alive-at-cutoff": 3, "last-known-alive": 2, "lost": 1, "withdrew": 1}
    assert survival.no_time == {}


def test_survival_curve_marks_and_risk_table() -> None:
    survival = NOW.survival
    # Days from enrolment: S-009 0, S-006 17 (died), S-003 33, S-004 and S-008 105, S-007 205, S-005 370, S-002 425
    # (died), S-001 505.
    assert survival.curve.days == (0, 17, 33, 105, 205, 370, 425, 505)
    assert survival.curve.survival == pytest.approx((1, 7 / 8, 7 / 8, 7 / 8, 7 / 8, 7 / 8, 7 / 16, 7 / 16))
    censored = zip(survival.curve.days, survival.curve.censored, strict=True)
    assert [(day, subjects) for day, subjects in censored if subjects] == [
        (0, 1),
        (33, 1),
        (105, 2),
        (205, 1),
        (370, 1),
        (505, 1),
    ]
    assert [(column.day, column.at_risk, column.deaths) for column in survival.risk_table] == [
        (0, 9, 0),
        (182, 4, 1),
        (365, 3, 1),
        (547, 0, 2),
        (730, 0, 2),
    ]


def test_survival_numbers_and_the_reasons_for_those_not_given() -> None:
    survival = NOW.survival
    assert (survival.median.value, survival.median.missing) == (425.0, None)
    year, horizon = survival.at
    assert (year.day, year.estimate.value) == (365, 0.875)
    assert (horizon.day, horizon.estimate) == (730, not_given(Missing.FOLLOW_UP_TOO_SHORT))
    assert survival.follow_up.value == 205.0, "reverse curve: 8/9, 6/7, 4/6, 3/4 of those left, .381 at day 205"


def test_follow_up_is_not_cut_at_the_horizon_and_a_late_death_hides_the_rest_of_it() -> None:
    survival = snapshot({"S-001": "0 enrolled, 800 dead", "S-002": "0 enrolled, 900 alive"}, None).survival
    assert survival.censored_by == {"horizon": 2}
    assert survival.follow_up.value == 900.0


def test_intervals_are_labelled_and_the_level_is_said() -> None:
    assert NOW.labels == ("not-adjusted-for-repeated-looks",)
    assert NOW.interval_level == 0.95
