"""Each guard: a case that raises it, and a near case that does not."""

import datetime as dt
from collections.abc import Callable

import pytest

from analytics.analyses import analyse
from analytics.disclosure import disclosed
from analytics.plans.guards import Guard
from analytics.plans.lines import lines
from analytics.plans.plan import Plan, parse_plan
from analytics.plans.results import Result
from analytics.study_table import STUDY_COLUMNS
from tests.plans.tables import made
from tests.rules.drawn import STUDY

COLUMNS = """
name = "guards"
look = "{look}"
[columns]
time = {{ kind = "number" }}
dead = {{ kind = "yes-no" }}
responded = {{ kind = "label", known = "{known}" }}
outcome = {{ kind = "yes-no" }}
open = {{ kind = "yes-no" }}
marker = {{ kind = "number", assay = "platform", below = "under" }}
platform = {{ kind = "label" }}
under = {{ kind = "yes-no" }}
"""
TIMED = 'id = "x"\ntime = "time"\nevent = "dead"\n'
COX = TIMED + 'method = "cox"\ncovariates = ["marker"]\nmissing = "leave-out"\n'


def subjects(others: dict[str, list], count: int = 24) -> dict[str, list]:
    """Subjects whose marker has nothing to do with their time."""
    given: dict[str, list] = {
        "time": [float(10 + 7 * place % 50) for place in range(count)],
        "dead": [place % 2 == 0 for place in range(count)],
        "responded": ["yes" if place % 3 else "no" for place in range(count)],
        "outcome": [place % 3 == 0 for place in range(count)],
        "open": [False] * count,
        "marker": [float(5 * place % 11) for place in range(count)],
        "platform": ["A"] * count,
        "under": [False] * count,
    }
    return {**given, **others}


def raised(result: Result) -> set[Guard]:
    for label in result.labels:
        assert label.what.endswith(".")
        assert label.why.endswith(".")
        assert label.then.endswith(".")
    return {label.guard for label in result.labels}


def estimate(asked: str, *, look: str = "final", known: str = "start", **others: list) -> set[Guard]:
    return raised(made(COLUMNS.format(look=look, known=known), asked, **subjects(others)))


@pytest.mark.parametrize(
    "method", ['method = "log-rank"\ngroup = "responded"', 'method = "kaplan-meier"\nby = "responded"']
)
def test_immortal_time_stops_a_comparison_by_what_comes_later_and_not_by_what_was_there(method: str) -> None:
    assert Guard.IMMORTAL_TIME in estimate(TIMED + method, known="later")
    assert Guard.IMMORTAL_TIME not in estimate(TIMED + method, known="start")


def test_two_platforms_stop_and_one_or_strata_of_both_do_not() -> None:
    two = ["A", "B"] * 12
    assert Guard.MIXED_ASSAYS in estimate(COX, platform=two)
    assert Guard.MIXED_ASSAYS not in estimate(COX)
    assert Guard.MIXED_ASSAYS not in estimate(COX + 'strata = "platform"', platform=two)


def test_the_guard_counts_the_assays_and_refuses_the_estimate_in_a_sentence() -> None:
    found = made(COLUMNS.format(look="final", known="start"), COX, **subjects({"platform": ["A", "B", "A"] * 8}))
    assert found.refused is not None
    assert found.refused.reason == "mixed-assays"
    assert found.refused.sentence.startswith("marker was measured by 2 platforms or in 2 materials.")
    assert found.labels[0].counts == {"assays": 2}


def test_strata_that_are_not_the_assay_itself_do_not_help() -> None:
    two = ["A", "B"] * 12
    assert Guard.MIXED_ASSAYS in estimate(COX + 'strata = "responded"', platform=two)


def test_an_assay_that_is_not_known_may_be_another_one() -> None:
    assert Guard.MIXED_ASSAYS in estimate(COX, platform=[None] + ["A"] * 23)


def test_a_second_platform_among_those_left_out_does_not_stop() -> None:
    marker: list = [float(5 * place % 11) for place in range(24)]
    marker[0] = None
    assert Guard.MIXED_ASSAYS not in estimate(COX, platform=["B"] + ["A"] * 23, marker=marker)


MARKER: list = [float(5 * place % 11) for place in range(24)]
IN_ORDER = [float(1 + place) for place in range(24)]
EARLY = [place < 12 for place in range(24)]
APART = [float(place < 12) for place in range(24)]
SPREAD = [None if place % 4 == 2 else value for place, value in enumerate(MARKER)]
# High values die first and then live on; the others die evenly.
CROSSING: tuple[list, list, list] = (
    [*IN_ORDER[:8], *(float(60 + place) for place in range(8)), *(float(20 + 2 * place) for place in range(8))],
    [1.0] * 16 + [0.0] * 8,
    [True] * 8 + [False] * 8 + [True] * 8,
)
CURVE = TIMED + 'method = "kaplan-meier"'
RATE = 'id = "orr"\nmethod = "proportion"\noutcome = "outcome"\npending = "open"'
CUT = TIMED + 'method = "cutpoint"\nmarker = "marker"'
ROC = 'id = "x"\nmethod = "roc"\noutcome = "outcome"\nmarker = "marker"\ncases = "higher"'
TOLD_APART = [value > 6 for value in [5.0, *MARKER[:-1]]]
PRESPECIFIED = TIMED + 'method = "log-rank"\ngroup = "responded"'
OWN = parse_plan(
    f"name = 'own'\n[[estimates]]\n{CURVE}".replace('"dead"', '"died"').replace('"time"', '"survival_days"').encode(),
    STUDY_COLUMNS,
)


def asked_of_the_study(own: Plan | None) -> set[Guard]:
    """The one estimate of ``OWN``, where the study's own plan is this one."""
    return raised(analyse((), OWN, own, STUDY, dt.date(2025, 1, 1)).results.results[0])


def seen_of(hidden: tuple[str, ...]) -> set[Guard]:
    """What is raised where a ROC analysis of the marker is shown to somebody from whom this is hidden."""
    found = made(COLUMNS.format(look="final", known="start"), ROC, **subjects({"outcome": TOLD_APART}))
    (shown,) = disclosed([found], hidden)
    return raised(shown)


CASES: dict[Guard, tuple[Callable[[], set[Guard]], Callable[[], set[Guard]]]] = {
    Guard.IMMORTAL_TIME: (
        lambda: estimate(PRESPECIFIED, known="later"),
        lambda: estimate(PRESPECIFIED, known="start"),
    ),
    Guard.REPEATED_LOOKS: (lambda: estimate(CURVE, look="interim"), lambda: estimate(CURVE, look="final")),
    Guard.PENDING_SUBJECTS: (lambda: estimate(RATE, open=[True] + [False] * 23), lambda: estimate(RATE)),
    Guard.FEW_EVENTS_PER_VARIABLE: (
        lambda: estimate(COX, dead=[place < 9 for place in range(24)]),
        lambda: estimate(COX, dead=[place < 10 for place in range(24)]),
    ),
    Guard.SEPARATION: (
        lambda: estimate(COX, dead=EARLY, time=IN_ORDER, marker=APART),
        lambda: estimate(COX, dead=EARLY, time=IN_ORDER, marker=[0.0, *APART[1:12], 1.0, *APART[13:]]),
    ),
    Guard.NON_PROPORTIONAL_HAZARDS: (
        lambda: estimate(COX, time=CROSSING[0], marker=CROSSING[1], dead=CROSSING[2]),
        lambda: estimate(COX),
    ),
    Guard.MIXED_ASSAYS: (lambda: estimate(COX, platform=["A"] * 23 + ["B"]), lambda: estimate(COX)),
    Guard.QUANTITY_MISSING: (lambda: estimate(COX, marker=[None, *MARKER[1:]]), lambda: estimate(COX, marker=MARKER)),
    # Missing among the first to die, and missing anywhere: both are missing in six of 24.
    Guard.MISSINGNESS_INFORMATIVE: (
        lambda: estimate(COX, time=IN_ORDER, dead=[True] * 24, marker=[None] * 6 + MARKER[6:]),
        lambda: estimate(COX, time=IN_ORDER, dead=[True] * 24, marker=SPREAD),
    ),
    # Youden's cut, and one that the plan had before the data.
    Guard.CUTOFF_FROM_SAME_DATA: (
        lambda: estimate(ROC, outcome=TOLD_APART),
        lambda: estimate(ROC + "\ncut = 6", outcome=TOLD_APART),
    ),
    Guard.BELOW_QUANTIFICATION: (lambda: estimate(COX, under=[True] + [False] * 23), lambda: estimate(COX)),
    # The first to die has a marker far from all others, and makes the effect; with one less far out it makes none.
    Guard.INFLUENTIAL_SUBJECT: (
        lambda: estimate(COX, marker=[30.0, *MARKER[1:]]),
        lambda: estimate(COX, marker=[17.0, *MARKER[1:]]),
    ),
    # A curve by a blinded marker, shown to a role that may see it and to one that may not.
    Guard.VALUES_WITHHELD: (lambda: seen_of(hidden=("marker",)), lambda: seen_of(hidden=())),
    Guard.EXPLORATORY: (lambda: asked_of_the_study(None), lambda: asked_of_the_study(OWN)),
}


def test_every_guard_has_its_two_cases() -> None:
    assert set(CASES) == set(Guard)


@pytest.mark.parametrize("guard", Guard)
def test_a_guard_is_raised_by_its_case_and_not_by_the_near_one(guard: Guard) -> None:
    raising, near = CASES[guard]
    assert guard in raising()
    assert guard not in near()


def test_the_best_of_all_cuts_is_labelled_and_a_comparison_by_a_side_known_beforehand_is_not() -> None:
    assert Guard.CUTOFF_FROM_SAME_DATA in estimate(CUT)
    assert Guard.CUTOFF_FROM_SAME_DATA not in estimate(PRESPECIFIED)


def test_informative_missingness_is_said_beside_the_missingness_itself() -> None:
    near = CASES[Guard.MISSINGNESS_INFORMATIVE][1]
    assert Guard.QUANTITY_MISSING in near()


def test_a_roc_analysis_that_has_a_cut_is_labelled_and_one_that_has_none_gives_its_area_without() -> None:
    roc = 'id = "x"\nmethod = "roc"\noutcome = "outcome"\nmarker = "marker"\ncases = "higher"\nbootstraps = 5'
    assert Guard.CUTOFF_FROM_SAME_DATA in estimate(roc, outcome=[value > 6 for value in [5.0, *MARKER[:-1]]])
    none = made(COLUMNS.format(look="final", known="start"), roc, **subjects({}))
    assert Guard.CUTOFF_FROM_SAME_DATA not in raised(none)
    assert none.answer is not None
    assert none.answer["auc"]["value"] < 0.5
    assert (none.answer["cuts"], none.answer["cut_optimism"]) == (None, None)
    told = [line.strip() for line in lines(none)]
    assert "Youden's cut: No cut of the marker tells the responses apart, in this direction, at all." in told


def test_a_logarithm_is_guarded_as_the_values_that_it_is_of() -> None:
    columns = COLUMNS.format(look="final", known="start") + 'log2 = { kind = "number", log2_of = "marker" }\n'
    asked = TIMED + 'method = "cox"\ncovariates = ["log2"]'
    measured = subjects({"marker": [value + 1 for value in MARKER]})
    assert raised(made(columns, asked, **measured)) == set()
    two = {**measured, "platform": ["A", "B"] * 12, "under": [True] + [False] * 23}
    assert {Guard.MIXED_ASSAYS, Guard.BELOW_QUANTIFICATION} <= raised(made(columns, asked, **two))
