"""Each law's test fails when its law is broken on purpose: hypothesis finds a history that shows it.

A breakage replaces one function of the code under test by one with a mistake that somebody could make.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

import msgspec
import pytest

from schemas import actions, codec, explanation, lineage, milestones, settlement, subject
from schemas.actions import Said
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.milestones import Mark
from schemas.moments import Moment, Precision
from schemas.settlement import Entry, Settled
from schemas.subject import Change, SubjectState, Tallies
from tests.schemas import laws
from tests.schemas.laws import LAWS

# The code as it is, taken before anything is replaced.
change_of, carry, fold, tallied = subject.change_of, subject.carry, subject.fold, subject._tallied
settle, decided, said_of = settlement.settle, actions.decided, actions._said
encode, encode_facts, encode_state, opened = codec.encode, codec.encode_facts, subject.encode_state, codec._opened
lineages_of, explain, verdicts_of = lineage.lineages_of, explanation.explain, lineage._verdicts


def last_arrived_is_decided(says: Sequence[Said]) -> Said | None:
    """`tree_above` walks the newest arrived first."""
    return says[0] if says else None


def contested_by_order(says: Sequence[Said]) -> Said | None:
    last = decided(says)
    return last and msgspec.structs.replace(last, contested=last is not says[-1])


def first_arrived_version(entry: Entry) -> tuple[dt.datetime, int, str]:
    """All versions are equal, and `max` takes the first of equals."""
    return (dt.datetime(2024, 1, 1, tzinfo=dt.UTC), 0, "")


def keeps_what_came_first(kept: Mark | None, new: Mark) -> Mark:
    return new if kept is None else kept


def keeps_what_came_last(kept: Mark | None, new: Mark) -> Mark:
    return new


def evolves_in_order_of_arrival(entries: Iterable[Entry]) -> milestones.Milestones:
    made = milestones.Milestones()
    for entry in entries:
        made = milestones.evolve(made, entry) if entry.facts is not None else made
    return made


def keeps_order_of_arrival(events: Iterable[Event]) -> Settled:
    known = list(events)
    place = {event.id: n for n, event in enumerate(known)}
    settled = settle(known)
    in_order = sorted(settled.entries, key=lambda entry: place[entry.id])
    return msgspec.structs.replace(settled, entries=tuple(in_order))


def counts_duplicates(name: str, events: Iterable[Event]) -> SubjectState:
    known = list(events)
    state = fold(name, known)
    return msgspec.structs.replace(state, tallies=msgspec.structs.replace(state.tallies, received=len(known)))


def takes_duplicates_for_new(before: Iterable[Event], new: Iterable[Event]) -> Change:
    change = change_of(before, new)
    return msgspec.structs.replace(change, received=tuple(codec.facts_digest(event) for event in new))


def forgets_what_is_taken_back(state: SubjectState, change: Change, standing: Iterable[Entry]) -> SubjectState:
    return carry(state, msgspec.structs.replace(change, before=()), standing)


def counts_what_was_taken_back(tallies: Tallies, change: Change) -> Tallies:
    return tallied(tallies, msgspec.structs.replace(change, before=()))


def never_retracts(change: Change, kept: milestones.Milestones) -> bool:
    return False


def trusts_the_sources_clocks(before: Iterable[Event], new: Iterable[Event]) -> Change:
    """What is recorded before something already known comes too late to count."""
    known = list(before)
    newest = max((event.recorded_at for event in known), default=None)
    return change_of(known, [event for event in new if newest is None or event.recorded_at >= newest])


def drops_the_held(events: Iterable[Event]) -> Settled:
    return msgspec.structs.replace(settle(events), held=())


def loses_actions_on_actions(events: Iterable[Event]) -> tuple[dict[str, Event], dict[str, list[Event]]]:
    entries, actions_on = actions.split(events)
    return entries, {id_: on for id_, on in actions_on.items() if id_ in entries}


def heeds_a_voided_correction(action: Event, above: Sequence[Said]) -> Said | None:
    return said_of(action, [said for said in above if said.facts is not None])


def keeps_every_response(kept: milestones.Milestones, new: milestones.ResponseMark) -> milestones.Milestones:
    return msgspec.structs.replace(kept, responses_last=tuple(sorted({*kept.responses_last, new})))


def drops_the_last_field(event: Event) -> bytes:
    """A field that need not be there is never written."""
    last = msgspec.structs.fields(event.facts)[-1:]
    optional = {field.name: field.default for field in last if not field.required}
    return encode(msgspec.structs.replace(event, facts=msgspec.structs.replace(event.facts, **optional)))


def loses_the_cause(envelope: Envelope) -> Any:
    event = opened(envelope)
    return msgspec.structs.replace(event, causation=None) if isinstance(event, Event) else event


def takes_a_date_for_midnight(at: dt.datetime, precision: Precision) -> Moment:
    return Moment(at, Precision.MINUTE if precision is Precision.DAY else precision)


def digests_the_trace(event: Event) -> str:
    return codec.hashlib.sha256(codec.encode(event)).hexdigest()  # type: ignore[attr-defined]


def digests_facts_alone(event: Event) -> str:
    return codec.hashlib.sha256(encode_facts(event.facts)).hexdigest()  # type: ignore[attr-defined]


def stores_less(state: SubjectState) -> bytes:
    return encode_state(msgspec.structs.replace(state, tallies=msgspec.structs.replace(state.tallies, contested=0)))


def lists_what_stands_alone(events: Iterable[Event]) -> lineage.Lineages:
    known = lineages_of(events)
    return msgspec.structs.replace(known, entries=tuple(each for each in known.entries if each.entry.facts is not None))


def takes_every_action_for_in_force(sent: Event, tree: actions.Tree) -> Any:
    verdicts = verdicts_of(sent, tree)
    return {id_: (lineage.Verdict.IN_FORCE, None) if id_ in tree.actions else each for id_, each in verdicts.items()}


def explains_the_new_entry_alone(earlier: Iterable[Event], new: Event) -> explanation.Explanation:
    why = explain(earlier, new)
    return msgspec.structs.replace(why, moved=tuple(each for each in why.moved if each.after.id == new.id))


def explains_without_what_was_held(earlier: Iterable[Event], new: Event) -> explanation.Explanation:
    return msgspec.structs.replace(explain(earlier, new), held=0)


class Breakage(msgspec.Struct, frozen=True):
    """The law that must fail, and what is put in the place of which names of which modules."""

    law: str
    broken: tuple[tuple[ModuleType | type, str, Callable[..., Any]], ...]

    @property
    def name(self) -> str:
        return f"{self.law}-{self.broken[-1][2].__name__}"


def breaks(law: Callable[..., None], *broken: tuple[ModuleType | type, str, Callable[..., Any]]) -> Breakage:
    return Breakage(law.__name__, broken)


BREAKAGES = [
    breaks(laws.any_order_of_arrival_gives_the_same_bytes, (settlement, "decided", last_arrived_is_decided)),
    breaks(laws.any_order_of_arrival_gives_the_same_bytes, (settlement, "decided", contested_by_order)),
    breaks(laws.any_order_of_arrival_gives_the_same_bytes, (settlement, "_version_key", first_arrived_version)),
    breaks(
        laws.any_order_of_arrival_gives_the_same_bytes,
        (subject, "settle", keeps_order_of_arrival),
        (milestones, "_last", keeps_what_came_last),
        (subject, "milestones_of", evolves_in_order_of_arrival),
    ),
    breaks(laws.repeated_events_change_nothing, (subject, "fold", counts_duplicates)),
    breaks(laws.repeated_events_change_nothing, (subject, "change_of", takes_duplicates_for_new)),
    breaks(laws.repeated_events_change_nothing, (subject, "facts_digest", digests_the_trace)),
    breaks(laws.a_state_carried_in_batches_is_the_state_folded_at_once, (milestones, "_first", keeps_what_came_first)),
    breaks(laws.a_state_carried_in_batches_is_the_state_folded_at_once, (milestones, "_last", keeps_what_came_last)),
    breaks(laws.a_state_carried_in_batches_is_the_state_folded_at_once, (Change, "retracts", never_retracts)),
    breaks(laws.a_state_carried_in_batches_is_the_state_folded_at_once, (subject, "carry", forgets_what_is_taken_back)),
    breaks(
        laws.a_state_carried_in_batches_is_the_state_folded_at_once, (subject, "_tallied", counts_what_was_taken_back)
    ),
    breaks(laws.a_prefix_in_order_of_arrival_is_what_was_known_then, (subject, "change_of", trusts_the_sources_clocks)),
    breaks(laws.a_prefix_in_order_of_arrival_is_what_was_known_then, (milestones, "_last", keeps_what_came_last)),
    breaks(laws.an_encoded_event_decodes_to_itself, (codec, "encode", drops_the_last_field)),
    breaks(laws.an_encoded_event_decodes_to_itself, (codec, "_opened", loses_the_cause)),
    breaks(laws.an_encoded_event_decodes_to_itself, (codec, "Moment", takes_a_date_for_midnight)),
    breaks(laws.the_trace_is_no_part_of_the_facts, (codec, "facts_digest", digests_the_trace)),
    breaks(laws.whatever_else_an_event_says_is_part_of_its_digest, (codec, "facts_digest", digests_facts_alone)),
    breaks(laws.a_stored_state_reads_back_as_itself, (subject, "encode_state", stores_less)),
    breaks(laws.a_state_stops_growing, (milestones, "_with_response", keeps_every_response)),
    breaks(
        laws.every_event_is_an_entry_or_an_action_that_reached_one_or_is_held, (settlement, "settle", drops_the_held)
    ),
    breaks(
        laws.every_event_is_an_entry_or_an_action_that_reached_one_or_is_held,
        (settlement, "split", loses_actions_on_actions),
    ),
    breaks(laws.a_voided_correction_might_as_well_not_have_been_sent, (actions, "_said", heeds_a_voided_correction)),
    breaks(laws.the_lineage_says_what_settlement_did, (lineage, "lineages_of", lists_what_stands_alone)),
    breaks(laws.the_lineage_says_what_settlement_did, (lineage, "_verdicts", takes_every_action_for_in_force)),
    breaks(laws.explanations_add_up_to_the_state, (explanation, "explain", explains_the_new_entry_alone)),
    breaks(laws.explanations_add_up_to_the_state, (explanation, "explain", explains_without_what_was_held)),
]


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.name)
def test_a_broken_law_is_noticed(breakage: Breakage, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, broken in breakage.broken:
        monkeypatch.setattr(module, name, broken)
    with pytest.raises(AssertionError):
        LAWS[breakage.law].check(2000, seeking=True)


def test_every_law_is_broken_by_something() -> None:
    assert {breakage.law for breakage in BREAKAGES} == set(LAWS)
