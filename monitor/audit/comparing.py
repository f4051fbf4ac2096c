"""What a comparison asks for, and its answer. Part of the shell: it reads through `answers.Audit`."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from analytics.cascade import moved_from
from monitor.audit import asking, people
from monitor.audit.comparison_page import ComparisonPage, StudyCompared, SubjectCompared, point, study_compared
from monitor.audit.comparison_page import subject_compared as page_of
from monitor.audit.reader import Connection, blinding_for
from monitor.words import Words
from projections import reading
from projections.errors import UnknownCommit
from projections.knowledge import known_at_head, resolve_known
from schemas.knowledge import differences, subject_at
from schemas.study import StudyDefinition
from schemas.two_times import KnownAt, UnclearTime

if TYPE_CHECKING:
    from monitor.audit.answers import Audit

NAMES = ("subject", "before", "after")

_WITHOUT_OFFSET = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(:[0-9]{2})?)(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?"
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """``given`` is what was typed, ``points`` the same as `projections.knowledge` reads it. ``problems`` by field."""

    given: dict[str, str]
    points: dict[str, str]
    problems: dict[str, str]


def asked(query: Mapping[str, str], study: StudyDefinition) -> Asked:
    """A time without an offset is one of the study's zone, which the form names beside its fields."""
    given = {name: query.get(name, "").strip() for name in NAMES}
    given = {name: text for name, text in given.items() if text}
    problems, points = {}, {}
    if "subject" in given and not asking.is_subject(given["subject"].upper()):
        problems["subject"] = "audit_problems.subject"
    for name in ("before", "after"):
        text = given.get(name, "")
        if not asking.is_text(text):
            problems[name] = "audit_problems.point"
        elif text:
            points[name] = _with_offset(text, study)
    if len(points) == 1 and not problems:
        problems["after" if "before" in points else "before"] = "audit_problems.point_missing"
    return Asked(given=given, points=points, problems=problems)


def compared(connection: Connection, audit: "Audit", wanted: Asked, words: Words) -> ComparisonPage:
    """The page, with the comparison where two points were named that can be compared."""
    problems = {name: words.text(key) for name, key in wanted.problems.items()}
    known: dict[str, KnownAt] = {}
    if not problems:
        for name, text in wanted.points.items():
            try:
                known[name] = resolve_known(connection, text, audit.study)
            except UnclearTime:
                problems[name] = words.text("audit_problems.point")
            except UnknownCommit:
                last = known_at_head(connection).commit
                problems[name] = words.text("audit_problems.point_ahead", n=last)
    subject = wanted.given.get("subject", "").upper() or None
    if subject is not None and not problems and not audit.reader.told(connection, subject):
        problems["subject"] = words.text("audit_missing.subject", subject=subject)
    first, second = known.get("before"), known.get("after")
    of_subject: SubjectCompared | None = None
    of_study: StudyCompared | None = None
    if first is not None and second is not None and not problems:
        if first.is_after(second):  # whichever way round they were typed, knowledge grows from left to right
            first, second = second, first
        if subject is not None:
            of_subject = _subject(connection, audit, subject, first, second, words)
        else:
            audit.recorded("compare", None, first, second)
            moved = moved_from(connection, audit.study, first, second, audit.reader.cutoff_on)
            of_study = study_compared(moved, audit.marks(words), words, first.commit, second.commit)
    return ComparisonPage(
        given=wanted.given,
        problems=problems,
        subjects=tuple(row.subject for row in reading.subjects(connection)),
        before=point(first, audit.study, words) if first and not problems else None,
        after=point(second, audit.study, words) if second and not problems else None,
        head=words.number(known_at_head(connection).commit),
        subject_compared=of_subject,
        study_compared=of_study,
        zone=people.zone(audit.study, words),
    )


def _subject(
    connection: Connection, audit: "Audit", subject: str, first: KnownAt, second: KnownAt, words: Words
) -> SubjectCompared:
    audit.recorded("compare", subject, first, second)
    told = audit.reader.told(connection, subject)
    sides = [
        subject_at(
            subject, [each for each in told if at.knows(each.commit, each.position.offset)], audit.study, known_at=at
        )
        for at in (first, second)
    ]
    blinding = blinding_for(connection, audit.study, [each.event for each in told])
    found = differences(sides[0], sides[1], audit.study)
    return page_of(sides[0], sides[1], found, blinding, audit.study, words)


def _with_offset(text: str, study: StudyDefinition) -> str:
    """A time of the study's zone with its offset; anything else as it is."""
    found = _WITHOUT_OFFSET.fullmatch(text)
    if found is None:
        return text
    offset = found["offset"] or dt.datetime(2000, 1, 1, tzinfo=study.tzinfo).isoformat()[-6:]
    return f"{found[1]}T{found[2]}{offset}"
