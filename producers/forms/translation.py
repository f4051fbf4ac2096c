"""From a form to a message of the intake: one draft for each fact, in the order of the document. Pure."""

import datetime as dt
import hashlib
from collections.abc import Mapping

import msgspec

from producers.forms.documents import AnyForm, CorrectionForm, EnrolmentForm, FollowupForm
from producers.forms.problems import status_of
from producers.forms.reading import Reading, read
from producers.message import Draft, Message, Refusal, Translate, event_id, numbered_by
from schemas.events import (
    FACTS_BY_TYPE,
    BaselineRecorded,
    ChemotherapyBegun,
    ConsentSigned,
    ContactedAlive,
    CriterionAssessed,
    DemographicsRecorded,
    DiseaseDiagnosed,
    EntryCorrected,
    EntryVoided,
    Facts,
    MarrowAssessed,
    ResponseAssessed,
    ScreeningStarted,
    StudyEnded,
    SubjectDied,
    SubjectEnrolled,
    SubjectLost,
    SubjectWithdrew,
)
from schemas.moments import Moment, Precision
from schemas.study import StudyDefinition

KINDS = ("enrolment", "followup", "correction")

_encoder = msgspec.json.Encoder(decimal_format="string", order="sorted")


def doors(study: StudyDefinition) -> dict[str, Translate]:
    """The translation of each kind of document under its name at the intake, such as "form/enrolment"."""
    return {f"form/{kind}": _translation(kind, study) for kind in KINDS}


def source_of(site: str) -> str:
    """The source of all events from a site's forms; a form's id is unique within it."""
    return f"/form/{site}"


def message_of(reading: Reading, study: StudyDefinition) -> Message:
    """The message that a good form is."""
    form = reading.form
    assert form is not None, "a reading with problems is no message"
    site = _site_of(form, study)
    return Message(
        door="form",
        source=source_of(site),
        identity=form.form_id,
        identity_reusable=False,
        content_digest=hashlib.sha256(_encoder.encode(form)).hexdigest(),
        hospital_number=form.hospital_number,
        subject=form.subject,
        drafts=_drafts(form, reading, study),
        # Only the enrolment form is filled in with the patient's papers at hand, so only it says who is who.
        maps=isinstance(form, EnrolmentForm) and form.hospital_number is not None,
        numbered_by=numbered_by(site, study),
    )


def _site_of(form: AnyForm, study: StudyDefinition) -> str:
    site = study.site(form.site)
    assert site is not None, "a good form names one of the study's sites, or the study has only one"
    return site.id


def _translation(kind: str, study: StudyDefinition) -> Translate:
    def translate(raw: bytes, received_at: dt.datetime) -> Message | Refusal:
        # Milliseconds are the finest precision of the record; the received time may come finer.
        now = received_at.astimezone(study.tzinfo)
        reading = read(raw, kind, study, now.replace(microsecond=now.microsecond // 1000 * 1000))
        if not reading.problems:
            return message_of(reading, study)
        first = reading.problems[0]
        return Refusal(
            problem=first.code.value,
            where=first.where,
            text=f"{len(reading.problems)} problems, the first at {first.where}: {first.code.value}",
            status=status_of(reading.problems),
            details=reading.problems,
            kept=False,
        )

    return translate


def _drafts(form: AnyForm, reading: Reading, study: StudyDefinition) -> tuple[Draft, ...]:
    if isinstance(form, CorrectionForm):
        return (_correction(form, reading),)
    said = _enrolment(form, study) if isinstance(form, EnrolmentForm) else _followup(form, study)
    recorded_at = _recorded_at(reading)
    return tuple(
        Draft(
            facts=facts,
            happened=reading.moments[f"$.{part}.happened"],
            recorded_at=recorded_at,
            actor=form.actor,
            actor_role=form.actor_role.value,
        )
        for part, facts in said
    )


def _enrolment(form: EnrolmentForm, study: StudyDefinition) -> list[tuple[str, Facts]]:
    """Pairs of a part's place and its fact; criteria in the study's order."""
    said: list[tuple[str, Facts]] = []
    if form.screening:
        said.append(("screening", ScreeningStarted(site=_site_of(form, study))))
    background: Mapping[str, tuple[msgspec.Struct | None, type[Facts]]] = {
        "demographics": (form.demographics, DemographicsRecorded),
        "diagnosis": (form.diagnosis, DiseaseDiagnosed),
        "baseline": (form.baseline, BaselineRecorded),
    }
    said += [(name, _same(part, type_)) for name, (part, type_) in background.items() if part is not None]
    answers = form.criteria or {}
    for criterion in study.criteria:
        if answer := answers.get(criterion.id):
            fact = CriterionAssessed(criterion=criterion.id, answer=answer.answer, evidence=answer.evidence)
            said.append((f"criteria.{criterion.id}", fact))
    if form.consent:
        said.append(("consent", _same(form.consent, ConsentSigned)))
    if form.enrolment:
        said.append(("enrolment", SubjectEnrolled(site=_site_of(form, study))))
    if form.chemotherapy:
        said.append(("chemotherapy", _same(form.chemotherapy, ChemotherapyBegun)))
    return said


def _followup(form: FollowupForm, study: StudyDefinition) -> list[tuple[str, Facts]]:
    parts: Mapping[str, tuple[msgspec.Struct | None, type[Facts]]] = {
        "chemotherapy": (form.chemotherapy, ChemotherapyBegun),
        "marrow": (form.marrow, MarrowAssessed),
        "response": (form.response, ResponseAssessed),
        "contact": (form.contact, ContactedAlive),
        "death": (form.death, SubjectDied),
        "withdrawal": (form.withdrawal, SubjectWithdrew),
        "lost": (form.lost, SubjectLost),
        "ended": (form.ended, StudyEnded),
    }
    said: list[tuple[str, Facts]] = []
    for name, (part, type_) in parts.items():
        if part is not None:
            fact = _same(part, type_)
            if isinstance(fact, ResponseAssessed) and fact.marrow is None and said and said[-1][0] == "marrow":
                relied_on = event_id(source_of(_site_of(form, study)), form.form_id, "", len(said) - 1)
                fact = msgspec.structs.replace(fact, marrow=relied_on)
            said.append((name, fact))
    return said


def _same(part: msgspec.Struct, type_: type[Facts]) -> Facts:
    """The fact that has the part's fields; a part has those fields of its fact that the form asks for, and a time."""
    fields = {name: getattr(part, name) for name in type_.__struct_fields__ if name in part.__struct_fields__}
    return type_(**fields)


def _correction(form: CorrectionForm, reading: Reading) -> Draft:
    """Travels on its target's topic. A correction happens when it is written down."""
    facts: EntryCorrected | EntryVoided
    if form.void:
        facts = EntryVoided(target=form.target)
    else:
        facts = EntryCorrected(
            target=form.target,
            target_type=form.target_type,
            replacement=_canonical(form),
            happened=reading.moments.get("$.happened"),
        )
    (topic,) = FACTS_BY_TYPE[form.target_type].TOPICS
    recorded_at = _recorded_at(reading)
    return Draft(
        facts=facts,
        happened=reading.moments.get("$.recorded_at") or Moment(recorded_at, Precision.MILLISECOND),
        recorded_at=recorded_at,
        actor=form.actor,
        actor_role=form.actor_role.value,
        reason=form.reason,
        topic=topic,
    )


def _canonical(form: CorrectionForm) -> dict[str, object]:
    """The replacement in the form in which its type is written, so that it reads back as the same facts everywhere."""
    facts = msgspec.convert(form.replacement, FACTS_BY_TYPE[form.target_type])
    payload: dict[str, object] = msgspec.json.decode(_encoder.encode(facts))
    return payload


def _recorded_at(reading: Reading) -> dt.datetime:
    assert reading.recorded_at is not None
    return reading.recorded_at
