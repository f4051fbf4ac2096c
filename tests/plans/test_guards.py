"""Each guard: a case that raises it, and a near case that does not."""

import pytest

from analytics.plans.guards import Guard
from analytics.plans.results import Result
from tests.plans.tables import made

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


def test_an_interim_look_is_labelled_and_a_final_one_is_not() -> None:
    asked = TIMED + 'method = "kaplan-meier"'
    assert Guard.REPEATED_LOOKS in estimate(asked, look="interim")
    assert Guard.REPEATED_LOOKS not in estimate(asked, look="final")


def test_one_pending_subject_labels_a_rate_and_none_does_not() -> None:
    asked = 'id = "orr"\nmethod = "proportion"\noutcome = "outcome"\npending = "open"'
    assert Guard.PENDING_SUBJECTS in estimate(asked, open=[True] + [False] * 23)
    assert Guard.PENDING_SUBJECTS not in estimate(asked)


def test_nine_events_are_few_for_a_coefficient_and_ten_are_not() -> None:
    for events, few in ((9, True), (10, False)):
        dead = [place < events for place in range(24)]
        found = estimate(COX, dead=dead)
        assert (Guard.FEW_EVENTS_PER_VARIABLE in found) is few


def test_a_covariate_that_separates_is_labelled_and_one_that_nearly_does_is_not() -> None:
    dead = [place < 12 for place in range(24)]
    time = [float(1 + place) for place in range(24)]
    apart = [float(place < 12) for place in range(24)]
    assert Guard.SEPARATION in estimate(COX, dead=dead, time=time, marker=apart)
    nearly = [1.0 - apart[0], *apart[1:12], 1.0, *apart[13:]]
    assert Guard.SEPARATION not in estimate(COX, dead=dead, time=time, marker=nearly)


def test_hazards_that_cross_are_labelled_and_ones_that_do_not_are_not() -> None:
    # High values die first and then live on; the others die evenly.
    time = [float(1 + place) for place in range(8)] + [float(60 + place) for place in range(8)]
    time += [float(20 + 2 * place) for place in range(8)]
    marker = [1.0] * 8 + [1.0] * 8 + [0.0] * 8
    dead = [True] * 8 + [False] * 8 + [True] * 8
    assert Guard.NON_PROPORTIONAL_HAZARDS in estimate(COX, time=time, marker=marker, dead=dead)
    assert Guard.NON_PROPORTIONAL_HAZARDS not in estimate(COX)


def test_two_platforms_stop_and_one_or_strata_of_both_do_not() -> None:
    two = ["A", "B"] * 12
    assert Guard.MIXED_ASSAYS in estimate(COX, platform=two)
    assert Guard.MIXED_ASSAYS not in estimate(COX)
    assert Guard.MIXED_ASSAYS not in estimate(COX + 'strata = "platform"', platform=two)


def test_a_second_platform_among_those_left_out_does_not_stop() -> None:
    marker: list = [float(5 * place % 11) for place in range(24)]
    marker[0] = None
    assert Guard.MIXED_ASSAYS not in estimate(COX, platform=["B"] + ["A"] * 23, marker=marker)


def test_one_missing_value_is_labelled_and_none_is_not() -> None:
    marker: list = [float(5 * place % 11) for place in range(24)]
    assert Guard.QUANTITY_MISSING not in estimate(COX, marker=marker)
    assert Guard.QUANTITY_MISSING in estimate(COX, marker=[None, *marker[1:]])


def test_missingness_among_the_early_dead_is_labelled_and_missingness_anywhere_is_not() -> None:
    time = [float(1 + place) for place in range(24)]
    dead = [True] * 24
    marker: list = [float(5 * place % 11) for place in range(24)]
    early = [None] * 6 + marker[6:]
    found = estimate(COX, time=time, dead=dead, marker=early)
    assert Guard.MISSINGNESS_INFORMATIVE in found
    spread = [None if place % 4 == 2 else value for place, value in enumerate(marker)]
    found = estimate(COX, time=time, dead=dead, marker=spread)
    assert Guard.QUANTITY_MISSING in found
    assert Guard.MISSINGNESS_INFORMATIVE not in found


def test_one_value_below_quantification_is_labelled_and_none_is_not() -> None:
    assert Guard.BELOW_QUANTIFICATION in estimate(COX, under=[True] + [False] * 23)
    assert Guard.BELOW_QUANTIFICATION not in estimate(COX)
