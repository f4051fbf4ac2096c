"""What must hold for every history, whatever it contains. Each law is an assertion about what hypothesis draws.

They call the code under test through its modules, so that tests/schemas/test_broken_laws.py can break it on purpose.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas import codec, explanation, lineage, settlement, subject
from schemas.events import EntryCorrected, EntryVoided, ResultReported
from schemas.events.event import Event
from schemas.lineage import Verdict
from schemas.milestones import Milestones, moves_milestones
from schemas.settlement import Entry
from schemas.subject import SubjectState
from tests.schemas.histories import CROWDS, Crowd, events, histories


class Law(msgspec.Struct, frozen=True):
    """``holds`` takes one drawn value of each of the strategies, and raises AssertionError where it does not hold."""

    holds: Callable[..., None]
    of: tuple[st.SearchStrategy[Any], ...]

    @property
    def name(self) -> str:
        return self.holds.__name__

    def check(self, examples: int, *, seeking: bool = False) -> None:
        """Tries so many examples. ``seeking`` is for a law that is broken: always the same examples, not made small."""
        chosen = settings(
            max_examples=examples,
            deadline=None,
            derandomize=seeking,
            database=None,
            print_blob=False,
            report_multiple_bugs=False,
            phases=[Phase.generate] if seeking else [Phase.generate, Phase.shrink],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        chosen(given(*self.of)(self.holds))()


def any_order_of_arrival_gives_the_same_bytes(history: list[Event], arrived: Any) -> None:
    other = list(history)
    arrived.shuffle(other)
    assert subject.encode_state(subject.fold("S-001", other)) == subject.encode_state(subject.fold("S-001", history))


def repeated_events_change_nothing(history: list[Event], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    sent_again = [msgspec.structs.replace(event, traceparent="another way") for event in again]
    once = subject.encode_state(subject.fold("S-001", history))
    assert subject.encode_state(subject.fold("S-001", [*history, *sent_again])) == once
    assert subject.encode_state(carried([*history, *sent_again])[-1]) == once


def a_state_carried_in_batches_is_the_state_folded_at_once(history: list[Event], most: int) -> None:
    whole = subject.encode_state(subject.fold("S-001", history))
    assert subject.encode_state(carried(history, most)[-1]) == whole


def a_prefix_in_order_of_arrival_is_what_was_known_then(history: list[Event]) -> None:
    """Whatever the sources' clocks say: times of recording are drawn without regard to the order of arrival."""
    for n, state in enumerate(carried(history)):
        known = subject.fold("S-001", history[:n])
        assert subject.encode_state(state) == subject.encode_state(known)


def an_encoded_event_decodes_to_itself(event: Event) -> None:
    assert codec.decode(codec.encode(event)) == event


def the_trace_is_no_part_of_the_facts(event: Event, trace: str) -> None:
    assert codec.facts_digest(msgspec.structs.replace(event, traceparent=trace)) == codec.facts_digest(event)


def whatever_else_an_event_says_is_part_of_its_digest(event: Event, field: str) -> None:
    other = msgspec.structs.replace(event, **{field: "something else"})
    assert (codec.facts_digest(other) == codec.facts_digest(event)) == (other == event)


def a_stored_state_reads_back_as_itself(history: list[Event]) -> None:
    state = subject.fold("S-001", history)
    assert subject.decode_state(subject.encode_state(state)) == state


def a_state_stops_growing(crowd: Crowd) -> None:
    """Once the registers are full, more entries of a type add no byte; 400 of a type fill every register."""
    fewer, more = (subject.fold("S-001", crowd.first(size)) for size in (400, 450))
    assert len(msgspec.json.encode(more.milestones)) == len(msgspec.json.encode(fewer.milestones))


def every_event_is_an_entry_or_an_action_that_reached_one_or_is_held(history: list[Event]) -> None:
    settled = settlement.settle(history)
    targets = {each.id: each.facts.target for each in history if isinstance(each.facts, EntryCorrected | EntryVoided)}
    entries = {event.id for event in history} - set(targets)
    assert {entry.id for entry in settled.entries} == entries
    assert len(settled.entries) == len(entries)
    reached = set(entries)
    for _ in targets:
        reached |= {action for action, target in targets.items() if target in reached}
    assert set(settled.held) == set(targets) - reached
    assert all((entry.facts is None) <= (entry.by is not None) for entry in settled.entries)


def a_voided_correction_might_as_well_not_have_been_sent(history: list[Event], data: st.DataObject) -> None:
    targets = {event.facts.target for event in history if isinstance(event.facts, EntryCorrected | EntryVoided)}
    free = [event for event in history if isinstance(event.facts, EntryCorrected) and event.id not in targets]
    if free:
        doubted = data.draw(st.sampled_from(free))
        void = msgspec.structs.replace(doubted, id="void", facts=EntryVoided(target=doubted.id))
        without = [event for event in history if event is not doubted]
        assert settlement.settle([*history, void]).entries == settlement.settle(without).entries


def the_lineage_says_what_settlement_did(history: list[Event]) -> None:
    settled = settlement.settle(history)
    lineages = lineage.lineages_of(history)
    assert [each.entry for each in lineages.entries] == list(settled.entries)
    assert {version.id for version in lineages.held} == set(settled.held)
    assert sorted(version.id for version in lineages.versions()) == sorted(event.id for event in history)
    for each in lineages.entries:
        standing = [v for v in each.versions if v.facts is not None and v.verdict is Verdict.IN_FORCE]
        assert [version.facts for version in standing] == ([] if each.entry.facts is None else [each.entry.facts])
        if standing:
            assert each.in_force() is standing[0]
            assert each.entry.by == (None if standing[0].target is None else standing[0].id)


def explanations_add_up_to_the_state(history: list[Event]) -> None:
    stands: dict[str, Entry] = {}
    milestones, held = Milestones(), 0
    for n, new in enumerate(history):
        why = explanation.explain(history[:n], new)
        assert why.milestones_before == milestones
        assert [each.before for each in why.moved] == [stands.get(each.after.id) for each in why.moved]
        assert (why.actor, why.reason) == (new.actor, new.reason)
        stands |= {each.after.id: each.after for each in why.moved}
        milestones, held = why.milestones_after, held + why.held
    settled = settlement.settle(history)
    assert stands == {entry.id: entry for entry in settled.entries}
    assert milestones == subject.fold("S-001", history).milestones
    assert held == len(settled.held)


def carried(history: list[Event], most: int = 1) -> list[SubjectState]:
    """Every state from the empty one on, fed in order of arrival, cluster by cluster, the way the projections do it."""
    states = [SubjectState(subject="S-001", milestones=Milestones())]
    known: dict[str, Event] = {}
    for start in range(0, len(history), most):
        batch = history[start : start + most]
        around = _cluster({**known, **{event.id: event for event in batch}}, {event.id for event in batch})
        change = subject.change_of([event for event in known.values() if event.id in around], batch)
        known.update({event.id: event for event in batch})
        standing = [entry for entry in settlement.settle(known.values()).in_force() if _moves(entry)]
        states.append(subject.carry(states[-1], change, standing))
    return states


def _moves(entry: Entry) -> bool:
    return entry.facts is not None and moves_milestones(entry.facts)


def _cluster(known: dict[str, Event], start: set[str]) -> set[str]:
    """All events tied to the given ones: by target, either way, or by a series that either ever named."""
    cluster = set(start)
    while True:
        ties = {tie for id_ in cluster if id_ in known for tie in _ties(known[id_])} | cluster
        grown = {id_ for id_, event in known.items() if id_ in ties or ties & set(_ties(event))}
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


_FIELDS = st.sampled_from(["source", "actor", "actor_role", "protocol_version", "reason", "causation"])

LAWS = {
    law.name: law
    for law in (
        Law(any_order_of_arrival_gives_the_same_bytes, (histories(), st.randoms(use_true_random=False))),
        Law(repeated_events_change_nothing, (histories(), st.data())),
        Law(a_state_carried_in_batches_is_the_state_folded_at_once, (histories(), st.integers(1, 6))),
        Law(a_prefix_in_order_of_arrival_is_what_was_known_then, (histories(),)),
        Law(an_encoded_event_decodes_to_itself, (events(),)),
        Law(the_trace_is_no_part_of_the_facts, (events(), st.text(min_size=1, max_size=20))),
        Law(whatever_else_an_event_says_is_part_of_its_digest, (events(), _FIELDS)),
        Law(a_stored_state_reads_back_as_itself, (histories(),)),
        Law(a_state_stops_growing, (CROWDS,)),
        Law(every_event_is_an_entry_or_an_action_that_reached_one_or_is_held, (histories(),)),
        Law(a_voided_correction_might_as_well_not_have_been_sent, (histories(), st.data())),
        Law(the_lineage_says_what_settlement_did, (histories(),)),
        Law(explanations_add_up_to_the_state, (histories(entries_max=5, actions_max=5),)),
    )
}
