"""What commands print for people of a subject or the statistics at two times: who said what, since when, and why."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from projections.summary import detail_of
from schemas.codec import decode_facts
from schemas.knowledge import FieldDifference, SubjectAsOf
from schemas.showing import WITHHELD
from schemas.subject import digest
from schemas.two_times import KnownAt, Origin
from trialog.printing import EXPLORATORY, exploratory_line

if TYPE_CHECKING:
    from analytics.cascade import Cascade
    from analytics.prespecified import Prespecification

NOTHING = "-"


def print_subject(console: Console, then: SubjectAsOf) -> None:
    """The statuses and the entries in force, each with who said it; no entry's values."""
    _say(console, f"{then.subject} true at {then.true_at}, known at {point(then.known_at)}")
    _say(console, f"state digest {digest(then.state)[:16]}")
    statuses = _table("status", "since", "entry")
    for status in then.statuses:
        _add(statuses, status.status.value, str(status.since.on), status.since.entry)
    console.print(statuses)
    _say(console, f"{len(then.standing)} entries in force, {then.state.tallies.held} held")
    entries = _table("happened", "type", "entry", *_SAID)
    for each in then.standing:
        type_ = "" if each.entry.facts is None else each.entry.facts.TYPE
        _add(entries, str(each.entry.happened), type_, each.entry.id, *_said_by(each.said))
    console.print(entries)


def print_differences(
    console: Console, before: SubjectAsOf, after: SubjectAsOf, found: Sequence[FieldDifference]
) -> None:
    """One line a field: what it said, what it says, and the event that brought that."""
    _say(console, f"{after.subject} from {point(before.known_at)} to {point(after.known_at)}")
    if not found:
        _say(console, "nothing differs")
        return
    table = _table("field", "before", "after", "event", *_SAID)
    for each in found:
        origin = each.origin
        said = (NOTHING,) * len(_SAID) if origin is None else _said_by(origin)
        old, new = (_value(each, value) for value in (each.old, each.new))
        _add(table, each.field, old, new, NOTHING if origin is None else origin.event, *said)
    console.print(table)


def print_cascade(console: Console, found: "Cascade", told: "Prespecification") -> None:
    """The numbers that moved, and which are exploratory; then the endpoint rows behind them with their events."""
    from analytics.numbers import said

    if found.event is not None:
        event, of = found.event, f" of {found.subject}" if found.subject else ""
        _say(console, f"event {event.event} ({event.type}){of}, by {event.actor} ({event.actor_role})")
        _say(console, f"recorded {_utc(event.recorded_at)}, {event.position} in commit {event.commit}")
        _say(console, f"why: {event.reason or NOTHING}")
    _say(console, f"from {point(found.before)} to {point(found.after)}")
    cutoffs = dict.fromkeys((found.cutoff_before_on, found.cutoff_after_on))
    _say(console, f"data cutoff {' → '.join(map(str, cutoffs))}")
    if not found.numbers:
        _say(console, "no published number moved")
    else:
        numbers = _table("number", "before", "after", "")
        for number in found.numbers:
            zero = (
                0 if isinstance(number.old or number.new, int) else None
            )  # what is counted nowhere is counted 0 times
            old, new = (said(zero if each is None else each) for each in (number.old, number.new))
            _add(numbers, number.name, old, new, EXPLORATORY if told.is_exploratory(number.name) else "")
        console.print(numbers)
        _say(console, exploratory_line(told))
    _say(console, f"endpoint rows that differ: {len(found.rows)}")
    rows = _table("subject", "field", "before", "after", "moved by")
    for row in found.rows:
        movers = ", ".join(f"{each.event} ({each.actor}: {each.reason or NOTHING})" for each in row.origins)
        for field in row.fields:
            _add(rows, row.subject, field.field, _plain(field.old), _plain(field.new), movers)
    if found.rows:
        console.print(rows)


def point(known_at: KnownAt) -> str:
    """A commit with its time."""
    return f"{known_at}" if known_at.committed_at is None else f"{known_at} ({_utc(known_at.committed_at)})"


_SAID = ("by", "recorded", "commit", "why")


def _said_by(origin: Origin) -> tuple[str, ...]:
    who = f"{origin.actor} ({origin.actor_role})"
    return (who, _utc(origin.recorded_at), str(origin.commit), origin.reason or NOTHING)


def _value(difference: FieldDifference, value: Any) -> str:
    """A whole entry in the few words that lists of events use; what is withheld was taken out before."""
    if value is None or difference.field != difference.entry or difference.type is None:
        return _plain(value)
    if WITHHELD in value.values():
        return f"{difference.type}, partly {WITHHELD}"
    facts = decode_facts(difference.type, msgspec.json.encode(value))
    words = detail_of(facts, frozenset({value["analyte"]} if "analyte" in value else ()))
    return ", ".join((difference.type, *(f"{name} {said}" for name, said in words)))


def _plain(value: Any) -> str:
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _utc(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"


def _say(console: Console, sentence: str) -> None:
    console.print(sentence, markup=False, soft_wrap=True)


def _add(table: Table, *cells: str) -> None:
    """As text: what people wrote may look like markup."""
    table.add_row(*map(Text, cells))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == "recorded")
    return table
