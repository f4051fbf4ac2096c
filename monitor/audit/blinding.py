"""What the audit pages do not show: values of blinded analytes, what a person wrote freely, and redacted fields. Pure.

Whoever assesses the response must not see interleukin-6, and may read these pages. Of a result of a blinded analyte, or
of one that the study definition does not know, only those fields are shown that say nothing of its value. The reason
of an action on such a result may quote the value, and is not shown either.

Texts are shown where they are names or codes from lists; every other text, and every text that is added later, is not.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from schemas.codec import encode_facts, replacement
from schemas.contracts.described import Kind, fields_of
from schemas.events import (
    DeviationRecorded,
    EntryCorrected,
    EntryRedacted,
    EntryVoided,
    Facts,
    QueryOpened,
    ResultReported,
    SourceVerified,
)
from schemas.events.event import Event
from schemas.showing import withheld_results
from schemas.study import StudyDefinition

SHOWN_TEXTS = frozenset(
    {
        *("action", "analyte", "change", "code", "code_system", "content", "criterion", "derived", "device"),
        *("device_serial", "dictionary", "disease", "donor", "door", "drug", "earlier", "eln_version", "entries"),
        *("entry", "fab", "field", "flags", "form_version", "gene", "guideline", "guideline_version", "held", "icc"),
        *("laboratory", "language", "marrow", "message", "method", "problem", "query", "reference_range", "regimen"),
        *("renews", "route", "rule", "rule_set", "sender", "series", "sha256", "site", "specimen", "state_digest"),
        *("target", "target_type", "unit", "unit_sent", "view", "visit", "where", "who", "who_edition"),
        *("known_at", "true_at", "compared_with", "position", "topic"),
    }
)
"""The fields of facts whose texts are names, codes or ids."""

SHOWN_OF_A_BLINDED_RESULT = frozenset(
    {
        *("analyte", "matrix", "status", "specimen", "method", "device", "device_serial", "code", "code_system"),
        *("series", "unit"),
    }
)
"""What says nothing of the value. A flag, a limit or a dilution does."""


class Blinding:
    """Judges by the study definition, and by the events that are known: those of one subject, or of one page."""

    def __init__(self, study: StudyDefinition, events: Iterable[Event] = ()) -> None:
        self._study = study
        self._known: dict[str, Event] = {}
        self._withheld: frozenset[str] | None = None
        self._redacted: dict[str, set[str]] = {}
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        self._known[event.id] = event
        self._withheld = None
        if isinstance(event.facts, EntryRedacted):
            self._redacted.setdefault(event.facts.entry, set()).add(event.facts.field)

    def knows(self, event_id: str) -> Event | None:
        return self._known.get(event_id)

    def missing(self) -> set[str]:
        """The ids of events that known ones speak of and that are not known: what they are decides what is hidden."""
        return {id_ for event in self._known.values() for id_ in _spoken_of(event.facts) if id_ not in self._known}

    def is_blinded(self, facts: Facts) -> bool:
        """Whether these facts are a result whose value is hidden, or put one in place."""
        if isinstance(facts, EntryCorrected):
            facts = replacement(facts)
        if not isinstance(facts, ResultReported):
            return False
        analyte = self._study.analyte(facts.analyte)
        return analyte is None or analyte.blinded

    def is_hidden(self, entry: str, facts: Facts, field: str, is_text: bool) -> bool:
        """Whether this field of an entry's facts is not shown."""
        first = field.partition(".")[0]
        if field in self._redacted.get(entry, ()) or first in self._redacted.get(entry, ()):
            return True
        # What a correction puts in place is judged by itself: its own fields only say of what it speaks.
        if not isinstance(facts, EntryCorrected | EntryVoided) and self._is_of_a_blinded_one(entry, facts):
            return first not in SHOWN_OF_A_BLINDED_RESULT
        return is_text and field.rpartition(".")[2] not in SHOWN_TEXTS

    def hides_reason(self, event: Event) -> bool:
        """Whether the reason that an event gives is not shown: it, or what it speaks of, is of a blinded result.

        What speaks of an event that is not known is taken for one.
        """
        waiting, seen = [event], {event.id}
        while waiting:
            one = waiting.pop()
            if self._is_of_a_blinded_one(one.id, one.facts):
                return True
            for id_ in _spoken_of(one.facts):
                if id_ in seen:
                    continue
                seen.add(id_)
                if id_ not in self._known:
                    return True
                waiting.append(self._known[id_])
        return False

    def hides_something(self, event: Event) -> bool:
        """Whether any part of an event is not shown."""
        facts = event.facts
        said = [(event.id, facts)]
        if isinstance(facts, EntryCorrected):
            said.append((facts.target, replacement(facts)))
        hidden = any(
            self.is_hidden(entry, one, field.name, field.kind is Kind.TEXT)
            for entry, one in said
            for field in fields_of(type(one))
            if field.name in payload(one)
        )
        return hidden or (event.reason is not None and self.hides_reason(event))

    def _is_of_a_blinded_one(self, entry: str, facts: Facts) -> bool:
        """An entry of which any version is blinded stays so, whatever a correction makes of its analyte."""
        if self._withheld is None:
            self._withheld = withheld_results(self._known.values(), self._study)
        return entry in self._withheld or self.is_blinded(facts)


def reason_shown(event: Event, blinding: Blinding) -> str | None:
    """Why, as it was written; None where nothing was, or where it is not shown."""
    return None if event.reason is None or blinding.hides_reason(event) else event.reason


def payload(facts: Facts) -> dict[str, Any]:
    """The facts as JSON has them: decimals and dates are text, and what has its default is left out."""
    built: dict[str, Any] = msgspec.json.decode(encode_facts(facts))
    return built


def _spoken_of(facts: Facts) -> tuple[str, ...]:
    """The ids of the entries that facts are about, beside being facts."""
    match facts:
        case (
            EntryCorrected(target=id_) | EntryVoided(target=id_) | SourceVerified(entry=id_) | EntryRedacted(entry=id_)
        ):
            return (id_,)
        case QueryOpened(entries=ids):
            return ids
        case DeviationRecorded(entry=str(id_)):
            return (id_,)
        case _:
            return ()
