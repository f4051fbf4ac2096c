"""The state that the writer carries is the fold of all events, whatever their order, batches and topics."""

import itertools
import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections import reading
from projections.history import events_as_of
from projections.writer import Writer
from schemas.events import EntryCorrected, EntryVoided
from schemas.events.event import Event
from schemas.settlement import settle
from schemas.status import statuses
from schemas.subject import digest, fold, study_digest
from tests.projections.controls import (
    ENROLLMENT,
    FOLLOWUP,
    LAB,
    STUDY,
    MemoryLog,
    moved_to,
    topic_for,
    writer_on,
)
from tests.schemas.histories import histories
from tests.servers.postgres import Database

SUBJECTS = 2


class Site:
    """One database with a writer, for many examples: each has subjects and event ids of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.writer: Writer = writer_on(database)
        self.connection: psycopg.Connection[Any] = database.connect("trialog_read", autocommit=True)
        self.log = MemoryLog()
        self.numbers = itertools.count()


@pytest.fixture(scope="module")
def site(module_database: Database) -> Iterator[Site]:
    site = Site(module_database)
    yield site
    site.writer.close()
    site.connection.close()


def send(site: Site, events: list[Event], topics: random.Random) -> None:
    """Actions travel on any of the subject's topics, entries on their own."""
    for event in events:
        acts = isinstance(event.facts, EntryCorrected | EntryVoided)
        site.log.send(event, topic=topics.choice((ENROLLMENT, LAB, FOLLOWUP)) if acts else topic_for(event))


def apply_in_pieces(site: Site, pieces: random.Random) -> None:
    """Applies what was sent in batches of random size, from topics in random turns."""
    while waiting := [
        topic for topic, records in site.log.records.items() if site.writer.next_offset(topic, 0) < len(records)
    ]:
        topic = pieces.choice(sorted(waiting))
        first = site.writer.next_offset(topic, 0)
        # A few records that were applied already come again, as after a restart.
        again = max(0, first - pieces.choice((0, 0, 0, 2)))
        site.writer.apply(site.log.batch(topic, again, first + pieces.randint(1, 6)))


@given(
    stories=st.lists(histories(), min_size=SUBJECTS, max_size=SUBJECTS),
    resent=st.integers(0, 4),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=120, deadline=None)
def test_carried_state_equals_the_fold_of_the_whole_set(
    site: Site, stories: list[list[Event]], resent: int, seed: int
) -> None:
    # Drawn by a seed: an example that were given up in the middle would leave records behind for the next.
    example, chance = next(site.numbers), random.Random(seed)
    of: dict[str, list[Event]] = {}
    for n, story in enumerate(stories):
        subject = f"S-{example}-{n}"
        of[subject] = moved_to(story, subject, f"{subject}-")
    events = [event for story in of.values() for event in story]
    chance.shuffle(events)
    events += chance.choices(events, k=resent) if events else []
    send(site, events, chance)
    apply_in_pieces(site, chance)

    stored = {row.subject: row for row in reading.subjects(site.connection)}
    entries = reading.entries_in_force(site.connection, subjects=list(of))
    for subject, story in of.items():
        expected = fold(subject, story)
        if not story:
            assert subject not in stored
            continue
        assert reading.state(site.connection, subject) == expected
        assert stored[subject].digest == digest(expected)
        assert [(row.status, row.on, row.entry) for row in stored[subject].statuses] == [
            (each.status.value, each.since.on, each.since.entry) for each in statuses(expected.milestones, STUDY)
        ]
        assert entries.get(subject, []) == settle(story).in_force()


def test_whole_ledger_folds_to_the_stored_digest(site: Site) -> None:
    """After all examples: the events of the accepted rows alone give the digests of all subjects."""
    by_subject: dict[str, list[Event]] = {}
    for event in events_as_of(site.connection, reading.head(site.connection).commit):
        assert event.subject is not None
        by_subject.setdefault(event.subject, []).append(event)
    assert len(by_subject) > 100
    folded = [(subject, digest(fold(subject, events))) for subject, events in by_subject.items()]
    assert study_digest(folded) == reading.study_digest(site.connection)
