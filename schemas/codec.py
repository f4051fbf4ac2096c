"""Bytes to event and back. ``decode(encode(event)) == event``; what cannot be decoded is an outcome, never a crash.

What is decoded is always of the newest version: an old one is upcast, and so is the replacement in a correction that
was written when its target's type had another version.
"""

import hashlib
import re
from types import MappingProxyType
from typing import Any

import msgspec

from schemas.decimals import without_number
from schemas.envelope import Envelope, schema_name
from schemas.events import FACTS_BY_TYPE, EntryCorrected, EntryVoided, Facts
from schemas.events.event import Event
from schemas.moments import Moment, has_utc, is_well_formed
from schemas.outcomes import Reason, Undecodable
from schemas.upcasts import UPCASTS

_envelope_decoder = msgspec.json.Decoder(Envelope)
_facts_decoders: MappingProxyType[str, msgspec.json.Decoder[Facts]] = MappingProxyType(
    {type_: msgspec.json.Decoder(facts) for type_, facts in FACTS_BY_TYPE.items()}
)
_encoder = msgspec.json.Encoder(decimal_format="string")
_PATH = re.compile(r"`(\$[A-Za-z0-9_.\[\]]*)`")


def encode(event: Event) -> bytes:
    """The event as structured CloudEvents JSON; the same event gives the same bytes."""
    return _encoder.encode(
        Envelope(
            specversion="1.0",
            id=event.id,
            source=event.source,
            type=event.type,
            time=event.happened.at,
            timeprecision=event.happened.precision,
            recordedtime=event.recorded_at,
            actor=event.actor,
            actorrole=event.actor_role,
            protocolversion=event.protocol_version,
            datacontenttype="application/json",
            dataschema=schema_name(event.type),
            data=msgspec.Raw(encode_facts(event.facts)),
            subject=event.subject,
            reason=event.reason,
            causation=event.causation,
            traceparent=event.traceparent,
        )
    )


def encode_facts(facts: Facts) -> bytes:
    """The payload alone, fields in the order of their definition."""
    return _encoder.encode(facts)


def decode_facts(event_type: str, payload: bytes) -> Facts:
    """The payload of a known type, brought to the newest version. Raises KeyError and what msgspec raises."""
    if (upcast := UPCASTS.get(event_type)) is not None:
        return upcast(payload)[1]
    return _facts_decoders[event_type].decode(payload)


def decode(value: bytes | None) -> Event | Undecodable:
    """The event in the newest version of its type, or why the bytes are none."""
    if not value:
        return Undecodable(reason=Reason.EMPTY)
    try:
        return _decoded(value)
    except RecursionError:
        # Nested deeper than any document of ours; no part of it is worth another look.
        return Undecodable(reason=Reason.NOT_JSON)


def _decoded(value: bytes) -> Event | Undecodable:
    try:
        envelope = _envelope_decoder.decode(value)
    except msgspec.ValidationError as error:
        return Undecodable(reason=Reason.ENVELOPE, where=_path(error))
    except msgspec.DecodeError:
        return Undecodable(reason=Reason.NOT_JSON)
    except UnicodeDecodeError:
        return Undecodable(reason=Reason.NOT_UTF8)
    return _checked(_opened(envelope), value)


def facts_digest(event: Event) -> str:
    """SHA-256 over everything that the event says; two sendings of one event have the same, whatever their trace."""
    untraced = event if event.traceparent is None else msgspec.structs.replace(event, traceparent=None)
    return hashlib.sha256(encode(untraced)).hexdigest()


def _opened(envelope: Envelope) -> Event | Undecodable:
    type_, payload = envelope.type, bytes(envelope.data)
    if envelope.dataschema != schema_name(type_):
        return Undecodable(reason=Reason.ENVELOPE, where="$.dataschema")
    if type_ not in _facts_decoders and type_ not in UPCASTS:
        return Undecodable(reason=Reason.UNKNOWN_TYPE, where="$.type")
    try:
        facts = decode_facts(type_, payload)
    except msgspec.ValidationError as error:
        return Undecodable(reason=Reason.MALFORMED_FACTS, where="$.data" + _path(error)[1:])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Undecodable(reason=Reason.MALFORMED_FACTS, where="$.data")
    return Event(
        id=envelope.id,
        source=envelope.source,
        subject=envelope.subject,
        happened=Moment(envelope.time, envelope.timeprecision),
        recorded_at=envelope.recordedtime,
        actor=envelope.actor,
        actor_role=envelope.actorrole,
        protocol_version=envelope.protocolversion,
        facts=facts,
        reason=envelope.reason,
        causation=envelope.causation,
        traceparent=envelope.traceparent,
    )


def _checked(event: Event | Undecodable, value: bytes) -> Event | Undecodable:
    """What the types alone cannot say."""
    if isinstance(event, Undecodable):
        return event
    if b"\\u0000" in value and _holds_nul(msgspec.json.decode(value)):
        return Undecodable(reason=Reason.NUL_CHARACTER)
    if not is_well_formed(event.happened):
        return Undecodable(reason=Reason.TIME, where="$.time")
    if not has_utc(event.recorded_at):
        return Undecodable(reason=Reason.TIME, where="$.recordedtime")
    if (field := without_number(event.facts)) is not None:
        return Undecodable(reason=Reason.MALFORMED_FACTS, where=f"$.data.{field}")
    if isinstance(event.facts, EntryCorrected | EntryVoided) and event.reason is None:
        return Undecodable(reason=Reason.REASON_MISSING, where="$.reason")
    if isinstance(event.facts, EntryCorrected):
        return _replacement_checked(event, event.facts)
    return event


def _replacement_checked(event: Event, correction: EntryCorrected) -> Event | Undecodable:
    if correction.happened is not None and not is_well_formed(correction.happened):
        return Undecodable(reason=Reason.TIME, where="$.data.happened")
    facts = FACTS_BY_TYPE.get(correction.target_type)
    if facts in (EntryCorrected, EntryVoided) or (facts is None and correction.target_type not in UPCASTS):
        return Undecodable(reason=Reason.UNKNOWN_TYPE, where="$.data.target_type")
    try:
        new = replacement(correction)
    except msgspec.ValidationError as error:
        return Undecodable(reason=Reason.MALFORMED_FACTS, where="$.data.replacement" + _path(error)[1:])
    if (field := without_number(new)) is not None:
        return Undecodable(reason=Reason.MALFORMED_FACTS, where=f"$.data.replacement.{field}")
    return event if facts is not None else _said_of_the_newest(event, correction, new)


def _said_of_the_newest(event: Event, correction: EntryCorrected, new: Facts) -> Event:
    """A correction of an old version's entry, as it would be written today: settlement knows only newest types."""
    today = msgspec.structs.replace(
        correction, target_type=new.TYPE, replacement=msgspec.json.decode(encode_facts(new))
    )
    return msgspec.structs.replace(event, facts=today)


def replacement(correction: EntryCorrected) -> Facts:
    """The facts that a correction puts in the place of its target's. Raises msgspec.ValidationError."""
    return decode_facts(correction.target_type, _encoder.encode(correction.replacement))


def _path(error: msgspec.ValidationError) -> str:
    """The place that msgspec names, without the value that it may quote."""
    found = _PATH.search(str(error))
    return found.group(1) if found else "$"


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(item) for pair in value.items() for item in pair)
    if isinstance(value, list):
        return any(_holds_nul(item) for item in value)
    return False
