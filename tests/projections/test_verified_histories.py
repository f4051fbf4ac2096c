"""What the writer made of generated histories, in whatever batches and turns, the verification finds whole."""

import functools
import random
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.verify import verify
from schemas.events.event import Event
from tests.projections.controls import STUDY, moved_to
from tests.projections.test_states import Site, apply_in_pieces, send
from tests.schemas.histories import histories
from tests.servers.postgres import Database


@pytest.fixture(scope="module")
def site(module_database: Database) -> Iterator[Site]:
    site = Site(module_database)
    yield site
    site.writer.close()
    site.connection.close()


@given(stories=st.lists(histories(), min_size=3, max_size=3), chance=st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_ledger_of_any_histories_is_whole(site: Site, stories: list[list[Event]], chance: random.Random) -> None:
    sent: list[Event] = []
    for story in stories:
        number = next(site.numbers)
        sent += moved_to(story, f"V-{number}", f"v{number}-")
    chance.shuffle(sent)
    send(site, [*sent, *chance.choices(sent, k=min(3, len(sent)))] if sent else [], chance)
    apply_in_pieces(site, chance)
    connect = functools.partial(psycopg.connect, site.database.url("trialog_read"))
    found = verify(connect, STUDY, workers=1)
    assert found.broken == []
    assert found.rows == found.not_sealed == sum(map(len, site.log.records.values()))
