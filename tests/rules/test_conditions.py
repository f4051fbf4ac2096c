"""Limits against exact, bounded and missing values; and the candidates against every completion of what is missing."""

from decimal import Decimal

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings

from schemas.events.followup import Category
from schemas.events.lab import Bound
from schemas.rules.conditions import (
    ANYTHING,
    FINDINGS,
    NO,
    UNITS,
    YES,
    AllOf,
    AnyOf,
    Comparison,
    Limit,
    Quantity,
    Span,
    exactly,
    is_met,
    judged,
    limits_of,
    no,
    reported,
    supposing,
    yes,
)
from schemas.rules.derivation import categorised
from schemas.rules.history import Reading
from schemas.rules.rule_sets import RULE_SETS
from tests.rules.drawn import STUDY

ANC, PLATELETS = Quantity.ANC, Quantity.PLATELETS
AT_LEAST, ABOVE, AT_MOST, BELOW = Comparison.AT_LEAST, Comparison.ABOVE, Comparison.AT_MOST, Comparison.BELOW

# what was sent | >= 1.0 | > 1.0 | <= 1.0 | < 1.0; None is open
AGAINST_ONE = [
    ("=", "0.99", False, False, True, True),
    ("=", "1.0", True, False, True, False),
    ("=", "1", True, False, True, False),
    ("=", "1.01", True, True, False, False),
    ("<", "0.5", False, False, True, True),
    ("<", "1.0", False, False, True, True),
    ("<", "1.01", None, None, None, None),
    ("<=", "0.99", False, False, True, True),
    ("<=", "1.0", None, False, True, None),
    (">", "0.99", None, None, None, None),
    (">", "1.0", True, True, False, False),
    (">", "5", True, True, False, False),
    (">=", "1.0", True, None, None, False),
    (">=", "1.01", True, True, False, False),
    (">=", "0.99", None, None, None, None),
]


@pytest.mark.parametrize(("bound", "number", "at_least", "above", "at_most", "below"), AGAINST_ONE)
def test_a_bounded_value_decides_only_where_its_bound_does(
    bound: str, number: str, at_least: bool | None, above: bool | None, at_most: bool | None, below: bool | None
) -> None:
    spans = {ANC: reported(Bound(bound), Decimal(number))}
    met = [is_met(Limit(ANC, comparison, Decimal("1.0")), spans) for comparison in (AT_LEAST, ABOVE, AT_MOST, BELOW)]
    assert met == [at_least, above, at_most, below]


def test_a_value_that_is_not_there_leaves_every_limit_open() -> None:
    assert [is_met(Limit(ANC, each, Decimal(1)), {}) for each in Comparison] == [None] * 4
    assert is_met(Limit(ANC, AT_LEAST, Decimal(0)), {}) is True, "no count is below 0"


def test_findings_are_so_or_not() -> None:
    rods = Quantity.AUER_RODS
    assert [is_met(yes(rods), {rods: YES}), is_met(yes(rods), {rods: NO}), is_met(yes(rods), {})] == [True, False, None]
    assert [is_met(no(rods), {rods: YES}), is_met(no(rods), {rods: NO}), is_met(no(rods), {})] == [False, True, None]


def test_a_limit_that_is_a_multiple_needs_the_exact_value() -> None:
    half = Limit(Quantity.PRETREATMENT_BLASTS, AT_LEAST, Decimal(2), times=Quantity.MARROW_BLASTS)
    spans = {Quantity.MARROW_BLASTS: exactly(Decimal("12.25")), Quantity.PRETREATMENT_BLASTS: exactly(Decimal("24.5"))}
    assert is_met(half, spans) is True
    with pytest.raises(AssertionError, match=r"^a limit that depends on a value needs that value$"):
        is_met(half, {**spans, Quantity.MARROW_BLASTS: ANYTHING})


OPEN, MET, FAILED = Limit(ANC, AT_LEAST, Decimal(1)), yes(Quantity.SPICULES), yes(Quantity.AUER_RODS)
OTHER_OPEN = Limit(PLATELETS, AT_LEAST, Decimal(100))
KNOWN = {Quantity.SPICULES: YES, Quantity.AUER_RODS: NO}


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        (AllOf((MET, MET)), True),
        (AllOf((OPEN, FAILED)), False),
        (AllOf((MET, OPEN, OTHER_OPEN)), OPEN),
        (AllOf(()), True),
        (AnyOf((FAILED, FAILED)), False),
        (AnyOf((OPEN, MET)), True),
        (AnyOf((FAILED, OTHER_OPEN, OPEN)), OTHER_OPEN),
        (AnyOf(()), False),
        (AllOf((AnyOf((FAILED, OPEN)), MET)), OPEN),
        (AnyOf((AllOf((MET, OPEN)), MET)), True),
    ],
)
def test_conditions_are_joined_as_in_words(condition: AllOf | AnyOf, verdict: bool | Limit) -> None:
    assert judged(condition, KNOWN) == verdict


def test_the_limits_of_a_condition_are_in_its_order() -> None:
    assert limits_of(AllOf((AnyOf((FAILED, OPEN)), MET))) == (FAILED, OPEN, MET)


def test_supposing_a_limit_ends_the_span_at_it() -> None:
    below = supposing({}, OPEN, False)
    assert is_met(OPEN, below) is False
    assert is_met(Limit(ANC, BELOW, Decimal("0.5")), below) is None
    at_least = supposing({PLATELETS: YES}, OPEN, True)
    assert is_met(OPEN, at_least) is True
    assert is_met(Limit(ANC, AT_LEAST, Decimal(2)), at_least) is None
    assert at_least[PLATELETS] == YES
    within = supposing(supposing({}, OPEN, True), Limit(ANC, AT_MOST, Decimal(1)), True)
    assert within[ANC] == exactly(Decimal(1))
    other_way = supposing(supposing({}, Limit(ANC, AT_MOST, Decimal(1)), True), OPEN, True)
    assert other_way[ANC] == exactly(Decimal(1))


def test_every_quantity_has_a_unit_or_is_a_finding() -> None:
    assert UNITS.keys() | FINDINGS.keys() == set(Quantity)
    assert UNITS.keys() & FINDINGS.keys() == set()


# For each quantity one value in every segment that the limits of any set cut, and every limit itself.
EXACT = {
    Quantity.MARROW_BLASTS: ["0", "4.9", "5", "5.1", "20", "20.1", "25", "25.1"],
    Quantity.PRETREATMENT_BLASTS: ["0", "9", "10", "12", "40", "60", "90"],
    Quantity.CELLS_COUNTED: ["0", "199", "200", "500"],
    Quantity.CELLULARITY: ["0", "9", "10", "60"],
    Quantity.BLOOD_BLASTS: ["0", "0.1", "3"],
    ANC: ["0", "0.4", "0.5", "0.7", "1.0", "1.2", "1.5", "9"],
    PLATELETS: ["0", "40", "50", "70", "100", "300"],
    Quantity.HAEMOGLOBIN: ["0", "80", "90", "95", "100", "140"],
} | {quantity: ["0", "1"] for quantity in FINDINGS}


BESIDE = (Decimal(0), Decimal("0.001"), Decimal("-0.001"))


@st.composite
def partly_known(draw: st.DrawFn) -> tuple[str, bool, dict[Quantity, Span]]:
    """Every quantity exact, but for up to two that are missing or bounded."""
    spans = {quantity: exactly(Decimal(draw(st.sampled_from(values)))) for quantity, values in EXACT.items()}
    spans[Quantity.ADEQUATE] = YES
    may_be_open = sorted(EXACT.keys() - {Quantity.ADEQUATE, Quantity.MARROW_BLASTS})
    for quantity in draw(st.lists(st.sampled_from(may_be_open), max_size=2, unique=True)):
        number = Decimal(draw(st.sampled_from(EXACT[quantity][1:])))
        bounds = [ANYTHING] if quantity in FINDINGS else [ANYTHING, *(reported(each, number) for each in Bound)]
        spans[quantity] = draw(st.sampled_from(bounds))
    return draw(st.sampled_from(sorted(RULE_SETS))), draw(st.booleans()), spans


def completions(spans: dict[Quantity, Span]) -> list[dict[Quantity, Span]]:
    """Every way to make all values exact. A value just beside each one stands for the open end of a bound."""
    done: list[dict[Quantity, Span]] = [{}]
    for quantity, span in spans.items():
        beside = [Decimal(value) + by for value in EXACT[quantity] for by in BESIDE]
        values = [exactly(value) for value in beside if quantity not in FINDINGS or value in (0, 1)]
        within = [each for each in values if span.lower <= each.lower and each.upper <= span.upper] or [span]
        done = [{**each, quantity: value} for each in done for value in (within if span not in values else [span])]
    return done


def categories(rule_set: str, one_lineage: bool, spans: dict[Quantity, Span]) -> set[Category]:
    values = {
        quantity: Reading(quantity=quantity, span=span, value=None if span == ANYTHING else "known")
        for quantity, span in spans.items()
    }
    with_lineages = msgspec.structs.replace(STUDY.response, cri_requires_one_lineage=one_lineage)
    category, candidates, _ = categorised(RULE_SETS[rule_set], values, with_lineages)
    assert category is None or candidates == (category,)
    return set(candidates)


@given(partly_known())
@settings(max_examples=300, deadline=None)
def test_the_candidates_are_the_categories_of_every_completion(drawn: tuple[str, bool, dict[Quantity, Span]]) -> None:
    rule_set, one_lineage, spans = drawn
    expected = set().union(*(categories(rule_set, one_lineage, each) for each in completions(spans)))
    assert categories(rule_set, one_lineage, spans) == expected
