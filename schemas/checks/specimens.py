"""Rules on specimens: their numbers, the order of what was done with them, and results that they cannot have.

Source: clinical.md, "Laboratory". An accession number is known where a specimen with it was collected, or made from
another one. Where a number was collected twice, an order of times is doubted only against both.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import get_args

from schemas.checks.chart import Chart
from schemas.checks.finding import Doubt, doubt
from schemas.checks.order import certainly_before, disagree, is_over_at
from schemas.events import (
    BloodBlastsCounted,
    MarrowAssessed,
    ResultReported,
    SpecimenCollected,
    SpecimenDestroyed,
    SpecimenMoved,
    SpecimenProcessed,
    SpecimenReceived,
    SpecimenRejected,
)
from schemas.events.lab import Matrix
from schemas.moments import Precision
from schemas.settlement import Entry

Handling = SpecimenProcessed | SpecimenReceived | SpecimenRejected | SpecimenMoved | SpecimenDestroyed
Measurement = ResultReported | BloodBlastsCounted | MarrowAssessed
Collections = dict[str, list[tuple[Entry, SpecimenCollected]]]

_HANDLED: tuple[type[Handling], ...] = get_args(Handling)
_MEASURED: tuple[type[Measurement], ...] = get_args(Measurement)


def specimen_number_reused(chart: Chart) -> Iterator[Doubt]:
    """One accession number, collected twice with facts that contradict each other; each later one beside the first.

    Two doors may speak of one collection, each as precisely as it knows: what one leaves out contradicts nothing.
    """
    for (first, facts), *others in _collections(chart).values():
        for entry, others_facts in others:
            field = "happened" if disagree(first.happened, entry.happened) else _contradicted(facts, others_facts)
            if field is not None:
                yield doubt(field, first, entry)


def specimens_at_one_instant(chart: Chart) -> Iterator[Doubt]:
    """Two accession numbers of one matrix at the same instant; each later one beside the first. A date is no instant,
    and an unknown matrix not the same as another unknown one.
    """
    firsts: dict[tuple[object, ...], tuple[Entry, str]] = {}
    for entry, facts in chart.of(SpecimenCollected):
        if entry.happened.precision is Precision.DAY or facts.matrix is Matrix.UNKNOWN:
            continue
        place = (facts.matrix, entry.happened.at, entry.happened.precision)
        first, specimen = firsts.setdefault(place, (entry, facts.specimen))
        if specimen != facts.specimen:
            yield doubt("specimen", first, entry)


def specimen_handled_before_collected(chart: Chart) -> Iterator[Doubt]:
    """Processed, received, rejected, moved or destroyed before it was collected; or centrifuged or frozen before."""
    first = _first_collected(chart)
    for kind in _HANDLED:
        for entry, facts in chart.of(kind):
            collected = first.get(facts.specimen)
            if collected is None:
                continue
            if certainly_before(entry.happened, collected.happened):
                yield doubt("happened", collected, entry, about="happened")
            for field in ("centrifuged_at", "frozen_at"):
                at: dt.datetime | None = getattr(facts, field, None)
                if at is not None and at < collected.happened.at:
                    yield doubt(field, collected, entry, about=field)


def result_before_collection(chart: Chart) -> Iterator[Doubt]:
    """A result whose own clinical time, or whose recording, lies before its specimen was collected."""
    first = _first_collected(chart)
    for entry, specimen in _measured(chart):
        collected = first.get(specimen)
        if collected is None:
            continue
        if certainly_before(entry.happened, collected.happened):
            yield doubt("happened", collected, entry)
        elif entry.recorded_at < collected.happened.at:
            yield doubt("recorded_at", collected, entry)


def result_of_rejected_specimen(chart: Chart) -> Iterator[Doubt]:
    """Nothing measured in a rejected specimen counts."""
    rejected: dict[str, Entry] = {}
    for entry, facts in chart.of(SpecimenRejected):
        rejected.setdefault(facts.specimen, entry)
    for entry, specimen in _measured(chart):
        if specimen in rejected:
            yield doubt("specimen", rejected[specimen], entry)


def result_of_destroyed_specimen(chart: Chart) -> Iterator[Doubt]:
    """A laboratory's result that was recorded after its specimen was destroyed: used up is fine, measured later not."""
    destroyed: dict[str, Entry] = {}
    for entry, facts in chart.of(SpecimenDestroyed):
        destroyed.setdefault(facts.specimen, entry)
    for entry, result in chart.of(ResultReported):
        end = destroyed.get(result.specimen or "")
        if end is not None and is_over_at(end.happened, entry.recorded_at):
            yield doubt("recorded_at", end, entry)


def result_of_uncollected_specimen(chart: Chart) -> Iterator[Doubt]:
    """A laboratory's result names a specimen that was neither collected nor made from another one.

    A marrow that somebody read was aspirated, whether or not its collection has an entry of its own.
    """
    known = _collections(chart).keys() | {facts.derived for _, facts in chart.of(SpecimenProcessed)}
    for entry, specimen in _measured(chart):
        if specimen not in known and not isinstance(entry.facts, MarrowAssessed):
            yield doubt("specimen", entry)


def _collections(chart: Chart) -> Collections:
    """By accession number, in the one order."""
    collections: Collections = defaultdict(list)
    for entry, facts in chart.of(SpecimenCollected):
        collections[facts.specimen].append((entry, facts))
    return collections


def _first_collected(chart: Chart) -> dict[str, Entry]:
    """By accession number the first collection: what lies before that one lies before all."""
    return {specimen: collections[0][0] for specimen, collections in _collections(chart).items()}


def _measured(chart: Chart) -> Iterator[tuple[Entry, str]]:
    """Everything that was measured in a specimen which it names."""
    for kind in _MEASURED:
        for entry, facts in chart.of(kind):
            if facts.specimen is not None:
                yield entry, facts.specimen


def _contradicted(facts: SpecimenCollected, other: SpecimenCollected) -> str | None:
    """The first field of which both say something, and not the same."""
    for field in ("matrix", "temperature_celsius", "antibiotics_given", "visit"):
        said, others = getattr(facts, field), getattr(other, field)
        if said != others and not {said, others} & {None, Matrix.UNKNOWN}:
            return field
    return None
