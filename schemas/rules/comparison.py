"""The investigator's categories beside the derived ones. Both are kept; a difference is the cause of a query.

An investigator's category is compared with the response derived at the marrow that it names, or else at the last one of
its day. An undetermined response differs from a category that is not among its candidates, and else says nothing.
"""

import enum
from collections.abc import Iterable, Sequence

import msgspec

from schemas.events import ResponseAssessed
from schemas.events.followup import Category
from schemas.milestones import Mark, mark_of
from schemas.rules.derived import DerivedResponse
from schemas.settlement import Entry


class Accord(enum.StrEnum):
    AGREE = "agree"
    DIFFER = "differ"
    NOT_COMPARABLE = "not-comparable"


class Because(enum.StrEnum):
    """Why two categories cannot be compared."""

    OTHER_RULE_SET = "other-rule-set"
    NOTHING_DERIVED = "nothing-derived"
    UNDETERMINED = "undetermined"


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """``mark``, ``category`` and ``rule_set`` are the investigator's; ``derived`` has the other category and its log.

    ``derived`` is None where there is no marrow or blood to derive from. ``because`` is None for what was compared.
    """

    mark: Mark
    category: Category
    rule_set: str
    derived: DerivedResponse | None
    accord: Accord
    because: Because | None = None


def compared(entries: Iterable[Entry], derived: Sequence[DerivedResponse]) -> tuple[Compared, ...]:
    """One for each investigator's category in force, in the one order of entries."""
    assessed = sorted((entry for entry in entries if isinstance(entry.facts, ResponseAssessed)), key=Entry.sort_key)
    return tuple(_compared(entry, derived) for entry in assessed)


def _compared(entry: Entry, derived: Sequence[DerivedResponse]) -> Compared:
    facts = entry.facts
    assert isinstance(facts, ResponseAssessed)
    response = _derived_for(facts, entry, derived)
    accord, because = _accord(facts, response)
    return Compared(
        mark=mark_of(entry),
        category=facts.category,
        rule_set=facts.rule_set,
        derived=response,
        accord=accord,
        because=because,
    )


def _derived_for(facts: ResponseAssessed, entry: Entry, derived: Sequence[DerivedResponse]) -> DerivedResponse | None:
    if facts.marrow is not None:
        return next((each for each in derived if each.marrow == facts.marrow), None)
    return next((each for each in reversed(derived) if each.mark.on == entry.happened.on), None)


def _accord(facts: ResponseAssessed, response: DerivedResponse | None) -> tuple[Accord, Because | None]:
    if response is None:
        return Accord.NOT_COMPARABLE, Because.NOTHING_DERIVED
    if facts.rule_set != response.rule_set:
        return Accord.NOT_COMPARABLE, Because.OTHER_RULE_SET
    if facts.category not in response.possible():
        return Accord.DIFFER, None
    if response.category is None:
        return Accord.NOT_COMPARABLE, Because.UNDETERMINED
    return Accord.AGREE, None
