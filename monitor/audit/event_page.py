"""One record: what it says, who said it, when and why, what it changed, what stands of it and on it. Pure."""

from collections.abc import Mapping, Sequence

import msgspec
from markupsafe import Markup

from analytics.numbers import Moved
from monitor import instants
from monitor.audit import addresses, people
from monitor.audit.blinding import Blinding
from monitor.audit.moved_numbers import MovedRow, moved_rows
from monitor.audit.numbers_words import NumberSaid
from monitor.audit.people import Origin
from monitor.audit.saying import Said, Saying, Turned
from monitor.audit.search_page import outcome
from monitor.marks import Marks
from monitor.words import Words
from projections.recorded import Recorded
from projections.seals.reading import SealRow
from schemas.events import EntryCorrected, EntryVoided
from schemas.lineage import Lineage, Version
from schemas.study import StudyDefinition
from schemas.two_times import Told


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """A line of who and when, with the address it leads to, None for none."""

    name: str
    value: str
    address: str | None = None
    code: bool = False


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said of an entry. ``here`` is the one whose page this is."""

    origin: Origin
    verdict: str
    stands: bool
    here: bool


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """``standing`` is a sentence on what stands of it, None for what no subject's state is made of.

    ``seal`` is a sentence, ``proof`` the address of its proof. ``moved`` is None where it was not computed:
    ``compute`` is then the address that computes it.
    """

    title: str
    lead: str
    outcome: str | None
    tone: str
    subject: str | None
    subject_address: str | None
    why: str | None
    why_hidden: bool
    facts: tuple[Said, ...]
    people: tuple[Linked, ...]
    codes: tuple[Linked, ...]
    changes: tuple[Turned, ...]
    standing: str | None
    versions: tuple[VersionRow, ...]
    held: Markup | None
    behind: tuple[NumberSaid, ...]
    moved: tuple[MovedRow, ...] | None
    moved_nothing: str
    compute: str | None
    seal: str
    sealed: bool
    proof: str | None
    zone: str


class OfTheSubject(msgspec.Struct, frozen=True, kw_only=True):
    """What an event of a subject is shown with. ``moved`` is None where it was not computed; ``marks`` are its own."""

    told: Mapping[str, Told]
    lineage: Lineage | None
    version: Version | None
    behind: tuple[NumberSaid, ...]
    moved: Sequence[Moved] | None
    marks: Marks


def event_page(
    one: Recorded,
    around: OfTheSubject | None,
    seal: SealRow | None,
    blinding: Blinding,
    study: StudyDefinition,
    words: Words,
) -> EventPage:
    """``around`` is None for what is no accepted event of a subject's course; ``seal`` for a row not sealed yet."""
    saying, event = Saying(words, study, blinding), one.event
    who = None
    if event is not None:
        who = people.origin(event, one.position, one.commit, one.committed_at, saying, blinding, study)
    changes = [saying.turned(event, *change) for change in one.changes if change[0] != "entry"]
    return EventPage(
        title=words.text("events.unknown") if event is None else saying.headline(event),
        lead=_lead(one, who, words, study),
        outcome=outcome(one, words),
        tone={"accepted": "plain", "duplicate": "soft"}.get(one.status, "wrong"),
        subject=None if event is None else event.subject,
        subject_address=None if event is None else people.subject_link(event.subject),
        why=None if who is None else who.why,
        why_hidden=who is not None and who.why_hidden,
        facts=() if event is None else saying.facts(event.id, event.facts),
        people=tuple(_people(one, saying, study)),
        codes=tuple(_codes(one, words)),
        changes=tuple(changes),
        standing=_standing(around, words),
        versions=() if around is None else _versions(around, saying, blinding, study),
        held=words.rich("audit_event.held") if one.status == "quarantined" else None,
        behind=() if around is None else around.behind,
        moved=None if around is None or around.moved is None else moved_rows(around.moved, around.marks, words),
        moved_nothing=words.text("audit_event.moved_nothing"),
        compute=f"{addresses.event(one.position)}?moved=1" if around is not None and around.moved is None else None,
        seal=_sealed(seal, words, study),
        sealed=seal is not None,
        proof=None if seal is None else f"{addresses.event(one.position)}/proof",
        zone=people.zone(study, words),
    )


def _lead(one: Recorded, who: Origin | None, words: Words, study: StudyDefinition) -> str:
    written = people.to_the_minute(one.committed_at, study)
    if who is None:
        return words.text("audit_event.lead_unreadable", at=written)
    return words.text("audit_event.lead", who=who.who, role=who.role, at=written)


def _people(one: Recorded, saying: Saying, study: StudyDefinition) -> list[Linked]:
    event, words = one.event, saying.words
    rows: list[Linked] = []
    if event is not None:
        rows += [
            Linked(name=words.text("audit_event.actor"), value=f"{event.actor} · {saying.role(event.actor_role)}"),
            Linked(name=words.text("audit_event.source"), value=saying.source(event)),
            Linked(name=words.text("audit_event.happened"), value=str(event.happened)),
            Linked(name=words.text("audit_event.recorded"), value=people.to_the_second(event.recorded_at, study)),
        ]
    rows += [
        Linked(name=words.text("audit_event.received"), value=people.to_the_second(one.received_at, study)),
        Linked(name=words.text("audit_event.written"), value=people.to_the_second(one.committed_at, study)),
    ]
    return rows


def _codes(one: Recorded, words: Words) -> list[Linked]:
    """What names the record for machines, in full."""
    event = one.event
    rows = [Linked(name=words.text("audit_event.place"), value=str(one.position), code=True)]
    rows.append(Linked(name=words.text("audit_event.commit"), value=words.number(one.commit)))
    if event is not None:
        rows += [
            Linked(name=words.text("audit_event.id"), value=event.id, code=True),
            Linked(name=words.text("audit_event.type"), value=event.type, code=True),
            Linked(name=words.text("audit_event.sender"), value=event.source, code=True),
            Linked(name=words.text("audit_event.protocol"), value=event.protocol_version),
        ]
        if event.causation is not None:
            rows.append(Linked(name=words.text("audit_event.causation"), value=event.causation, code=True))
    rows.append(Linked(name=words.text("audit_event.chain"), value=one.chain_hash.hex(), code=True))
    return rows


def _standing(around: OfTheSubject | None, words: Words) -> str | None:
    if around is None or around.version is None:
        return None
    version = around.version
    is_action = version.target is not None
    if version.verdict.value == "in-force":
        if not is_action:
            return words.text("audit_verdict.stands")
        return words.text("audit_verdict.voids" if version.facts is None else "audit_verdict.corrects")
    return words.text(f"audit_verdict.{version.verdict.value}")


def _versions(
    around: OfTheSubject, saying: Saying, blinding: Blinding, study: StudyDefinition
) -> tuple[VersionRow, ...]:
    """All that was said of the entry, in the order of recording; nothing where it was said once."""
    if around.lineage is None or len(around.lineage.versions) < 2:
        return ()
    rows = []
    for version in around.lineage.versions:
        told = around.told[version.id]
        said = people.origin(told.event, told.position, told.commit, told.committed_at, saying, blinding, study)
        rows.append(
            VersionRow(
                origin=msgspec.structs.replace(said, what=_version_said(told, saying)),
                verdict=saying.words.text(f"audit_verdict_short.{version.verdict.value}"),
                stands=version.verdict.value == "in-force",
                here=around.version is not None and version.id == around.version.id,
            )
        )
    return tuple(rows)


def _version_said(told: Told, saying: Saying) -> str:
    """What this version says, without the name of its type, which all versions share."""
    facts = told.event.facts
    if isinstance(facts, EntryVoided):
        return saying.words.text("audit_event.version_voided")
    shown = [each for each in saying.facts(told.event.id, facts) if not each.hidden and each.entry is None]
    if isinstance(facts, EntryCorrected):
        shown = shown[1:] if len(shown) > 1 else shown  # the first says which type is corrected
    said = "，" if saying.words.language == "zh" else ", "
    return said.join(f"{each.name} {each.value}" for each in shown[:4]) or saying.words.text("audit.hidden")


def _sealed(seal: SealRow | None, words: Words, study: StudyDefinition) -> str:
    if seal is None:
        return words.text("audit_event.not_sealed")
    at = instants.iso(seal.sealed_at, study.tzinfo)[:16].replace("T", " ")
    return words.text("audit_event.sealed", n=seal.number, at=at)
