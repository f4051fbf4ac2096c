"""What must hold for every history, whatever it contains."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import decode, encode, facts_digest
from schemas.events import EntryCorrected, EntryVoided, ResultReported
from schemas.events.event import Event
from schemas.milestones import RESPONSES_KEPT, Milestones, moves_milestones
from schemas.settlement import Entry, settle
from schemas.subject import SubjectState, carry, change_of, decode_state, encode_state, fold
from tests.schemas.histories import histories


@given(histories(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_bytes(history: list[Event], random: object) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert encode_state(fold("S-001", shuffled)) == encode_state(fold("S-001", history))


@given(histories(), st.data())
def test_repeated_events_change_nothing(history: list[Event], data: st.DataObject) -> None:
    repeated = data.draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    assert fold("S-001", history + repeated) == fold("S-001", history)


@given(histories())
def test_a_state_carried_event_by_event_is_the_state_folded_at_once(history: list[Event]) -> None:
    assert encode_state(_carried(history, most=1)) == encode_state(fold("S-001", history))


@given(histories(), st.integers(1, 6))
def test_a_state_carried_in_batches_is_the_state_folded_at_once(history: list[Event], most: int) -> None:
    assert encode_state(_carried(history, most)) == encode_state(fold("S-001", history))


@given(histories())
def test_an_encoded_event_decodes_to_itself(history: list[Event]) -> None:
    for event in history:
        assert decode(encode(event)) == event


@given(histories(), st.text(min_size=1, max_size=20))
def test_the_trace_is_no_part_of_the_facts(history: list[Event], trace: str) -> None:
    for event in history:
        assert facts_digest(msgspec.structs.replace(event, traceparent=trace)) == facts_digest(event)


@given(histories())
def test_a_stored_state_reads_back_as_itself(history: list[Event]) -> None:
    state = fold("S-001", history)
    assert decode_state(encode_state(state)) == state


@given(histories(entries_max=40, actions_max=0))
def test_the_registers_hold_at_most_their_bound(history: list[Event]) -> None:
    milestones = fold("S-001", history).milestones
    assert len(milestones.responses_first) <= RESPONSES_KEPT
    assert len(milestones.responses_last) <= RESPONSES_KEPT


@given(histories())
def test_every_event_is_an_entry_an_action_that_found_one_or_held(history: list[Event]) -> None:
    settled = settle(history)
    actions = [event for event in history if isinstance(event.facts, EntryCorrected | EntryVoided)]
    assert len(settled.entries) == len(history) - len(actions)
    assert set(settled.held) <= {action.id for action in actions}
    assert all((entry.facts is None) <= (entry.by is not None) for entry in settled.entries)


def _carried(history: list[Event], most: int) -> SubjectState:
    """Feeds a history in arrival order, cluster by cluster, the way in which the projections do."""
    state = SubjectState(subject="S-001", milestones=Milestones())
    known: dict[str, Event] = {}
    for start in range(0, len(history), most):
        new = [event for event in history[start : start + most] if event.id not in known]
        cluster = _cluster({**known, **{event.id: event for event in new}}, {event.id for event in new})
        change = change_of([event for event in known.values() if event.id in cluster], new)
        known.update({event.id: event for event in new})
        standing: list[Entry] = [
            entry
            for entry in settle(known.values()).in_force()
            if entry.facts is not None and moves_milestones(entry.facts)
        ]
        state = carry(state, change, standing)
    return state


def _cluster(events: dict[str, Event], start: set[str]) -> set[str]:
    """All events tied to the given ones: by target, either way, or by a series that either ever named."""
    cluster = set(start)
    while True:
        ties = {tie for id_ in cluster if id_ in events for tie in _ties(events[id_])} | cluster
        grown = {id_ for id_, event in events.items() if id_ in ties or ties & set(_ties(event))}
        if grown <= cluster:
            return cluster
        cluster |= grown


def _ties(event: Event) -> list[str]:
    ties = [event.id]
    if isinstance(event.facts, EntryCorrected | EntryVoided):
        ties.append(event.facts.target)
    if isinstance(event.facts, ResultReported):
        ties.append(f"series {event.facts.series}")
    if isinstance(event.facts, EntryCorrected) and event.facts.target_type == ResultReported.TYPE:
        ties.append(f"series {event.facts.replacement['series']}")
    return ties
