"""Rules on single values: plausible ranges, units, percentages, how many cells were counted.

Source: clinical.md, "Laboratory" and "Response categories" (>= 200 cells). Limits of a plausible range are inclusive.
Exact decimals throughout.
"""

from collections.abc import Iterator
from decimal import Decimal

from schemas.checks.chart import Chart
from schemas.checks.finding import Doubt, doubt
from schemas.events import BloodBlastsCounted, MarrowAssessed, ResultReported
from schemas.events.lab import Bound
from schemas.settlement import Entry
from schemas.study import Analyte
from schemas.units import UnitProblem, factor_of

CELLS_COUNTED_MIN = 200
"""A marrow differential of fewer cells says little; exactly 200 are enough."""

_UP_TO_ITSELF = frozenset({Bound.EQUAL, Bound.LESS_OR_EQUAL})
_FROM_ITSELF_UP = frozenset({Bound.EQUAL, Bound.GREATER_OR_EQUAL})


def value_implausible(chart: Chart) -> Iterator[Doubt]:
    """A result of which no number that it allows lies within the analyte's plausible range.

    "<1.5" allows every number below 1.5, so it is implausible only where the range begins at 1.5 or above. A number
    that is not in the canonical unit is not compared.
    """
    for entry, facts, analyte in _of_known_analytes(chart):
        if facts.bound is None or facts.number is None or facts.unit != analyte.unit:
            continue
        low, high = analyte.plausible_min, analyte.plausible_max
        too_low = low is not None and _is_below(facts.bound, facts.number, low)
        too_high = high is not None and _is_above(facts.bound, facts.number, high)
        if too_low or too_high:
            yield doubt("number", entry)


def analyte_unknown(chart: Chart) -> Iterator[Doubt]:
    """A result of an analyte that the study does not have: nothing can judge it."""
    known = _analytes(chart)
    for entry, facts in chart.of(ResultReported):
        if facts.analyte not in known:
            yield doubt("analyte", entry)


def unit_missing(chart: Chart) -> Iterator[Doubt]:
    """A number, and the source sent no unit with it."""
    for entry, facts in chart.of(ResultReported):
        if facts.number is not None and not facts.unit_sent.strip():
            yield doubt("unit_sent", entry)


def unit_not_canonical(chart: Chart) -> Iterator[Doubt]:
    """A result that claims another unit than the analyte's canonical one, in which its number has to be."""
    for entry, facts, analyte in _of_known_analytes(chart):
        if facts.unit != analyte.unit:
            yield doubt("unit", entry)


def unit_sent_unknown(chart: Chart) -> Iterator[Doubt]:
    """A number whose unit as sent is in no table of spellings: somebody confirms the factor that was used."""
    for entry, facts, analyte in _of_known_analytes(chart):
        known = factor_of(facts.unit_sent, analyte.unit, analyte.units, analyte.units_refused)
        if facts.number is not None and facts.unit_sent.strip() and isinstance(known, UnitProblem):
            yield doubt("unit_sent", entry)


def marrow_few_cells(chart: Chart) -> Iterator[Doubt]:
    """Fewer than 200 cells counted. A report that does not say how many is not doubted."""
    for entry, facts in chart.of(MarrowAssessed):
        if facts.cells_counted is not None and facts.cells_counted < CELLS_COUNTED_MIN:
            yield doubt("cells_counted", entry)


def percentage_impossible(chart: Chart) -> Iterator[Doubt]:
    """Blasts or cellularity below 0 % or above 100 %; both limits themselves are possible."""
    for entry, facts in chart.of(MarrowAssessed):
        yield from _impossible(entry, "blasts_pct", facts.blasts_pct)
        yield from _impossible(entry, "cellularity_pct", facts.cellularity_pct)
        yield from _impossible(entry, "blood_blasts_pct", facts.blood_blasts_pct)
    for entry, counted in chart.of(BloodBlastsCounted):
        yield from _impossible(entry, "blasts_pct", counted.blasts_pct)


def _impossible(entry: Entry, field: str, percentage: Decimal | None) -> Iterator[Doubt]:
    if percentage is not None and not 0 <= percentage <= 100:
        yield doubt(field, entry, about=field)


def _of_known_analytes(chart: Chart) -> Iterator[tuple[Entry, ResultReported, Analyte]]:
    known = _analytes(chart)
    for entry, facts in chart.of(ResultReported):
        if (analyte := known.get(facts.analyte)) is not None:
            yield entry, facts, analyte


def _analytes(chart: Chart) -> dict[str, Analyte]:
    return {analyte.id: analyte for analyte in chart.study.analytes}


def _is_below(bound: Bound, number: Decimal, low: Decimal) -> bool:
    """Whether every number that the result allows is below the limit."""
    return number < low if bound in _UP_TO_ITSELF else bound is Bound.LESS and number <= low


def _is_above(bound: Bound, number: Decimal, high: Decimal) -> bool:
    """Whether every number that the result allows is above the limit."""
    return number > high if bound in _FROM_ITSELF_UP else bound is Bound.GREATER and number >= high
