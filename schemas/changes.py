"""What one event changed, field by field: what the audit trail stores, and what `schemas.explanation` gives.

Each change is [field, old, new]; None is "nothing".

==========================  =======================================================================================
``entry``                   the entry that the event brought, as it stands at once: its whole payload, or nothing
``<entry id>``              another entry that came into force or went out of it: its whole payload and nothing
``<entry id>.<field>``      one field of another entry that stands with other facts; ``happened`` for its time
``<entry id>.contested``    whether two corrections speak of that entry
``held``                    how many corrections and voids of this subject wait for what they speak of
``status``                  the subject's status, with the day from which it holds
``screened`` and so on      a milestone: the day, and what it says where it says more
``criteria.<criterion>``    the answer that holds
==========================  =======================================================================================
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from schemas.codec import encode_facts
from schemas.events import SubjectFacts
from schemas.milestones import ConsentMark, Mark, Milestones, ResponseMark
from schemas.settlement import Entry
from schemas.status import StatusSince
from schemas.subject import Change

Field = tuple[str, Any, Any]

_encoder = msgspec.json.Encoder(decimal_format="string")
_MARKS = (
    "screened",
    "consent_withdrawn",
    "diagnosed",
    "enrolled",
    "enrolment_undone",
    "treated",
    "next_line",
    "transplanted",
    "alive",
    "died",
    "left",
    "withdrew",
    "lost",
    "ended",
)


def encode_changes(changes: list[Field]) -> bytes:
    """The JSON that the audit trail stores."""
    return _encoder.encode(changes)


def entry_brought(payload: bytes | None) -> Field:
    """What an event says of the entry that it brings; None where the entry is out of force at once."""
    return ("entry", None, None if payload is None else msgspec.Raw(payload))


def entries_changed(event_id: str, change: Change) -> Iterator[Field]:
    """What the event ``event_id`` did to the entries of its cluster."""
    was = {entry.id: entry for entry in change.before}
    for entry in change.after:
        old = was.get(entry.id)
        if old is None and entry.id == event_id:
            yield entry_brought(None if entry.facts is None else encode_facts(entry.facts))
        elif old is not None and old != entry:
            yield from _fields_changed(old, entry)


def entry_changed(old: Entry | None, new: Entry | None) -> Iterator[Field]:
    """How one entry stands otherwise; None where it is not there. What is out of force is as good as not there."""
    standing = [each for each in (old, new) if each is not None and each.facts is not None]
    if old is not None and new is not None and len(standing) == 2:
        yield from _fields_changed(old, new)
    elif standing:
        there = standing[0]
        payload = _payload(there.facts)
        yield (there.id, payload, None) if there is old else (there.id, None, payload)


def milestones_changed(old: Milestones, new: Milestones) -> Iterator[Field]:
    """Which milestones say something else than before."""
    for name in _MARKS:
        before, after = _day(getattr(old, name)), _day(getattr(new, name))
        if before != after:
            yield (name, before, after)
    if old.criteria != new.criteria:
        for criterion in sorted({*old.criteria, *new.criteria}):
            was, now = old.criteria.get(criterion), new.criteria.get(criterion)
            if (was and was.answer) != (now and now.answer):
                yield (f"criteria.{criterion}", was and was.answer.value, now and now.answer.value)
    if _consent(old.consent) != _consent(new.consent):
        yield ("consent", _consent(old.consent), _consent(new.consent))
    for name, said in (("demographics", _demographics), ("performance", _performance), ("surgeries", _surgeries)):
        if said(old) != said(new):
            yield (name, said(old), said(new))
    if _last_response(old) != _last_response(new):
        yield ("response", _last_response(old), _last_response(new))


def status_changed(old: StatusSince | None, new: StatusSince | None) -> Iterator[Field]:
    before, after = _status(old), _status(new)
    if before != after:
        yield ("status", before, after)


def _fields_changed(old: Entry, new: Entry) -> Iterator[Field]:
    if old.facts is None or new.facts is None:
        if old.facts is not new.facts:
            yield (new.id, _payload(old.facts), _payload(new.facts))
    elif old.facts != new.facts:
        before, after = msgspec.json.decode(encode_facts(old.facts)), msgspec.json.decode(encode_facts(new.facts))
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                yield (f"{new.id}.{name}", before.get(name), after.get(name))
    if str(old.happened) != str(new.happened):
        yield (f"{new.id}.happened", str(old.happened), str(new.happened))
    if old.contested != new.contested:
        yield (f"{new.id}.contested", old.contested, new.contested)


def _payload(facts: SubjectFacts | None) -> msgspec.Raw | None:
    return None if facts is None else msgspec.Raw(encode_facts(facts))


def _day(mark: Mark | None) -> str | None:
    return None if mark is None else mark.on.isoformat()


def _consent(consent: ConsentMark | None) -> str | None:
    if consent is None:
        return None
    signed = [who for who, did in (("subject", consent.signed_by_subject), ("family", consent.signed_by_family)) if did]
    return f"{consent.mark.on.isoformat()} form {consent.form_version} signed by {' and '.join(signed) or 'nobody'}"


def _demographics(milestones: Milestones) -> str | None:
    known = milestones.demographics
    return None if known is None else f"born {known.year_of_birth}, {known.sex.value if known.sex else 'sex not noted'}"


def _performance(milestones: Milestones) -> int | None:
    return None if milestones.performance is None else milestones.performance.status


def _surgeries(milestones: Milestones) -> str | None:
    if milestones.surgeries is None:
        return None
    return ", ".join(on.isoformat() for on in milestones.surgeries.on) or "none"


def _last_response(milestones: Milestones) -> str | None:
    if not milestones.responses_last:
        return None
    last: ResponseMark = milestones.responses_last[-1]
    return f"{last.mark.on.isoformat()} {last.category.value}"


def _status(status: StatusSince | None) -> str | None:
    return None if status is None else f"{status.status.value} since {status.since.on.isoformat()}"
