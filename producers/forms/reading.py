"""From the bytes of a document to a form, or to everything that is wrong with it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import inspect

from producers.forms.documents import ABOUT_ITSELF, FORMS, AnyForm
from producers.forms.examination import Walk, described
from producers.forms.problems import Code, Problem
from schemas.events import FACTS_BY_TYPE
from schemas.events.corrections import SUBJECT_TOPICS, EntryCorrected, EntryVoided
from schemas.moments import Moment
from schemas.study import StudyDefinition

CORRECTABLE: MappingProxyType[str, inspect.Type] = MappingProxyType(
    {
        type_: described(facts)
        for type_, facts in FACTS_BY_TYPE.items()
        if facts.TOPICS & SUBJECT_TOPICS and facts not in (EntryCorrected, EntryVoided)
    }
)
"""Every type of fact that a correction form can speak of, as the walk reads it."""

_TYPES = {kind: described(form) for kind, form in FORMS.items()}
# Numbers are read as they are written: 4.10 stays 4.10, and is never a binary fraction.
_decoder = msgspec.json.Decoder(Any, float_hook=Decimal)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A good form with its times by JSON path; or, where ``problems`` is not empty, no form."""

    form: AnyForm | None = None
    moments: Mapping[str, Moment] = {}
    recorded_at: dt.datetime | None = None
    problems: tuple[Problem, ...] = ()


def read(raw: bytes, kind: str, study: StudyDefinition, now: dt.datetime) -> Reading:
    """Reads a document of a kind ("enrolment", "followup", "correction"). ``now`` is the door's clock."""
    document = _decoded(raw)
    if isinstance(document, Code):
        return Reading(problems=(Problem(code=document),))
    if not isinstance(document, Mapping):
        return Reading(problems=(Problem(code=Code.NOT_AN_OBJECT),))
    return examined(document, kind, study, now)


def examined(document: Mapping[str, Any], kind: str, study: StudyDefinition, now: dt.datetime) -> Reading:
    """The form in a decoded document, or all of its problems in the order of the document's fields."""
    number = document.get("hospital_number")
    walk = Walk(study.tzinfo, now, number if isinstance(number, str) else None)
    walk.examine(document, _TYPES[kind], "$")
    for problem in _across_fields(document, kind, study, walk):
        walk.problems.append(problem)
    if walk.problems:
        return Reading(problems=tuple(walk.problems))
    form = msgspec.convert(document, FORMS[kind])
    recorded = walk.moments.get("$.recorded_at")
    return Reading(form=form, moments=walk.moments, recorded_at=now if recorded is None else recorded.at)


def _decoded(raw: bytes) -> Any:
    """The JSON value, or the code of what is wrong with the whole."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return Code.NOT_UTF8
    if "\0" in text:
        return Code.NUL
    try:
        value = _decoder.decode(text)
        # Only an escape can still bring a NUL in; few documents hold one, so only those are searched.
        return Code.NUL if "\\u0000" in text and _holds_nul(value) else value
    except (msgspec.DecodeError, ValueError):
        return Code.NOT_JSON
    except RecursionError:
        return Code.TOO_DEEP


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_holds_nul(item) for pair in value.items() for item in pair)
    return isinstance(value, list) and any(_holds_nul(item) for item in value)


def _across_fields(document: Mapping[str, Any], kind: str, study: StudyDefinition, walk: Walk) -> Iterator[Problem]:
    yield from _site(document.get("site"), study)
    if document.get("hospital_number") is None and document.get("subject") is None:
        yield Problem(code=Code.NOBODY_NAMED, where="$.subject")
    yield from _before_it_happened(walk)
    if kind == "correction":
        yield from _correction(document, walk)
    elif not any(document.get(name) is not None for name in _TYPE_FIELDS[kind]):
        yield Problem(code=Code.NOTHING_SAID)
    criteria = document.get("criteria")
    if kind == "enrolment" and isinstance(criteria, Mapping):
        known = tuple(criterion.id for criterion in study.criteria)
        if any(key not in known for key in criteria):
            yield Problem(code=Code.UNKNOWN_CRITERION, where="$.criteria", allowed=known)


def _site(named: Any, study: StudyDefinition) -> Iterator[Problem]:
    """Only a study with one site knows by itself where a form was filled in."""
    known = tuple(site.id for site in study.sites)
    if named is None and len(known) > 1:
        yield Problem(code=Code.SITE_MISSING, where="$.site", allowed=known)
    elif isinstance(named, str) and named not in known:
        yield Problem(code=Code.NOT_ONE_OF, where="$.site", allowed=known)


_TYPE_FIELDS = {
    kind: tuple(name for name in form.__struct_fields__ if name not in ABOUT_ITSELF) for kind, form in FORMS.items()
}


def _before_it_happened(walk: Walk) -> Iterator[Problem]:
    """Nothing is written down before the day on which it happened."""
    recorded = walk.moments.get("$.recorded_at")
    if recorded is not None:
        for where, moment in walk.moments.items():
            if moment.on > recorded.on:
                yield Problem(code=Code.BEFORE_IT_HAPPENED, where=where)


def _correction(document: Mapping[str, Any], walk: Walk) -> Iterator[Problem]:
    """Either a whole replacement of the target's type, or a void; a void has no time of its own target to change."""
    type_ = document.get("target_type")
    if isinstance(type_, str) and type_ not in CORRECTABLE:
        yield Problem(code=Code.NOT_A_FACT, where="$.target_type", allowed=tuple(CORRECTABLE))
    replacement, void = document.get("replacement"), document.get("void", False)
    if (replacement is None) is not (void is True) or (void is True and document.get("happened") is not None):
        yield Problem(code=Code.REPLACEMENT_OR_VOID, where="$.replacement")
    elif isinstance(replacement, Mapping) and isinstance(type_, str) and type_ in CORRECTABLE:
        walk.examine(replacement, CORRECTABLE[type_], "$.replacement")
