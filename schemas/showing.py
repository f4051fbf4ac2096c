"""What of a subject's fields may be shown to whoever may see the subject, and what is withheld.

Withheld is what belongs on no screen, and stays in the ledger for whoever may read that:

- what was measured of an analyte that the study blinds, or does not know: whoever assesses responses must not see it.
  An entry counts as such in all of its versions where one of them is of such an analyte, and so do those that share its
  report line;
- what a person wrote in own words, which may hold anything.
"""

from collections.abc import Iterable, Set
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from schemas.clusters import clusters_of
from schemas.codec import replacement
from schemas.events import EntryCorrected, Facts, ResultReported
from schemas.events.event import Event
from schemas.knowledge import FieldDifference
from schemas.study import StudyDefinition

WITHHELD = "withheld"
"""Stands in the place of a value that is there and is not shown."""

OWN_WORDS = MappingProxyType(
    {
        "subject.criterion-assessed.v1": frozenset({"evidence"}),
        "subject.enrolment-undone.v1": frozenset({"why"}),
        "subject.baseline-recorded.v1": frozenset({"comorbidities"}),
        "lab.specimen-destroyed.v1": frozenset({"why"}),
        "safety.adverse-event-reported.v1": frozenset({"term"}),
        "conduct.deviation-recorded.v1": frozenset({"description"}),
        "visit.missed.v1": frozenset({"why"}),
    }
)
"""By type, the fields in which people write as they like."""

_NOT_MEASURED = frozenset(
    {"analyte", "matrix", "status", "series", "specimen", "code", "code_system", "happened", "contested"}
)
"""Of a result that is withheld, what says nothing of its value."""


def withheld_results(events: Iterable[Event], study: StudyDefinition) -> frozenset[str]:
    """The ids of the entries whose measured values are withheld, given all events of a subject that are known."""
    known = list(events)
    shown = {analyte.id for analyte in study.analytes if not analyte.blinded}
    clusters = clusters_of(known)
    blind = {clusters[event.id] for event in known if _analyte(event.facts) not in {None, *shown}}
    return frozenset(event.id for event in known if clusters[event.id] in blind)


def shown_differences(found: Iterable[FieldDifference], withheld: Set[str]) -> list[FieldDifference]:
    """The same differences, with what is withheld replaced. ``withheld`` is of all events known at the later point."""
    return [
        each
        if each.entry is None or each.type is None
        else replace(
            each,
            old=shown_value(each.field, each.entry, each.type, each.old, withheld),
            new=shown_value(each.field, each.entry, each.type, each.new, withheld),
        )
        for each in found
    ]


def shown_value(field: str, entry: str, type_: str, value: Any, withheld: Set[str]) -> Any:
    """One value of an entry's field, or of the whole entry where the field is the entry's id. None stays None."""
    if value is None:
        return None
    if field == entry:
        return {name: _shown(name, entry, type_, inner, withheld) for name, inner in value.items()}
    return _shown(field.removeprefix(f"{entry}."), entry, type_, value, withheld)


def _shown(name: str, entry: str, type_: str, value: Any, withheld: Set[str]) -> Any:
    if value is None or value in ("", [], {}):
        return value
    if name in OWN_WORDS.get(type_, ()) or (entry in withheld and name not in _NOT_MEASURED):
        return WITHHELD
    return value


def _analyte(facts: Facts) -> str | None:
    """The analyte of a result, or of one that a correction puts in place."""
    if isinstance(facts, EntryCorrected) and facts.target_type == ResultReported.TYPE:
        facts = replacement(facts)
    return facts.analyte if isinstance(facts, ResultReported) else None
