"""The laws of tests/schemas/laws.py hold, and what they are tried on has every type of event and every awkward turn."""

from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar, get_args

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas.events import Actions, EntryCorrected, EntryVoided, Facts, SubjectFacts
from schemas.events.event import Event
from schemas.settlement import settle
from tests.schemas.histories import events, histories
from tests.schemas.laws import LAWS, Law

Drawn = TypeVar("Drawn")


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_law_holds(law: Law) -> None:
    law.check(100)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_law_holds_with_2000_examples(law: Law) -> None:
    law.check(2000)


@pytest.fixture(scope="module")
def tried() -> list[list[Event]]:
    """As many histories as the laws are tried on, always the same ones."""
    return _drawn(histories(), 2000)


@pytest.mark.slow
def test_histories_are_of_every_type_that_is_folded(tried: list[list[Event]]) -> None:
    assert {type(event.facts) for history in tried for event in history} == {
        *get_args(SubjectFacts),
        *get_args(Actions),
    }


@pytest.mark.slow
def test_encoded_events_are_of_every_type_oversight_among_them() -> None:
    assert {type(event.facts) for event in _drawn(events(), 2000)} == set(get_args(Facts))


def _targets(history: list[Event]) -> dict[str, str]:
    """What every action of a history speaks of, by the action's id."""
    return {each.id: each.facts.target for each in history if isinstance(each.facts, EntryCorrected | EntryVoided)}


def _late(history: list[Event]) -> bool:
    return any(second.happened.at < first.happened.at for first, second in pairwise(history))


def _void_of(kind: type[Facts], history: list[Event]) -> bool:
    facts = {event.id: event.facts for event in history}
    targets = _targets(history).items()
    return any(isinstance(facts[id_], EntryVoided) and isinstance(facts.get(target), kind) for id_, target in targets)


def _before_its_target(history: list[Event]) -> bool:
    place = {event.id: n for n, event in enumerate(history)}
    return any(place[id_] < place.get(target, 0) for id_, target in _targets(history).items())


def _circle(history: list[Event]) -> bool:
    targets = _targets(history)
    return any(target != id_ == targets.get(target) for id_, target in targets.items())


TURNS: dict[str, Callable[[list[Event]], bool]] = {
    "a late entry": _late,
    "two corrections of one entry": lambda history: any(each.contested for each in settle(history).entries),
    "a void of a correction": lambda history: _void_of(EntryCorrected, history),
    "a void of a void": lambda history: _void_of(EntryVoided, history),
    "a correction before its target": _before_its_target,
    "a circle of two": _circle,
    "a target elsewhere": lambda history: "elsewhere" in _targets(history).values(),
    "a superseded report version": lambda history: any(
        (each.by or "").startswith("e") for each in settle(history).entries
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_one_history_in_a_hundred_has(turn: Callable[[list[Event]], bool], tried: list[list[Event]]) -> None:
    assert sum(map(turn, tried)) >= len(tried) / 100


def _drawn(strategy: st.SearchStrategy[Drawn], count: int) -> list[Drawn]:
    drawn: list[Drawn] = []

    def keep(each: Drawn) -> None:
        drawn.append(each)

    seeking = settings(max_examples=count, phases=[Phase.generate], derandomize=True, database=None, deadline=None)
    seeking(given(strategy)(keep))()
    return drawn
