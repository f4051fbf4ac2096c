"""Agreement of two readers: what kappa counts, by hand, and what it does not answer."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.estimators.agreement import Weights, cohen_kappa, disagreements
from analytics.estimators.errors import NoEstimate, Reason, Refused


def test_kappa_is_the_agreement_beyond_chance():
    # 10 subjects: 4 twice yes, 3 twice no, 2 yes and no, 1 no and yes. Seen .7; by chance .6 * .5 + .4 * .5 = .5.
    found = cohen_kappa([*"yyyynnnyyn"], [*"yyyynnnnny"])
    assert (found.observed, found.expected, found.value) == pytest.approx((0.7, 0.5, 0.4))
    assert found.table == ((3, 1), (2, 4))
    assert (found.subjects, found.categories, found.level) == (10, ("n", "y"), 0.95)


def test_a_weight_forgives_a_neighbour():
    # CR, PR, NR: one of four differs by one category. Linear weights count it as half an agreement.
    order = ["CR", "PR", "NR"]
    found = cohen_kappa(["CR", "PR", "NR", "NR"], ["CR", "CR", "NR", "NR"], categories=order, weights=Weights.LINEAR)
    assert found.observed == pytest.approx((1 + 0.5 + 1 + 1) / 4)
    assert found.categories == ("CR", "PR", "NR")


def test_those_about_whom_the_readers_differ_are_named_by_their_places():
    assert disagreements(["CR", "PR", "NR"], ["CR", "CR", "NE"]) == (1, 2)


def test_readers_who_agree_about_everybody_have_no_interval():
    found = cohen_kappa(["CR", "NR", "CR"], ["CR", "NR", "CR"])
    assert (found.value, found.std_err, found.lower, found.upper) == (1.0, 0.0, None, None)
    assert found.interval_missing is Reason.NO_VARIATION


def test_one_subject_about_whom_they_differ_is_no_agreement_and_no_interval():
    found = cohen_kappa(["CR"], ["NR"])
    assert (found.value, found.interval_missing) == (0.0, Reason.NO_VARIATION)


REFUSED: list[tuple[str, Callable[[], Any], Reason, str]] = [
    ("nobody", lambda: cohen_kappa([], []), Reason.NOBODY, "There is nobody to estimate from yet."),
    ("one subject", lambda: cohen_kappa(["CR"], ["CR"]), Reason.ONE_GROUP, "Both readers give one and the same"),
    ("one category", lambda: cohen_kappa(["CR"] * 4, ["CR"] * 4), Reason.ONE_GROUP, "Both readers give one"),
    ("lengths", lambda: cohen_kappa(["CR", "NR"], ["CR"]), Reason.LENGTHS_DIFFER, "The column second has 1 values"),
    (
        "missing",
        lambda: cohen_kappa(["CR", None], ["CR", "NR"]),
        Reason.VALUES_MISSING,
        "1 of 2 subjects has no value in first",
    ),
    (
        "unknown category",
        lambda: cohen_kappa(["CR", "XX"], ["CR", "CR"], categories=["CR", "NR"]),
        Reason.NAME_UNKNOWN,
        "A reader gives a category that is not among those named",
    ),
    (
        "weights without order",
        lambda: cohen_kappa(["CR", "NR"], ["CR", "CR"], weights=Weights.QUADRATIC),
        Reason.SETTING_OUT_OF_RANGE,
        "A weighted kappa needs its categories in their order",
    ),
    (
        "level",
        lambda: cohen_kappa(["CR", "NR"], ["CR", "CR"], level=0),
        Reason.SETTING_OUT_OF_RANGE,
        "The level of an interval",
    ),
]


@pytest.mark.parametrize(("_", "call", "reason", "begins"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_measured_is_refused_in_a_sentence(_: str, call: Callable[[], Any], reason: Reason, begins: str):
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.reason is reason
    assert str(refused.value).startswith(begins)


READINGS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=2, max_size=30)


@settings(deadline=None, max_examples=60)
@given(READINGS, st.sampled_from(Weights))
def test_the_readers_can_change_places(pairs: list[tuple[int, int]], weights: Weights):
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    try:
        there = cohen_kappa(first, second, categories=range(1, 5), weights=weights)
    except NoEstimate:
        assert {*first} == {*second}
        return
    back = cohen_kappa(second, first, categories=range(1, 5), weights=weights)
    assert (there.value, there.std_err) == pytest.approx((back.value, back.std_err), abs=1e-12)
    assert there.value <= 1
    assert (there.value == 1) == (disagreements(first, second) == ())
