"""Two knowledge points side by side: what one knew and the other did not, which entry caused it, who, and why. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from analytics.cascade import Cascade
from monitor.audit import addresses, people
from monitor.audit.blinding import Blinding
from monitor.audit.moved_numbers import MovedRow, moved_rows
from monitor.audit.people import Origin
from monitor.audit.saying import Saying
from monitor.marks import Marks
from monitor.words import Words
from projections.fields import MILESTONES
from schemas.changes import milestones_changed, status_changed
from schemas.knowledge import FieldDifference, SubjectAsOf
from schemas.milestones import Milestones
from schemas.status import current
from schemas.study import StudyDefinition
from schemas.two_times import KnownAt, Told


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A knowledge point as it is shown over its column."""

    position: str
    at: str | None


class SideBySide(msgspec.Struct, frozen=True, kw_only=True):
    """A field at both points; None is nothing. ``origins`` made the difference, the last one the new value.

    ``change`` is "same", "new", "gone" or "changed", and ``mark`` its word, empty for the same.
    """

    name: str
    about: str | None
    before: str | None
    after: str | None
    change: str
    mark: str
    origins: tuple[Origin, ...]


class SubjectCompared(msgspec.Struct, frozen=True, kw_only=True):
    course: tuple[SideBySide, ...]
    entries: tuple[SideBySide, ...]
    same_entries: int
    differing: int


class SubjectMoved(msgspec.Struct, frozen=True, kw_only=True):
    """A subject that counts otherwise; ``compare`` leads to what is known otherwise of it between the two points."""

    subject: str
    address: str
    compare: str
    events: int


class StudyCompared(msgspec.Struct, frozen=True, kw_only=True):
    numbers: tuple[MovedRow, ...]
    subjects: tuple[SubjectMoved, ...]


class ComparisonPage(msgspec.Struct, frozen=True, kw_only=True):
    """``subject_compared`` where a subject was named, ``study_compared`` where none was; both None before asking."""

    given: dict[str, str]
    problems: dict[str, str]
    subjects: tuple[str, ...]
    before: Point | None
    after: Point | None
    head: str
    subject_compared: SubjectCompared | None
    study_compared: StudyCompared | None
    zone: str


def point(known_at: KnownAt, study: StudyDefinition, words: Words) -> Point:
    at = None if known_at.committed_at is None else people.to_the_minute(known_at.committed_at, study)
    return Point(position=words.text("audit_compare.position", n=known_at.commit), at=at)


def subject_compared(
    before: SubjectAsOf,
    after: SubjectAsOf,
    differing: Sequence[FieldDifference],
    blinding: Blinding,
    study: StudyDefinition,
    words: Words,
) -> SubjectCompared:
    """The whole course on both sides, and of the entries those that differ."""
    saying = Saying(words, study, blinding)
    told = {each.event.id: each for each in after.told}
    moved = {each.field: each for each in differing}

    def origins(field: str) -> tuple[Origin, ...]:
        found = moved.get(field)
        return () if found is None else _origins([told[each.event] for each in found.origins], saying, blinding, study)

    course = []
    sides = [_course(each, study) for each in (before, after)]
    names = [name for name in MILESTONES if any(name in side for side in sides)]
    names += sorted({name for side in sides for name in side if name not in MILESTONES})
    for name in names:
        old, new = (saying.course(name, side.get(name)) for side in sides)
        course.append(
            SideBySide(
                name=saying.field_name(name),
                about=None,
                before=old,
                after=new,
                **_changed(sides[0].get(name), sides[1].get(name), words),
                origins=origins(name),
            )
        )
    entries = []
    for each in differing:
        if each.entry is None:
            continue
        turned = saying.turned(None, each.field, each.old, each.new)
        entries.append(
            SideBySide(
                name=turned.name,
                about=turned.about,
                before=turned.old,
                after=turned.new,
                **_changed(each.old, each.new, words),
                origins=origins(each.field),
            )
        )
    was, now = ({entry.id: entry for entry in side.entries()} for side in (before, after))
    same = sum(was.get(id_) == entry for id_, entry in now.items())
    return SubjectCompared(course=tuple(course), entries=tuple(entries), same_entries=same, differing=len(differing))


def study_compared(moved: Cascade, marks: Marks, words: Words, first: int, second: int) -> StudyCompared:
    """``first`` and ``second`` are the commits of the two points."""
    points = {"before": str(first), "after": str(second)}
    return StudyCompared(
        numbers=moved_rows(moved.numbers, marks, words),
        subjects=tuple(
            SubjectMoved(
                subject=each.subject,
                address=addresses.subject(each.subject),
                compare=addresses.comparison({"subject": each.subject, **points}),
                events=len(each.origins),
            )
            for each in moved.rows
        ),
    )


def _origins(told: Sequence[Told], saying: Saying, blinding: Blinding, study: StudyDefinition) -> tuple[Origin, ...]:
    return tuple(
        people.origin(each.event, each.position, each.commit, each.committed_at, saying, blinding, study)
        for each in told
    )


def _course(side: SubjectAsOf, study: StudyDefinition) -> dict[str, Any]:
    """Every field of the course that says something, as `schemas.changes` writes it."""
    now = side.state.milestones
    changed = [*milestones_changed(Milestones(), now), *status_changed(None, current(now, study))]
    return {name: value for name, _, value in changed}


def _changed(old: Any, new: Any, words: Words) -> dict[str, str]:
    if old == new:
        return {"change": "same", "mark": ""}
    if old is None:
        return {"change": "new", "mark": words.text("audit_compare.new")}
    if new is None:
        return {"change": "gone", "mark": words.text("audit_compare.gone")}
    return {"change": "changed", "mark": words.text("audit_compare.changed")}
