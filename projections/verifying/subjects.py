"""Subjects by span: each one's events folded, and states, entries and audit trail compared with what comes out."""

from collections.abc import Iterator
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from projections.stored import StatusRow
from projections.verifying.broken import REBUILD, Broken, Kind, Report, Stage
from projections.verifying.histories import STATE_COLUMNS, judge_nobody, judge_subject, state_row
from projections.verifying.rows_by_subject import Commits, Span, Told, told_by_subject, told_of_nobody, within
from schemas.study import StudyDefinition
from schemas.subject import FOLD_VERSION, SubjectState
from schemas.topics import Topic, topic_name

Connection = psycopg.Connection[Any]

_KEYS = """
SELECT coalesce(key, ''), count(*) FROM trial.ledger WHERE status = 'accepted' GROUP BY 1 ORDER BY 1
"""
_STATE = """
SELECT state, digest, status, status_since, status_entry, statuses::text FROM trial.subjects WHERE subject = %s
"""
_SUBJECTS = "SELECT subject FROM trial.subjects WHERE {within} ORDER BY subject"
_OTHER_FOLDS = """
SELECT fold_version, count(*) FROM trial.subjects WHERE fold_version <> %s GROUP BY 1 ORDER BY 1
"""
_OF_SUBJECTS = sql.SQL("convert_to(subject, 'UTF8')")
EVENTS_A_REPORT = 1_000


def spans(
    connection: Connection, wanted: int, only: tuple[bytes, ...] | None, *, compare: bool
) -> tuple[int, list[Span]]:
    """The number of accepted events, and all subjects in about so many spans of about as many events each, side by
    side and without a gap. ``only`` and ``compare`` as in `Span`.
    """
    among = None if only is None else frozenset(only)
    rows = connection.execute(_KEYS, binary=True).fetchall()
    counted = [(bytes(key), count) for key, count in rows if among is None or bytes(key) in among]
    events = sum(count for _, count in counted)
    share = max(1, -(-events // wanted))
    borders: list[bytes] = []
    gathered = 0
    for key, count in counted:
        if gathered >= share:
            borders.append(key)
            gathered = 0
        gathered += count
    limits: list[bytes | None] = [None, *borders, None]
    made = [Span(first=first, end=end, only=only, compare=compare) for first, end in pairwise(limits)]
    return events, [*made, Span(nobody=True, only=only, compare=compare)]


def other_folds(connection: Connection) -> Iterator[Broken]:
    """States of another fold version: they cannot be compared with what this code folds."""
    for version, subjects in connection.execute(_OTHER_FOLDS, (FOLD_VERSION,)).fetchall():
        yield Broken(
            kind=Kind.STATES,
            position=f"{subjects} subjects",
            what=f"their states were written with fold version {version}, and this code has {FOLD_VERSION}: states, "
            "entries and trail were not compared",
            stands=REBUILD,
            rows=subjects,
        )


def judge_span(connection: Connection, span: Span, study: StudyDefinition, report: Report) -> list[Broken]:
    """What is broken of the subjects of a span. Needs a transaction that nothing else streams from."""
    topics = MappingProxyType({topic_name(study.id, topic): topic for topic in Topic})
    if span.nobody:
        return list(judge_nobody(_counted(told_of_nobody(connection, span), report), topics, compare=span.compare))
    broken: list[Broken] = []
    met: set[str] = set()
    commits = Commits(connection)
    for key, places in told_by_subject(connection, span):
        judged = judge_subject(key, places, commits, topics, study, compare=span.compare)
        report(Stage.SUBJECTS, sum(each.accepted is not None for each in places))
        broken += judged.broken
        if judged.state is not None:
            met.add(judged.state.subject)
            broken += judge_state(connection, judged.state, study)
    if span.compare:
        broken += _without_events(connection, span, met)
    return broken


def _counted(told: Iterator[Told], report: Report) -> Iterator[Told]:
    unreported = 0
    for each in told:
        yield each
        unreported += each.accepted is not None
        if unreported == EVENTS_A_REPORT:
            report(Stage.SUBJECTS, unreported)
            unreported = 0
    report(Stage.SUBJECTS, unreported)


def judge_state(connection: Connection, state: SubjectState, study: StudyDefinition) -> Iterator[Broken]:
    """What the subject's row says otherwise than the state that its events come to."""
    found = connection.execute(_STATE, (state.subject,), binary=True).fetchone()
    if found is None:
        yield _of_subject(state.subject, "it has accepted events and no state")
        return
    right = state_row(state, study)
    differing = [
        name
        for name, one, other in zip(STATE_COLUMNS, found, right, strict=True)
        if one != other and (name != "statuses" or _reached(one) != _reached(other))
    ]
    if differing:
        yield _of_subject(state.subject, f"what is stored differs from the fold in {', '.join(differing)}")


def _reached(statuses: str) -> list[StatusRow] | None:
    """None where it is not even a list of statuses."""
    try:
        return msgspec.json.decode(statuses, type=list[StatusRow])
    except msgspec.ValidationError:
        return None


def _without_events(connection: Connection, span: Span, met: set[str]) -> Iterator[Broken]:
    statement = sql.SQL(_SUBJECTS).format(within=within(_OF_SUBJECTS, span))
    for (subject,) in connection.execute(statement).fetchall():
        if subject not in met:
            yield _of_subject(subject, "it has a state and no accepted event")


def _of_subject(subject: str, what: str) -> Broken:
    return Broken(kind=Kind.STATES, position=f"subject {subject}", what=what, stands=REBUILD)
