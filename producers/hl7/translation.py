"""The bytes of one message to its facts, or to the answer what is wrong and where. Pure."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from urllib.parse import quote

from producers.hl7.orders import Order, hospital_number_of, orders_of, patient_of
from producers.hl7.problems import Problem, RefusedError
from producers.hl7.results import Sending, draft_of
from producers.hl7.specimens import Specimen, specimen_of
from producers.hl7.wire import Segment, header_of, read_segments
from producers.message import Draft, Message, Refusal, Translate, numbered_by
from schemas.events.lab import SpecimenCollected
from schemas.study import StudyDefinition

VERSIONS = frozenset({"2.3.1", "2.5.1"})
_NAME_MAX = 60


def translation(study: StudyDefinition) -> Translate:
    """The door's translation for this study."""

    def translate(raw: bytes, received_at: dt.datetime) -> Message | Refusal:
        try:
            return _message(raw, study, received_at)
        except RefusedError as refused:
            return refused.refusal()

    return translate


def _message(raw: bytes, study: StudyDefinition, received_at: dt.datetime) -> Message:
    # First whether this kind of message is taken at all: that answer (AR) must not depend on its content.
    _demand_kind(header_of(raw))
    segments = read_segments(raw)
    header = segments[0]
    control_id = header.demand(10)
    source = _source(header)
    site = _site(header, study)
    patient = patient_of(segments)
    number = hospital_number_of(patient)
    drafts = [draft for order in orders_of(segments) for draft in _drafts(order, study, source, header, received_at)]
    return Message(
        door="hl7",
        source=source,
        identity="\x1f".join((header.raw(3), header.raw(4), control_id)),
        identity_reusable=True,
        content_digest=content_digest(segments),
        hospital_number=number,
        subject=None,
        drafts=tuple(drafts),
        numbered_by=numbered_by(site, study),
    )


def content_digest(segments: Sequence[Segment]) -> str:
    """SHA-256 over all that the message says but MSH-7, which changes when it is sent again."""
    hashed = hashlib.sha256()
    for segment in segments:
        fields = list(segment.fields)
        if segment.name == "MSH" and len(fields) > 7:
            fields[7] = ""
        hashed.update("\x1f".join(fields).encode() + b"\r")
    return hashed.hexdigest()


def _demand_kind(header: Segment) -> None:
    """Type, version and processing id, each as HL7 v2 demands them to be checked: a no here is AR."""
    kind, trigger = header.component(9, 1), header.component(9, 2)
    if not kind:
        raise RefusedError(Problem.FIELD_MISSING, header.place(9))
    if (kind, trigger) != ("ORU", "R01"):
        raise RefusedError(Problem.TYPE, header.place(9))
    if header.component(12) not in VERSIONS:
        raise RefusedError(Problem.VERSION, header.place(12))
    if header.component(11) != "P":
        raise RefusedError(Problem.PROCESSING_ID, header.place(11))


def _site(header: Segment, study: StudyDefinition) -> str:
    """The site whose patients the message's numbers name: the sending facility, where the study has several sites."""
    site = study.site(header.component(4))
    if site is None:
        raise RefusedError(Problem.FACILITY, header.place(4))
    return site.id


def _source(header: Segment) -> str:
    """The CloudEvents source: sending application and facility.

    >>> _source(header_of(b"MSH|^~\\\\&|LIS A|SITE-1"))
    '/hl7/LIS%20A/SITE-1'
    """
    names = [quote(header.component(field) or "-", safe="")[:_NAME_MAX] for field in (3, 4)]
    return "/hl7/" + "/".join(names)


def _drafts(
    order: Order, study: StudyDefinition, source: str, header: Segment, received_at: dt.datetime
) -> list[Draft]:
    specimen = specimen_of(order, study.tzinfo, received_at)
    sending = Sending(
        study=study,
        source=source,
        sender=header.component(3)[:_NAME_MAX] or "-",
        received_at=received_at,
        request=order.request,
        order=order.request.component(3) or order.request.component(2),
        specimen=specimen,
    )
    results = [draft for result in order.results if (draft := draft_of(result, sending)) is not None]
    return ([collected] if results and (collected := _collected(specimen, sending)) else []) + results


def _collected(specimen: Specimen, sending: Sending) -> Draft | None:
    """That the specimen was taken; None where the message does not say which, or when.

    All results of a specimen say so, in any number of messages. So this draft is named by its content alone, and the
    same collection is one event; for that it is recorded when it happened, whatever message speaks of it.
    """
    if not specimen.described or specimen.accession is None or specimen.at is None:
        return None
    return Draft(
        facts=SpecimenCollected(specimen=specimen.accession, matrix=specimen.matrix),
        happened=specimen.at,
        recorded_at=specimen.at.at,
        actor=sending.sender,
        actor_role="device",
        named_by_content=True,
    )
