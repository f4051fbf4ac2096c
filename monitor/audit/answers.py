"""Answers what the audit's addresses ask for: reads, records the access, lays out. The shell around the pages."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
import psycopg

from analytics.contributions import contributors, numbers_resting_on
from analytics.numbers import numbers_of
from analytics.plans.plan import Plan
from analytics.prespecified import Prespecified
from analytics.snapshot import encode_snapshot
from eventlog.errors import LogError
from monitor import rendering
from monitor.audit import (
    addresses,
    asking,
    comparing,
    event_page,
    numbers_page,
    numbers_words,
    search_page,
    subject_page,
    verification_page,
)
from monitor.audit.numbers_words import NumberSaid
from monitor.audit.reader import (
    ROWS_COMPUTED_AT_ONCE_MAX,
    AuditReader,
    Connection,
    blinding_for,
    counted,
    first_seal_over,
    record,
)
from monitor.audit.taking_away import Export
from monitor.marks import Marks, marks_by
from monitor.words import Language, Words
from projections import reading, searching
from projections.knowledge import known_at_head
from projections.recorded import Recorded, position_of, positions_of, recorded_at, standing
from projections.seals.reading import seal_keys, seals
from projections.verifying.carried_on import ChainSeen
from schemas.events import OversightFacts
from schemas.events.access import AccessFacts, SubjectRead, Via
from schemas.knowledge import SubjectAsOf, subject_at
from schemas.lineage import lineages_of
from schemas.study import StudyDefinition
from schemas.two_times import KnownAt, Told


class Record(Protocol):
    """Records an access in the log. Raises LogError where that cannot be done: then nothing may be shown."""

    def __call__(self, facts: AccessFacts, *, place: str, subject: str | None = None) -> object: ...


class NotThere(Exception):
    """There is nothing at this address; ``key`` is the text that says what, and what to do next."""

    def __init__(self, key: str, status: int = 404, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.status = status
        self.values = values


class Refused(Exception):
    """The access cannot be recorded, so nothing is shown."""


class Made(msgspec.Struct, frozen=True):
    """A page and its status."""

    html: str
    status: int = 200


class Audit:
    """What the audit's pages need.

    ``connect`` opens a connection as the role that may only read. ``record`` is None where no access can be recorded:
    then no subject's record is shown. ``cutoff_on`` is the explicit data cutoff of the statistics. ``verified`` gives
    what the last verification of the chain came to, None where there was none. ``sees_everything`` says that whoever
    reads these pages may take away what they hide; ``export`` writes the archive, None where there is none to give.
    ``plan`` is the study's analysis plan, None for a study without one: then every number but those of conduct is
    exploratory, and the pages say so.
    """

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection],
        study: StudyDefinition,
        *,
        record: Record | None = None,
        cutoff_on: dt.date | None = None,
        verified: Callable[[], ChainSeen | None] | None = None,
        sees_everything: bool = False,
        export: Export | None = None,
        forms: bool = True,
        plan: Plan | None = None,
    ) -> None:
        self.study = study
        self.sees_everything = sees_everything
        self.export = export
        self.prespecified = Prespecified(plan, study.endpoints)
        self.reader = AuditReader(connect, study, cutoff_on)
        self._record = record
        self._verified = verified
        self._forms = forms

    def search(self, query: Mapping[str, str], language: Language) -> Made:
        """A search that names a subject is a reading of its record; one that does not shows what the overview does."""
        words = Words(language)
        asked = asking.asked(query, self.study)
        if asked.wanted.subject is not None and not asked.problems:
            self.recorded("search", asked.wanted.subject)
        with self.reader.view() as connection:
            page = searching.Page(rows=(), older=None)
            if asked.before is not None and record(connection, asked.before) is None:
                raise NotThere("audit_missing.place", place=str(asked.before))
            if not asked.problems:
                page = searching.search(connection, asked.wanted, before=asked.before, most=search_page.ROWS)
            blinding = blinding_for(connection, self.study, [each.event for each in page.rows if each.event])
            made = search_page.search_page(
                asked, page, searching.actors(connection), self._subjects(connection), blinding, self.study, words
            )
        html = self.page("audit/search.html", words, asked=asked.given, page=made, here=addresses.SEARCH)
        return Made(html, 400 if asked.problems else 200)

    def subject(self, subject: str, language: Language) -> Made:
        words = Words(language)
        with self.reader.view() as connection:
            as_of = self._known(connection, subject)
            self.recorded("subject", subject, as_of.known_at)
            blinding = blinding_for(connection, self.study, [each.event for each in self._told(connection, subject)])
            made = subject_page.subject_page(
                as_of, self._counted(connection, subject, words), blinding, self.study, words
            )
        return Made(self.page("audit/subject.html", words, page=made, here=addresses.SUBJECTS))

    def event(self, topic: str, partition: str, offset: str, language: Language, *, compute: bool) -> Made:
        """``compute`` asks for what a correction moved also where that takes long."""
        words = Words(language)
        with self.reader.view() as connection:
            one = self.found(connection, topic, partition, offset)
            subject = None if one.event is None else one.event.subject
            if subject is not None:
                self.recorded("event", subject)
            told = [] if subject is None else self._told(connection, subject)
            known = [each.event for each in told] if told else [one.event] if one.event else []
            blinding = blinding_for(connection, self.study, known)
            around = self._around(connection, one, told, words, compute=compute)
            seal = first_seal_over(connection, one.commit)
            made = event_page.event_page(one, around, seal, blinding, self.study, words)
        return Made(self.page("audit/event.html", words, page=made, here=""))

    def address_of_entry(self, event_id: str) -> str:
        """The address of the event of this id. Raises NotThere."""
        position = None
        if asking.is_text(event_id):
            with self.reader.view() as connection:
                position = position_of(connection, event_id)
        if position is None:
            raise NotThere("audit_missing.event")
        return addresses.event(position)

    def compare(self, query: Mapping[str, str], language: Language) -> Made:
        words = Words(language)
        asked = comparing.asked(query, self.study)
        with self.reader.view() as connection:
            made = comparing.compared(connection, self, asked, words)
        html = self.page("audit/compare.html", words, asked=asked.given, page=made, here=addresses.COMPARISON)
        return Made(html, 400 if made.problems else 200)

    def numbers(self, language: Language) -> Made:
        words = Words(language)
        with self.reader.view() as connection:
            now = self.reader.study_now(connection)
        named = numbers_of(encode_snapshot(now.snapshot))
        made = numbers_page.numbers_page(
            named, words.date(now.cutoff_on), now.known_at.commit, self.marks(words), words
        )
        return Made(self.page("audit/numbers.html", words, page=made, here=addresses.NUMBERS))

    def number(self, name: str, language: Language) -> Made:
        words = Words(language)
        with self.reader.view() as connection:
            now = self.reader.study_now(connection)
            named = numbers_of(encode_snapshot(now.snapshot))
            if name not in named or not numbers_page.is_of_subjects(name):
                raise NotThere("audit_missing.number")
            self.recorded("number", None)
            behind = contributors(name, now, self.study)
            entries = _standing(connection, {id_ for each in behind for id_ in each.entries})
            events = [one.event for each in entries.values() for one in (each.entry, each.by) if one and one.event]
            said = NumberSaid(
                name=name,
                title=numbers_words.title(name, words),
                value=numbers_words.said(name, named[name], words),
                mark=self.marks(words).of(name),
            )
            made = numbers_page.number_page(
                said,
                behind,
                entries,
                words.date(now.cutoff_on),
                now.known_at.commit,
                blinding_for(connection, self.study, events),
                self.study,
                words,
            )
        return Made(self.page("audit/number.html", words, page=made, here=addresses.NUMBERS))

    def marks(self, words: Words) -> Marks:
        """The marks beside exploratory numbers."""
        return marks_by(self.prespecified, words)

    def verification(self, language: Language) -> Made:
        words = Words(language)
        verified = self._verified() if self._verified is not None else None
        with self.reader.view() as connection:
            made = verification_page.verification_page(
                verified,
                counted(connection).rows,
                seals(connection),
                seal_keys(connection),
                self.export is not None and self.sees_everything,
                self.study,
                words,
            )
        return Made(self.page("audit/verification.html", words, page=made, here=addresses.VERIFICATION))

    def found(self, connection: Connection, topic: str, partition: str, offset: str) -> Recorded:
        """The record at a place. Raises NotThere: 400 for what is no place, 404 where nothing lies there."""
        position = addresses.position_in_path(topic, partition, offset)
        if position is None:
            raise NotThere("audit_missing.no_place", 400)
        found = record(connection, position)
        if found is None:
            raise NotThere("audit_missing.place", place=str(position))
        return found

    def recorded(
        self, view: str, subject: str | None, known_at: KnownAt | None = None, beside: KnownAt | None = None
    ) -> None:
        """Records that a subject's record, or those of several, are read on a page. Raises Refused."""
        read = SubjectRead(
            via=Via.PAGE,
            view=f"audit-{view}",
            known_at=None if known_at is None else known_at.commit,
            compared_with=None if beside is None else beside.commit,
        )
        self.record(read, view, subject)

    def record(self, facts: AccessFacts, view: str, subject: str | None) -> None:
        """Raises Refused."""
        if self._record is None:
            raise Refused
        try:
            self._record(facts, place=f"/page/audit/{view}", subject=subject)
        except LogError as error:
            raise Refused from error

    def missing(self, missing: NotThere, language: Language) -> str:
        words = Words(language)
        said = words.rich(missing.key, **missing.values)
        return self.page("audit/missing.html", words, title=said, next_step=words.text("audit_missing.next"), here="")

    def refused(self, _refused: Refused, language: Language) -> str:
        words = Words(language)
        said, step = words.text("audit_missing.not_recorded"), words.text("audit_missing.not_recorded_next")
        return self.page("audit/missing.html", words, title=said, next_step=step, here="")

    def message(self, key: str, language: Language) -> str:
        words = Words(language)
        return self.page(
            "audit/missing.html", words, title=words.rich(key), next_step=words.text("audit_missing.next"), here=""
        )

    def not_there(self, key: str) -> NotThere:
        return NotThere(key)

    def page(
        self, template: str, words: Words, *, here: str, asked: Mapping[str, str] | None = None, **context: Any
    ) -> str:
        doors = [
            (address, words.text(key), address == here)
            for address, key in (
                (addresses.SEARCH, "audit.search"),
                (addresses.NUMBERS, "audit.numbers"),
                (addresses.COMPARISON, "audit.compare"),
                (addresses.VERIFICATION, "audit.verification"),
            )
        ]
        return rendering.page(
            template,
            addresses.SEARCH,
            self.study,
            words,
            self._forms,
            asked=asked,
            doors=doors,
            all_of_it=self.marks(words).all_of_it,
            **context,
        )

    def _subjects(self, connection: Connection) -> list[str]:
        return [row.subject for row in reading.subjects(connection)]

    def _told(self, connection: Connection, subject: str) -> list[Told]:
        return self.reader.told(connection, subject)

    def _known(self, connection: Connection, subject: str) -> SubjectAsOf:
        """The subject as everything is known now. Raises NotThere: 400 for what is no id, 404 for one of nobody."""
        if not asking.is_subject(subject):
            raise NotThere("audit_missing.no_subject", 400)
        told = self._told(connection, subject)
        if not told:
            raise NotThere("audit_missing.subject", subject=subject)
        return subject_at(subject, told, self.study, known_at_head(connection))

    def _around(
        self, connection: Connection, one: Recorded, told: list[Told], words: Words, *, compute: bool
    ) -> event_page.OfTheSubject | None:
        event = one.event
        if event is None or not told or one.status != "accepted" or isinstance(event.facts, OversightFacts):
            return None
        known = {each.event.id: each for each in told}
        lineages = lineages_of(each.event for each in told if not isinstance(each.event.facts, OversightFacts))
        lineage = next((each for each in lineages.entries if any(v.id == event.id for v in each.versions)), None)
        version = next((each for each in lineages.versions() if each.id == event.id), None)
        at_once = compute or counted(connection).rows <= ROWS_COMPUTED_AT_ONCE_MAX
        return event_page.OfTheSubject(
            told=known,
            lineage=lineage,
            version=version,
            behind=self._resting_on(connection, event.subject or "", lineage.entry.id if lineage else event.id, words),
            moved=self.reader.moved_by(connection, event.id).numbers if at_once else None,
            marks=self.marks(words),
        )

    def _resting_on(self, connection: Connection, subject: str, entry: str, words: Words) -> tuple[NumberSaid, ...]:
        now = self.reader.subject_now(connection, subject)
        named, marks = numbers_of(encode_snapshot(now.snapshot)), self.marks(words)
        return tuple(
            NumberSaid(
                name=name,
                title=numbers_words.title(name, words),
                value=numbers_words.said(name, named[name], words),
                mark=marks.of(name),
            )
            for name in numbers_resting_on(subject, frozenset({entry}), now, self.study)
            if numbers_page.is_listed(name)
        )

    def _counted(self, connection: Connection, subject: str, words: Words) -> tuple[NumberSaid, ...]:
        """How the subject counts in the main numbers."""
        now = self.reader.subject_now(connection, subject)
        said = []
        for name in numbers_page.MAIN:
            found = next((each for each in contributors(name, now, self.study) if each.subject == subject), None)
            if found is not None:
                panel = words.text(f"tables.{name.partition('.')[0]}")
                said.append(NumberSaid(name=name, title=panel, value=numbers_words.counts_as(found.counts_as, words)))
        return tuple(said)


def _standing(connection: Connection, event_ids: set[str]) -> dict[str, numbers_page.Stands]:
    """By id, each of these entries with the facts that it has now, and the event by which it has them."""
    now = standing(connection, event_ids)
    by_ids = {entry.by for entry in now.values() if entry.by is not None}
    places = positions_of(connection, {*event_ids, *by_ids})
    found = {each.event.id: each for each in recorded_at(connection, places.values()) if each.event is not None}
    entries = {}
    for id_, entry in now.items():
        one = found[id_]
        assert one.event is not None
        assert entry.facts is not None
        stands = msgspec.structs.replace(one, event=msgspec.structs.replace(one.event, facts=entry.facts))
        entries[id_] = numbers_page.Stands(entry=stands, by=found.get(entry.by or ""))
    return entries
