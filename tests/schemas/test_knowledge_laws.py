"""What must hold of a subject at two times, for every history and every order of arrival."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import encode_facts
from schemas.events.event import Event
from schemas.knowledge import SubjectAsOf, differences, field_line, steps
from schemas.settlement import settle
from schemas.subject import encode_state, fold
from schemas.two_times import EVER, TrueAt
from tests.rules.drawn import STUDY
from tests.schemas.histories import DAYS, INSTANTS, histories
from tests.schemas.told import SUBJECT, as_of, told

XS = st.just(EVER) | st.builds(lambda on: TrueAt(on=on), DAYS) | st.builds(lambda at: TrueAt(at=at), INSTANTS)
EXAMPLES = settings(max_examples=60, deadline=None)


def said(then: SubjectAsOf) -> dict[str, Any]:
    """What every entry in force says, its time among it, by the names of fields."""
    return {
        each.entry.id: {
            **msgspec.json.decode(encode_facts(each.entry.facts)),  # type: ignore[arg-type]
            "happened": str(each.entry.happened),
            "contested": each.entry.contested,
        }
        for each in then.standing
    }


@given(histories())
@EXAMPLES
def test_known_at_the_head_and_true_for_ever_is_todays_state(history: list[Event]) -> None:
    assert encode_state(as_of(history).state) == encode_state(fold(SUBJECT, history))


@given(histories(), st.data())
@EXAMPLES
def test_known_at_y_is_what_a_system_knows_that_was_told_no_more(history: list[Event], data: st.DataObject) -> None:
    known = data.draw(st.integers(0, len(history)))
    then = as_of(history, known)
    assert encode_state(then.state) == encode_state(fold(SUBJECT, history[:known]))
    assert then.entries() == settle(history[:known]).in_force()


@given(histories(), XS)
@EXAMPLES
def test_true_at_x_leaves_out_what_happened_later_and_nothing_else(history: list[Event], true_at: TrueAt) -> None:
    counted = as_of(history, None, true_at).entries()
    assert counted == [entry for entry in as_of(history).entries() if true_at.includes(entry.happened)]


@given(histories(), XS)
@EXAMPLES
def test_the_steps_of_all_events_add_up_to_what_stands(history: list[Event], true_at: TrueAt) -> None:
    stands: dict[str, Any] = {}
    beyond: dict[str, Any] = {}
    for step in steps(told(history), STUDY, true_at):
        for changed in step.changes:
            if changed.entry is None:
                assert beyond.get(changed.field, 0 if changed.field == "held" else None) == changed.old
                beyond[changed.field] = changed.new
            elif changed.is_whole:
                stands.pop(changed.entry, None)
                if changed.new is not None:
                    stands[changed.entry] = {**changed.new, "happened": changed.happened}
            else:
                stands[changed.entry][changed.field.removeprefix(f"{changed.entry}.")] = changed.new
    then = as_of(history, None, true_at)
    expected = said(then)
    for entry, fields in stands.items():
        fields.setdefault("contested", expected[entry]["contested"])  # an entry may come contested, and says so then
    assert {id_: _without_nothing(fields) for id_, fields in stands.items()} == {
        id_: _without_nothing(fields) for id_, fields in expected.items()
    }
    assert beyond.get("held", 0) == then.state.tallies.held
    last = beyond.get("status")
    assert last == (None if then.status is None else f"{then.status.status.value} since {then.status.since.on}")


def _without_nothing(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@given(histories(), XS, st.data())
@EXAMPLES
def test_every_difference_names_events_that_came_in_between(
    history: list[Event], true_at: TrueAt, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(history)))
    second = data.draw(st.integers(first, len(history)))
    between = [event.id for event in history[first:second]]
    found = differences(as_of(history, first, true_at), as_of(history, second, true_at), STUDY)
    for each in found:
        assert each.old != each.new
        names = [origin.event for origin in each.origins]
        assert names
        assert names == [id_ for id_ in between if id_ in names]
        line = field_line(told(history)[:second], STUDY, each.field, true_at)
        if each.entry is None and each.field != "held":
            assert (line[-1].value, line[-1].origin.event) == (each.new, names[-1])
