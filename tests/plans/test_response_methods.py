"""Proportions by a plan: exact limits of published values, and the bounds of what is pending."""

import pytest

from tests.plans.tables import answered, made

COLUMNS = """
name = "rates"
[columns]
responded = { kind = "yes-no" }
pending = { kind = "yes-no" }
arm = { kind = "label" }
"""
ORR = 'id = "orr"\nmethod = "proportion"\noutcome = "responded"\n'


def test_half_of_72_has_the_published_exact_interval() -> None:
    result = made(COLUMNS, ORR, responded=[True] * 36 + [False] * 36, pending=[False] * 72, arm=["a"] * 72)
    (group,) = answered(result)["groups"]
    assert (group["exact"]["lower"], group["exact"]["upper"]) == pytest.approx((0.379757, 0.620243), abs=5e-7)
    assert group["bounds"] is None


def test_none_of_72_has_an_interval_that_begins_at_nothing() -> None:
    result = made(COLUMNS, ORR, responded=[False] * 72, pending=[False] * 72, arm=["a"] * 72)
    (group,) = answered(result)["groups"]
    assert (group["exact"]["lower"], group["exact"]["upper"]) == pytest.approx((0, 0.049944), abs=5e-7)


def test_who_is_pending_is_in_the_bounds_and_not_in_the_rate() -> None:
    responded: list = [True] * 3 + [False] * 3 + [False] * 2
    pending: list = [False] * 6 + [True] * 2
    result = made(COLUMNS, ORR + 'pending = "pending"', responded=responded, pending=pending, arm=["a"] * 8)
    (group,) = answered(result)["groups"]
    assert (group["exact"]["count"], group["exact"]["of"]) == (3, 6)
    assert group["bounds"] == {"certain": 3, "possible": 5, "of": 8, "lower": 0.375, "upper": 0.625}


def test_where_all_are_pending_there_is_no_rate_and_the_bounds_are_all() -> None:
    result = made(COLUMNS, ORR + 'pending = "pending"', responded=[False] * 3, pending=[True] * 3, arm=["a"] * 3)
    (group,) = answered(result)["groups"]
    assert group["exact"] is None
    assert (group["bounds"]["lower"], group["bounds"]["upper"]) == (0, 1)


def test_each_group_has_its_own_rate() -> None:
    result = made(
        COLUMNS, ORR + 'by = "arm"', responded=[True, False, True, True], pending=[False] * 4, arm=["b", "a", "b", "a"]
    )
    assert [(each["group"], each["exact"]["count"]) for each in answered(result)["groups"]] == [("a", 1), ("b", 2)]
