"""The search: its form as it was filled in, and the rows that were found. Pure."""

from collections.abc import Callable, Sequence
from typing import get_args

import msgspec

from monitor import happenings, instants
from monitor.audit import addresses, people
from monitor.audit.asking import NAMES, STATUSES, Asked
from monitor.audit.blinding import Blinding, reason_shown
from monitor.audit.saying import Saying
from monitor.words import Words
from projections.fields import CRITERION, MILESTONES, is_of_the_course, payload_fields
from projections.recorded import Recorded
from projections.rows import LatestEvent
from projections.searching import Page
from schemas.events import FACTS_BY_TYPE, Actions, topics_of
from schemas.study import StudyDefinition
from schemas.topics import Topic

ROWS = 50
"""How many rows a page of the search has."""

MOVED_SHOWN = 4


class Option(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    name: str
    chosen: bool


Optioned = Callable[[str, str, str], Option]
"""Makes the option of a field of the form from its value and its name."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Options under one title; an empty title for those that stand alone."""

    title: str
    options: tuple[Option, ...]


class FoundRow(msgspec.Struct, frozen=True, kw_only=True):
    """One record in one line. ``moved`` names what it changed in the subject's course."""

    written: str
    written_iso: str
    subject: str | None
    subject_address: str | None
    what: str
    outcome: str | None
    tone: str
    who: str | None
    role: str
    why: str | None
    why_hidden: bool
    moved: tuple[str, ...]
    address: str
    place: str


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """``found`` is the sentence over the rows; ``older`` and ``newest`` are addresses, None where there is nothing."""

    given: dict[str, str]
    choices: dict[str, tuple[Group, ...]]
    subjects: tuple[str, ...]
    problems: dict[str, str]
    rows: tuple[FoundRow, ...]
    found: str
    older: str | None
    newest: str | None
    narrowed: bool
    zone: str


def search_page(
    asked: Asked,
    page: Page,
    actors: Sequence[str],
    subjects: Sequence[str],
    blinding: Blinding,
    study: StudyDefinition,
    words: Words,
) -> SearchPage:
    saying = Saying(words, study, blinding)
    filters = {name: text for name, text in asked.given.items() if name in NAMES}
    older = None if page.older is None else addresses.search({**filters, "before": str(page.older)})
    return SearchPage(
        given=asked.given,
        choices=_choices(asked, actors, saying, study),
        subjects=tuple(subjects),
        problems={problem.name: words.text(problem.key) for problem in asked.problems},
        rows=tuple(_row(each, saying, blinding, study) for each in page.rows),
        found=_found(asked, page, words),
        older=older,
        newest=addresses.search(filters) if asked.before is not None else None,
        narrowed=bool(filters),
        zone=people.zone(study, words),
    )


def _found(asked: Asked, page: Page, words: Words) -> str:
    if asked.problems:
        return words.text("audit_search.not_asked")
    if page.rows:
        more = page.older is not None or asked.before is not None
        return words.text("audit_search.part" if more else "audit_search.all", n=len(page.rows))
    if page.older is not None:
        return words.text("audit_search.none_here")
    if asked.before is not None:
        return words.text("audit_search.no_older")
    return words.text("audit_search.nothing" if asked.given else "audit_search.empty")


def _row(one: Recorded, saying: Saying, blinding: Blinding, study: StudyDefinition) -> FoundRow:
    event, words = one.event, saying.words
    why = None if event is None else reason_shown(event, blinding)
    course = [field for field, _, _ in one.changes if is_of_the_course(field)]
    moved = [saying.field_name(field) for field in course]
    if len(moved) > MOVED_SHOWN:
        moved = [*moved[: MOVED_SHOWN - 1], words.text("audit_search.more", n=len(moved) - MOVED_SHOWN + 1)]
    return FoundRow(
        written=people.to_the_second(one.committed_at, study),
        written_iso=instants.iso(one.committed_at, study.tzinfo),
        subject=None if event is None else event.subject,
        subject_address=None if event is None else people.subject_link(event.subject),
        what=words.text("events.unknown") if event is None else saying.headline(event),
        outcome=outcome(one, words),
        tone={"accepted": "plain", "duplicate": "soft"}.get(one.status, "wrong"),
        who=None if event is None else event.actor,
        role="" if event is None else saying.role(event.actor_role),
        why=why,
        why_hidden=event is not None and event.reason is not None and why is None,
        moved=tuple(moved),
        address=addresses.event(one.position),
        place=addresses.short(one.position),
    )


def outcome(one: Recorded, words: Words) -> str | None:
    """What became of the record where it was not simply accepted."""
    shown = LatestEvent(
        position=str(one.position),
        commit=one.commit,
        received_at=one.received_at,
        subject=None,
        type=None,
        source=None,
        actor_role=None,
        status=one.status,
        reason=one.reason,
    )
    return happenings.outcome(shown, words)


def _choices(
    asked: Asked, actors: Sequence[str], saying: Saying, study: StudyDefinition
) -> dict[str, tuple[Group, ...]]:
    words = saying.words

    def option(name: str, value: str, said: str) -> Option:
        return Option(value=value, name=said, chosen=asked.given.get(name) == value)

    statuses = [option("status", each, words.text(f"audit_search.status_{each}")) for each in STATUSES]
    named = asked.given.get("actor")
    people_ = sorted({*actors, named} - {None}, key=str) if named else list(actors)
    return {
        "type": _types(option, saying),
        "field": _fields(option, saying, study),
        "actor": (Group(title="", options=tuple(option("actor", str(each), str(each)) for each in people_)),),
        "status": (Group(title="", options=tuple(statuses)),),
    }


def _types(option: Optioned, saying: Saying) -> tuple[Group, ...]:
    actions = get_args(Actions)
    by_topic: dict[str, list[Option]] = {name: [] for name in (*(topic.value for topic in Topic), "corrections")}
    for type_, facts in FACTS_BY_TYPE.items():
        group = "corrections" if facts in actions else min(topics_of(facts)).value
        by_topic[group].append(option("type", type_, saying.type_name(type_)))
    words = saying.words
    return tuple(
        Group(title=words.text(f"audit_search.group_{name}"), options=tuple(options))
        for name, options in by_topic.items()
    )


def _fields(option: Optioned, saying: Saying, study: StudyDefinition) -> tuple[Group, ...]:
    words = saying.words
    course = [option("field", field, saying.field_name(field)) for field in MILESTONES]
    criteria = [
        option(
            "field", f"{CRITERION}{each.id}", f"{each.id} · {each.text.zh if words.language == 'zh' else each.text.en}"
        )
        for each in study.criteria
    ]
    entries = sorted(
        (option("field", field, saying.field_name(field)) for field in payload_fields()), key=lambda each: each.name
    )
    return (
        Group(title=words.text("audit_search.group_course"), options=tuple(course)),
        Group(title=words.text("audit_search.group_criteria"), options=tuple(criteria)),
        Group(title=words.text("audit_search.group_entries"), options=tuple(entries)),
    )
