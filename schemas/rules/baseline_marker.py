"""The study's marker before treatment: which measurement it is, and why there is none.

Source: clinical.md, "Baseline IL-6"; the analyte, the specimen and the days are the study's (`schemas.study`).

1. Day 0 is the first day of chemotherapy; who has none has no baseline.
2. A specimen is one before treatment where it was collected from ``days_before`` days before day 0 to the day before,
   both inclusive. On day 0 itself it is one only where both times are known and the specimen's is the earlier.
3. A result counts where it is of the study's analyte in the study's matrix (never another one), its specimen was not
   rejected, and it has a number in the analyte's canonical unit (the doors convert; a spelling that they did not is not
   guessed at here).
4. The last of these in the one order of entries is the baseline: the last specimen, and of its results the last.
5. A number is below the limit where the result says so, or where it is under the run's lower limit of quantitation;
   what is kept is the limit, the greater one where the result and the run name two. Above likewise, with the lesser
   one. A number exactly at a limit of the run is exact.

Where nothing counts, the reason is that of the specimen that came nearest to it: reported without a number, or in
another unit, before not reported, before rejected, before collected at the wrong time, before none at all.
"""

import datetime as dt
import enum
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from schemas.events import ResultReported, SpecimenCollected, SpecimenRejected
from schemas.events.lab import Bound, Matrix
from schemas.milestones import Mark, mark_of
from schemas.settlement import Entry
from schemas.study import BaselineMarker, StudyDefinition


class MarkerLimit(enum.StrEnum):
    """Of which kind a value is: measured, or only known to lie below or above a limit."""

    EXACT = "exact"
    BELOW = "below"
    ABOVE = "above"


class NoMarker(enum.StrEnum):
    """Why a subject has no baseline of the marker; the nearest miss first."""

    NO_NUMBER = "no-number"
    OTHER_UNIT = "other-unit"
    NOT_REPORTED = "not-reported"
    REJECTED = "rejected"
    ORDER_NOT_KNOWN = "order-not-known"
    OUTSIDE_WINDOW = "outside-window"
    NO_SPECIMEN = "no-specimen"
    NOT_TREATED = "not-treated"


class MarkerRow(msgspec.Struct, frozen=True, kw_only=True):
    """``number`` is the value, or the limit that it lies beyond, in ``unit``, written out without an exponent.

    ``platform`` is the device that measured it, or the method where no device is named, None where neither is.
    ``lower_limit`` and ``upper_limit`` are the run's, None where it named none. ``days_before`` counts from ``on``,
    when the specimen was collected, to day 0. ``entry`` is the result.
    """

    limit: MarkerLimit
    number: str
    unit: str
    matrix: Matrix
    platform: str | None
    on: dt.date
    days_before: int
    specimen: str | None
    entry: str
    lower_limit: str | None
    upper_limit: str | None


def baseline_marker_of(
    entries: Iterable[Entry], day_0: Mark | None, study: StudyDefinition
) -> MarkerRow | NoMarker | None:
    """``entries`` are one subject's, in force and in their order; None for a study without a marker."""
    marker = study.marker
    if marker is None:
        return None
    if day_0 is None:
        return NoMarker.NOT_TREATED
    known = list(entries)
    analyte = study.analyte(marker.analyte)
    assert analyte is not None, "the marker is one of the study's analytes"
    rejected = frozenset(each.facts.specimen for each in known if isinstance(each.facts, SpecimenRejected))
    best: Entry | None = None
    missed = {NoMarker.NO_SPECIMEN}
    for entry in known:
        if _concerns(entry, marker):
            miss = _miss(entry, day_0, marker, analyte.unit, rejected)
            if miss is None:
                best = entry
            else:
                missed.add(miss)
    return min(missed, key=list(NoMarker).index) if best is None else _row(best, day_0)


def _concerns(entry: Entry, marker: BaselineMarker) -> bool:
    if isinstance(entry.facts, SpecimenCollected):
        return entry.facts.matrix is marker.matrix
    if isinstance(entry.facts, ResultReported):
        return entry.facts.analyte == marker.analyte and entry.facts.matrix is marker.matrix
    return False


def _miss(entry: Entry, day_0: Mark, marker: BaselineMarker, unit: str, rejected: frozenset[str]) -> NoMarker | None:
    """Why an entry about the marker is no baseline; None for a result that counts."""
    facts = entry.facts
    assert isinstance(facts, SpecimenCollected | ResultReported)
    ill_timed = _ill_timed(entry, day_0, marker)
    if ill_timed is not None:
        return ill_timed
    if facts.specimen in rejected:
        return NoMarker.REJECTED
    if isinstance(facts, SpecimenCollected):
        return NoMarker.NOT_REPORTED
    if facts.number is None:
        return NoMarker.NO_NUMBER
    return None if facts.unit == unit else NoMarker.OTHER_UNIT


def _ill_timed(entry: Entry, day_0: Mark, marker: BaselineMarker) -> NoMarker | None:
    taken = mark_of(entry)
    days_before = (day_0.on - taken.on).days
    if days_before == 0:
        if taken.rank == 0 or day_0.rank == 0:
            return NoMarker.ORDER_NOT_KNOWN
        return None if taken.at < day_0.at else NoMarker.OUTSIDE_WINDOW
    return None if 1 <= days_before <= marker.days_before else NoMarker.OUTSIDE_WINDOW


def _row(entry: Entry, day_0: Mark) -> MarkerRow:
    facts = entry.facts
    assert isinstance(facts, ResultReported)
    limit, number = _limited(facts)
    return MarkerRow(
        limit=limit,
        number=_written(number),
        unit=facts.unit,
        matrix=facts.matrix,
        platform=facts.device or facts.method,
        on=entry.happened.on,
        days_before=(day_0.on - entry.happened.on).days,
        specimen=facts.specimen,
        entry=entry.id,
        lower_limit=None if facts.lower_limit is None else _written(facts.lower_limit),
        upper_limit=None if facts.upper_limit is None else _written(facts.upper_limit),
    )


def _limited(facts: ResultReported) -> tuple[MarkerLimit, Decimal]:
    number, lower, upper = facts.number, facts.lower_limit, facts.upper_limit
    assert number is not None, "a result that counts has a number"
    if facts.bound in (Bound.LESS, Bound.LESS_OR_EQUAL):
        return MarkerLimit.BELOW, number if lower is None else max(number, lower)
    if facts.bound in (Bound.GREATER, Bound.GREATER_OR_EQUAL):
        return MarkerLimit.ABOVE, number if upper is None else min(number, upper)
    if lower is not None and number < lower:
        return MarkerLimit.BELOW, lower
    if upper is not None and number > upper:
        return MarkerLimit.ABOVE, upper
    return MarkerLimit.EXACT, number


def _written(number: Decimal) -> str:
    """Without the zeros at its end, which laboratories write or not: equal numbers are one text."""
    return f"{number.normalize():f}"
