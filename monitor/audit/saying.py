"""Facts and changes in words: a name and a value for each field, in one language. Pure.

What `monitor.audit.blinding` hides is said to be there and is not said. Names of fields are in the catalogs; what coded
values mean is in the data dictionary.
"""

import datetime as dt
import re
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from monitor import happenings, instants
from monitor.audit.blinding import Blinding, payload
from monitor.words import Language, Words
from projections.rows import LatestEvent
from projections.summary import detail_of
from schemas.codec import replacement
from schemas.contracts.described import Described, Kind, fields_of
from schemas.contracts.texts import Dictionary, parse_dictionary
from schemas.events import FACTS_BY_TYPE, EntryCorrected, EntryVoided, Facts
from schemas.events.event import Event
from schemas.study import StudyDefinition

_ENTRY_FIELDS = frozenset({"target", "entry", "marrow"})
"""Fields whose text is the id of another event."""

_CODES_SAID = frozenset({"Category"})
"""Enumerations whose codes are the field's own words: they stand before their meaning."""

_CONSENT = re.compile(r"(?P<on>[0-9-]+) form (?P<form>.+) signed by (?P<who>subject and family|subject|family|nobody)")
_BORN = re.compile(r"born (?P<year>[0-9]+), (?P<sex>.+)")
_STATUS = re.compile(r"(?P<status>[a-z-]+) since (?P<on>[0-9-]+)")
_RESPONSE = re.compile(r"(?P<on>[0-9-]+) (?P<category>[A-Za-z]+)")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One field: ``entry`` is the id of the event that the value names, None where it names none."""

    name: str
    value: str
    hidden: bool = False
    entry: str | None = None


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """One change: ``old`` and ``new`` as they are shown, None for nothing. ``entry`` is the event id of another entry
    that stands otherwise, ``about`` its name; both None where the field is the subject's own."""

    name: str
    old: str | None
    new: str | None
    hidden: bool = False
    entry: str | None = None
    about: str | None = None


@cache
def dictionary(language: Language) -> Dictionary:
    return parse_dictionary(resources.files("schemas.dictionary").joinpath(f"{language}.toml").read_bytes())


class Saying:
    """Says facts and changes. ``blinding`` knows the events that are spoken of, as far as they are known."""

    def __init__(self, words: Words, study: StudyDefinition, blinding: Blinding) -> None:
        self.words = words
        self._study = study
        self._blinding = blinding
        self._shown = frozenset(analyte.id for analyte in study.analytes if not analyte.blinded)

    def type_name(self, type_: str) -> str:
        return self.words.text_or_key("events", type_.rpartition(".v")[0].replace(".", "-"))

    def field_name(self, field: str) -> str:
        """The name of a field as `schemas.changes` or a payload has it, without the entry that it is of."""
        if field.startswith("criteria."):
            return self.words.text("audit_fields_of.criterion", id=field.removeprefix("criteria."))
        return " · ".join(self.words.text_or_key("audit_fields", part) for part in field.split("."))

    def headline(self, event: Event) -> str:
        """The event in one line, as the overview has it; a void with what it is about, where that is known."""
        said = happenings.what(_listed(event, self._shown), self._study, self.words)
        about = self._blinding.knows(event.facts.target) if isinstance(event.facts, EntryVoided) else None
        return said if about is None else self.words.text("audit.about", what=said, of=self.type_name(about.type))

    def source(self, event: Event) -> str:
        return happenings.source(_listed(event, self._shown), self.words)

    def role(self, role: str) -> str:
        return self.words.text_or_key("roles", role)

    def facts(self, entry: str, facts: Facts) -> tuple[Said, ...]:
        """Every field that the facts say something in; of a correction the facts that it puts in place stand last."""
        said = list(self._fields(entry, facts, "", fields_of(type(facts)), payload(facts)))
        if isinstance(facts, EntryCorrected):
            said += self.facts(facts.target, replacement(facts))
        return tuple(said)

    def turned(self, event: Event | None, field: str, old: Any, new: Any) -> Turned:
        """One change of the audit trail; ``event`` is the one that made it, which brought the field ``entry``."""
        if field == "entry" and event is not None:
            return Turned(name=self.type_name(event.type), old=None, new=self.brief(event.id, event.type, new))
        of = self._entry_of(field)
        if of is None:
            return Turned(name=self.field_name(field), old=self.course(field, old), new=self.course(field, new))
        entry, name = of
        facts = entry.facts
        if isinstance(facts, EntryCorrected):
            facts = replacement(facts)
        about = self.type_name(facts.TYPE)
        if not name:
            was, now = (self.brief(entry.id, facts.TYPE, payload_) for payload_ in (old, new))
            return Turned(name=about, old=was, new=now, entry=entry.id)
        described = next((each for each in fields_of(type(facts)) if each.name == name), None)
        if self._blinding.is_hidden(entry.id, facts, name, described is not None and described.kind is Kind.TEXT):
            hidden = self.words.text("audit.hidden")
            return Turned(
                name=self.field_name(name),
                old=None if old is None else hidden,
                new=None if new is None else hidden,
                hidden=True,
                entry=entry.id,
                about=about,
            )
        was, now = (self._value(described, each) for each in (old, new))
        return Turned(name=self.field_name(name), old=was, new=now, entry=entry.id, about=about)

    def brief(self, entry: str, type_: str, built: dict[str, Any] | None) -> str | None:
        """A whole payload in one line; None for nothing."""
        if built is None:
            return None
        facts_type = FACTS_BY_TYPE.get(type_)
        if facts_type is None:
            return self.words.text("audit.unreadable")
        facts = msgspec.convert(built, facts_type, strict=False)
        said = [each for each in self.facts(entry, facts) if not each.hidden]
        comma = "，" if self.words.language == "zh" else ", "
        return comma.join(f"{each.name} {each.value}" for each in said[:6]) or self.words.text("audit.hidden")

    def course(self, field: str, value: Any) -> str | None:
        """The value of a field of the subject's course, as `schemas.changes` writes it, in words."""
        words = self.words
        if value is None:
            return None
        if isinstance(value, bool):
            return words.text("audit.yes" if value else "audit.no")
        text = str(value)
        if field.startswith("criteria."):
            return words.text_or_key("details", text)
        if field == "status" and (found := _STATUS.fullmatch(text)):
            return words.text("audit.since", what=words.text(f"audit_status.{found['status']}"), on=found["on"])
        if field == "response" and (found := _RESPONSE.fullmatch(text)):
            return words.text("audit.on", what=self.coded("Category", found["category"]), on=found["on"])
        if field == "consent" and (found := _CONSENT.fullmatch(text)):
            who = words.text(f"audit_signed.{found['who'].replace(' ', '_')}")
            return words.text("audit.consent", on=found["on"], form=found["form"], who=who)
        if field == "demographics" and (found := _BORN.fullmatch(text)):
            sex = dictionary(words.language).values["Sex"].get(found["sex"], words.text("audit.not_noted"))
            return words.text("audit.born", year=found["year"], sex=sex)
        return words.text("audit.none") if text == "none" else text

    def coded(self, enumeration: str, code: str) -> str:
        """What a coded value means; where the code is the field's own word, it stands before its meaning."""
        meaning = dictionary(self.words.language).values.get(enumeration, {}).get(code)
        if meaning is None:
            return code
        return f"{code} · {meaning}" if enumeration in _CODES_SAID and code.casefold() != meaning else meaning

    def _entry_of(self, field: str) -> tuple[Event, str] | None:
        """The entry that a change is of, and its field, empty for the whole; None for the subject's own fields."""
        if (whole := self._blinding.knows(field)) is not None:
            return whole, ""
        place = field.rfind(".")
        while place > 0:
            if (entry := self._blinding.knows(field[:place])) is not None:
                return entry, field[place + 1 :]
            place = field.rfind(".", 0, place)
        return None

    def _fields(
        self, entry: str, facts: Facts, path: str, described: tuple[Described, ...], built: dict[str, Any]
    ) -> list[Said]:
        said = []
        for each in described:
            value = built.get(each.name)
            if value is None or each.kind is Kind.FACTS:
                continue
            field = f"{path}{each.name}"
            name = self.field_name(field)
            if self._blinding.is_hidden(entry, facts, field, each.kind is Kind.TEXT):
                said.append(Said(name=name, value=self.words.text("audit.hidden"), hidden=True))
            elif each.kind is Kind.PART and not each.several and each.of is not None and each.name != "happened":
                assert issubclass(each.of, msgspec.Struct), "a part is a struct"
                said += self._fields(entry, facts, f"{field}.", fields_of(each.of), value)
            else:
                spoken_of = value if each.name in _ENTRY_FIELDS and isinstance(value, str) else None
                known = None if spoken_of is None else self._blinding.knows(spoken_of)
                shown = self._value(each, value) if known is None else self.headline(known)
                said.append(Said(name=name, value=shown or "", entry=spoken_of))
        return said

    def _value(self, described: Described | None, value: Any) -> str | None:
        """A value as JSON has it, by what its field holds."""
        if value is None:
            return None
        if isinstance(value, list):
            parts = [self._value(described, each) or "" for each in value]
            return self.words.listed(parts) if parts else self.words.text("audit.none")
        if isinstance(value, bool):
            return self.words.text("audit.yes" if value else "audit.no")
        if isinstance(value, dict):
            return self._part(described, value)
        if described is not None and described.kind is Kind.ONE_OF and described.of is not None:
            return self.coded(described.of.__name__, str(value))
        if described is not None and described.kind is Kind.INSTANT:
            return instants.iso(dt.datetime.fromisoformat(str(value)), self._study.tzinfo)
        return self._named(described.name if described is not None else "", str(value))

    def _part(self, described: Described | None, value: dict[str, Any]) -> str:
        if set(value) == {"at", "precision"}:
            return str(value["at"])[:10] if value["precision"] == "day" else str(value["at"])
        shown = [f"{self.field_name(name)} {each}" for name, each in value.items() if each is not None]
        return " ".join(shown) if described is not None else ""

    def _named(self, field: str, text: str) -> str:
        """What the study definition, or our own catalogs, call what a code names."""
        study, zh = self._study, self.words.language == "zh"
        listed: dict[str, Any] = {
            "analyte": study.analytes,
            "criterion": study.criteria,
            "visit": study.visits,
            "site": study.sites,
        }
        if field == "target_type":
            return self.type_name(text)
        found = next((each for each in listed.get(field, ()) if each.id == text), None)
        if found is None:
            return text
        name = found.text.zh if zh else found.text.en
        return f"{text} · {name}" if field in ("criterion", "site") else name


def _listed(event: Event, shown: frozenset[str]) -> LatestEvent:
    """The event as lists have it, with no more of it than they show."""
    return LatestEvent(
        position="",
        commit=0,
        received_at=event.recorded_at,
        subject=event.subject,
        type=event.type,
        source=event.source,
        actor_role=event.actor_role,
        status="accepted",
        reason=None,
        detail=detail_of(event.facts, shown),
    )
