"""The conditions that a response category is made of, and what a missing or bounded value lets one say of them.

A quantity is known as a *span*: all numbers that it may be. An exact value is a span of one number, "<0.5" one that
ends below 0.5, a missing value one from 0 to infinity. A limit is met or failed where every number of the span agrees,
and is open otherwise; nothing is ever guessed. Findings (present or absent, normal or not) are numbers too: 1 and 0.

A span lies between two *cuts*. A cut is a place between numbers: just before one, or just behind it. "At least 1.0" and
"below 1.0" are the two sides of the cut before 1.0, "above" and "at most" those of the cut behind it. So inclusive and
exclusive are told apart by place alone, and all comparisons are of exact decimals.
"""

import enum
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from schemas.events.lab import Bound


class Quantity(enum.StrEnum):
    """What conditions speak of. The value is how a derivation log names it."""

    MARROW_BLASTS = "marrow blasts"
    PRETREATMENT_BLASTS = "pretreatment marrow blasts"
    CELLS_COUNTED = "marrow cells counted"
    CELLULARITY = "marrow cellularity"
    BLOOD_BLASTS = "blasts in blood"
    ANC = "ANC"
    PLATELETS = "platelets"
    HAEMOGLOBIN = "haemoglobin"
    ADEQUATE = "marrow sample"
    SPICULES = "spicules"
    AUER_RODS = "Auer rods"
    ERYTHROID = "erythroid line"
    MEGAKARYOCYTES = "megakaryocytic line"
    EXTRAMEDULLARY = "extramedullary disease"
    MALE = "sex"
    REMISSION = "earlier remission"
    BACK_IN_BLOOD = "blasts back in blood"
    THROUGH_COURSE = "blasts through a course"


UNITS: Mapping[Quantity, str] = {
    Quantity.MARROW_BLASTS: "%",
    Quantity.PRETREATMENT_BLASTS: "%",
    Quantity.CELLS_COUNTED: "cells",
    Quantity.CELLULARITY: "%",
    Quantity.BLOOD_BLASTS: "%",
    Quantity.ANC: "10*9/L",
    Quantity.PLATELETS: "10*9/L",
    Quantity.HAEMOGLOBIN: "g/L",
}
"""The canonical UCUM unit of what is measured or counted. What has none here is a finding."""

FINDINGS: Mapping[Quantity, tuple[str, str]] = {
    Quantity.ADEQUATE: ("adequate", "not adequate"),
    Quantity.SPICULES: ("present", "absent"),
    Quantity.AUER_RODS: ("present", "absent"),
    Quantity.ERYTHROID: ("normal", "not normal"),
    Quantity.MEGAKARYOCYTES: ("normal", "not normal"),
    Quantity.EXTRAMEDULLARY: ("present", "absent"),
    Quantity.MALE: ("male", "female"),
    Quantity.REMISSION: ("reached", "none"),
    Quantity.BACK_IN_BLOOD: ("found", "not found"),
    Quantity.THROUGH_COURSE: ("found", "not found"),
}
"""How each finding is said: where it is so, and where it is not."""


class Comparison(enum.StrEnum):
    """Inclusive: at least, at most. Exclusive: above, below."""

    AT_LEAST = ">="
    ABOVE = ">"
    AT_MOST = "<="
    BELOW = "<"


OPPOSITE: Mapping[Comparison, Comparison] = {
    Comparison.AT_LEAST: Comparison.BELOW,
    Comparison.ABOVE: Comparison.AT_MOST,
    Comparison.AT_MOST: Comparison.ABOVE,
    Comparison.BELOW: Comparison.AT_LEAST,
}

Cut = tuple[Decimal, bool]
"""Just before a number (False) or just behind it (True)."""

_BEHIND = frozenset({Comparison.ABOVE, Comparison.AT_MOST})
_UPWARDS = frozenset({Comparison.AT_LEAST, Comparison.ABOVE})


class Span(msgspec.Struct, frozen=True):
    """All numbers between two cuts. The default is every number from 0."""

    lower: Cut = (Decimal(0), False)
    upper: Cut = (Decimal("Infinity"), False)


def exactly(number: Decimal) -> Span:
    return Span((number, False), (number, True))


YES, NO, ANYTHING = exactly(Decimal(1)), exactly(Decimal(0)), Span()


def reported(bound: Bound, number: Decimal) -> Span:
    """What a reported number with its bound may be."""
    if bound is Bound.EQUAL:
        return exactly(number)
    comparison = Comparison(bound.value)
    cut = (number, comparison in _BEHIND)
    return Span(lower=cut) if comparison in _UPWARDS else Span(upper=cut)


Spans = Mapping[Quantity, Span]
"""What is known of a subject at one marrow; a quantity that is not named may be anything."""


class Limit(msgspec.Struct, frozen=True):
    """One quantity against one limit, in the quantity's unit.

    ``times`` is None for a limit that is a number. Else the limit is ``limit`` times that quantity, which is exact
    wherever this is asked: "at least 50 % lower than before" is "before at least 2 times now", without a division.
    """

    quantity: Quantity
    comparison: Comparison
    limit: Decimal
    times: Quantity | None = None

    def cut(self, spans: Spans) -> Cut:
        number = self.limit
        if self.times is not None:
            span = spans[self.times]
            assert span == exactly(span.lower[0]), "a limit that depends on a value needs that value"
            number = self.limit * span.lower[0]
        return (number, self.comparison in _BEHIND)


class AllOf(msgspec.Struct, frozen=True):
    """Met where every part is."""

    parts: tuple["Condition", ...]


class AnyOf(msgspec.Struct, frozen=True):
    """Met where at least one part is."""

    parts: tuple["Condition", ...]


Condition = Limit | AllOf | AnyOf


def yes(quantity: Quantity) -> Limit:
    """A finding is so."""
    return Limit(quantity, Comparison.ABOVE, Decimal(0))


def no(quantity: Quantity) -> Limit:
    """A finding is not so; of a number: it is 0."""
    return Limit(quantity, Comparison.AT_MOST, Decimal(0))


def judged(condition: Condition, spans: Spans) -> bool | Limit:
    """Whether the condition is met, or the first limit that leaves it open."""
    if isinstance(condition, Limit):
        met = is_met(condition, spans)
        return condition if met is None else met
    deciding = isinstance(condition, AnyOf)
    verdicts = [judged(part, spans) for part in condition.parts]
    if deciding in verdicts:
        return deciding
    return next((verdict for verdict in verdicts if isinstance(verdict, Limit)), not deciding)


def is_met(limit: Limit, spans: Spans) -> bool | None:
    """None where the span lies on both sides of the limit."""
    span, cut = spans.get(limit.quantity, ANYTHING), limit.cut(spans)
    upwards = limit.comparison in _UPWARDS
    if span.lower >= cut:
        return upwards
    if span.upper <= cut:
        return not upwards
    return None


def supposing(spans: Spans, limit: Limit, met: bool) -> Spans:
    """What is known if the limit is met, or is not: the quantity's span ends at the limit."""
    span, cut = spans.get(limit.quantity, ANYTHING), limit.cut(spans)
    upwards = met is (limit.comparison in _UPWARDS)
    return {**spans, limit.quantity: Span(cut, span.upper) if upwards else Span(span.lower, cut)}


def limits_of(condition: Condition) -> tuple[Limit, ...]:
    """Every limit in a condition, in its order."""
    if isinstance(condition, Limit):
        return (condition,)
    return tuple(limit for part in condition.parts for limit in limits_of(part))
