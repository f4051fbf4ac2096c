"""How fast are histories decoded and folded, and what does one more entry cost a subject that has very many?

Neither log nor database takes part: this is what the processor itself has to do.
"""

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Callable
from itertools import islice
from time import perf_counter, process_time

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.bench import SEED
from benchmarks.mix import LATE_SHARE, ZONE, mixed_events
from schemas.codec import decode, encode, encode_facts
from schemas.events import ContactedAlive, EntryCorrected, Facts, ResultReported
from schemas.events.event import Event
from schemas.events.lab import Bound, Matrix, ResultStatus
from schemas.milestones import moves_milestones
from schemas.moments import Moment, Precision
from schemas.settlement import Entry, settle
from schemas.subject import SubjectState, carry, change_of, decode_state, digest, encode_state, fold
from tests.schemas.fullest import fullest_history

EVENTS_PER_SECOND_MIN = 100_000
ENTRY_US_MAX = 1000.0
STATE_BYTES_MAX = 64_000
STUDY = "fold"


class FoldSizes(msgspec.Struct, frozen=True, kw_only=True):
    """``subjects`` with ``history`` events each are folded ``rounds`` times. ``entries`` are those of the long history,
    to which one more entry is added ``additions`` times.
    """

    subjects: int = 72
    history: int = 300
    rounds: int = 15
    entries: int = 50_000
    additions: int = 500


def measure_fold(console: Console, sizes: FoldSizes) -> bool:
    """Prints both; True where they are as fast, and the state as small, as expected."""
    good = _measure_histories(console, sizes)
    return _measure_one_more(console, sizes) and good


def _measure_histories(console: Console, sizes: FoldSizes) -> bool:
    """Decodes and folds one subject after the other, as a replay does; the clock of each part runs apart."""
    values: dict[bytes, list[bytes]] = defaultdict(list)
    for sent in islice(mixed_events(STUDY, seed=SEED, subjects=sizes.subjects), sizes.subjects * sizes.history):
        values[sent.record.key].append(sent.record.value)
    processor: dict[str, list[float]] = defaultdict(list)
    wall: dict[str, list[float]] = defaultdict(list)
    with console.status("folding histories"):
        for _ in range(sizes.rounds):
            for clock, rates in ((process_time, processor), (perf_counter, wall)):
                for part, rate in _rates(values, clock).items():
                    rates[part].append(rate)
    return _print_rates(console, sizes, processor, wall)


def _rates(values: dict[bytes, list[bytes]], clock: Callable[[], float]) -> dict[str, float]:
    """Events per second by part. `fold` settles and evolves; `settle` is done once more, to be seen apart."""
    spent: dict[str, float] = dict.fromkeys(("decode", "settle", "fold", "decode and fold"), 0.0)
    for subject, history in values.items():
        began = clock()
        events = [event for event in map(decode, history) if isinstance(event, Event)]
        decoded = clock()
        fold(subject.decode(), events)
        folded = clock()
        settle(events)
        spent["settle"] += clock() - folded
        spent["decode"] += decoded - began
        spent["fold"] += folded - decoded
        spent["decode and fold"] += folded - began
    count = sum(map(len, values.values()))
    return {part: count / seconds for part, seconds in spent.items()}


def _print_rates(
    console: Console, sizes: FoldSizes, processor: dict[str, list[float]], wall: dict[str, list[float]]
) -> bool:
    """Nothing here waits, so on a quiet machine both times are the same; on another one only the processor's counts."""
    table = Table(
        title=f"Histories of {sizes.history} events, {LATE_SHARE:.0%} late results, one process: events per second"
    )
    table.add_column("part")
    columns = ("of processor time", "least", "most", "by the clock", "µs per event", "times the fold")
    for column in columns:
        table.add_column(column, justify="right")
    medians = {part: statistics.median(each) for part, each in processor.items()}
    for part, each in processor.items():
        rates = (medians[part], min(each), max(each), statistics.median(wall[part]))
        shares = (f"{1e6 / medians[part]:.2f}", f"{medians[part] / medians['fold']:.2f}")
        table.add_row(part, *(f"{rate:,.0f}" for rate in rates), *shares)
    console.print(table)
    good = min(medians["decode"], medians["fold"]) >= EVENTS_PER_SECOND_MIN
    console.print(
        f"decode and fold, each, per second of processor time; expected at least {EVENTS_PER_SECOND_MIN:,}: "
        f"{'yes' if good else 'NO'}"
    )
    return good


class _Subject:
    """A subject with a history, as the database holds it."""

    def __init__(self, events: list[Event]) -> None:
        self.name = events[0].subject or ""
        self.last = max(event.happened.at for event in events)
        self.stored = encode_state(fold(self.name, events))
        settled = settle(events).in_force()
        self.moving = [entry for entry in settled if entry.facts is not None and moves_milestones(entry.facts)]

    def take(self, new: Event, earlier: list[Event], standing: list[Entry]) -> float:
        """Microseconds from an event's bytes and the stored state to the new state's bytes and digest."""
        value = encode(new)
        began = perf_counter()
        event = decode(value)
        assert isinstance(event, Event)
        state: SubjectState = carry(decode_state(self.stored), change_of(earlier, [event]), standing)
        encode_state(state)
        digest(state)
        return 1e6 * (perf_counter() - began)

    def event(self, id_: str, facts: Facts, *, days_late: int = 0, reason: str | None = None) -> Event:
        at = (self.last + dt.timedelta(hours=1)).astimezone(ZONE).replace(second=0, microsecond=0)
        return Event(
            id=id_,
            source="/hl7/LIS-A/FJMUUH",
            subject=self.name,
            happened=Moment(at - dt.timedelta(days=days_late), Precision.MINUTE),
            recorded_at=at,
            actor="analyser-1",
            actor_role="device",
            protocol_version="1",
            facts=facts,
            reason=reason,
        )


def _measure_one_more(console: Console, sizes: FoldSizes) -> bool:
    few, many = sizes.history, sizes.entries
    with console.status(f"a subject with {many:,} entries"):
        subjects = {
            f"{few:,} entries": _Subject(_history(few)),
            f"{many:,} entries": _Subject(_history(many)),
            f"{many:,}, registers full": _Subject([*_renamed(_history(many - 5_000)), *fullest_history(5_000)]),
        }
        spent = {
            (what, name): statistics.median(taking(subject, n) for n in range(sizes.additions))
            for what, taking in _ADDITIONS.items()
            for name, subject in subjects.items()
        }
    _print_additions(console, subjects, spent)
    slowest = max(spent[what, name] for what in (_LAST, _LATE) for name in subjects)
    largest = max(len(subject.stored) for subject in subjects.values())
    good = slowest <= ENTRY_US_MAX and largest <= STATE_BYTES_MAX
    console.print(
        f"the last entry and a late one; expected at most {ENTRY_US_MAX:,.0f} µs, and a state of at most "
        f"{STATE_BYTES_MAX:,} bytes: {'yes' if good else 'NO'}"
    )
    return good


def _print_additions(console: Console, subjects: dict[str, _Subject], spent: dict[tuple[str, str], float]) -> None:
    table = Table(title="One more entry, from its bytes to the new state's: median µs; the database apart")
    table.add_column("what comes")
    for name in subjects:
        table.add_column(name, justify="right")
    for what in _ADDITIONS:
        table.add_row(what, *(f"{spent[what, name]:,.0f}" for name in subjects))
    table.add_row("bytes of the state", *(f"{len(subject.stored):,}" for subject in subjects.values()))
    table.add_row("entries that move milestones", *(f"{len(subject.moving):,}" for subject in subjects.values()))
    console.print(table)


def _history(size: int) -> list[Event]:
    decoded = (decode(sent.record.value) for sent in mixed_events(STUDY, seed=SEED, subjects=1))
    return list(islice((event for event in decoded if isinstance(event, Event)), size))


def _renamed(events: list[Event]) -> list[Event]:
    """The same of the subject whose registers are full."""
    subject = fullest_history(1)[0].subject
    return [msgspec.structs.replace(event, subject=subject) for event in events]


def _result(series: str, status: ResultStatus = ResultStatus.FINAL) -> ResultReported:
    return ResultReported(
        analyte="platelets",
        bound=Bound.EQUAL,
        number=None,
        unit="10*9/L",
        text="-----",
        unit_sent="10*9/L",
        matrix=Matrix.WHOLE_BLOOD,
        status=status,
        series=series,
        code="777-3",
        code_system="LN",
    )


def _last(subject: _Subject, n: int) -> float:
    return subject.take(subject.event(f"new-{n}", _result(f"new-{n}")), [], [])


def _late(subject: _Subject, n: int) -> float:
    return subject.take(subject.event(f"new-{n}", _result(f"new-{n}"), days_late=30), [], [])


def _late_contact(subject: _Subject, n: int) -> float:
    return subject.take(subject.event(f"new-{n}", ContactedAlive(means="telephone"), days_late=30), [], [])


def _later_version(subject: _Subject, n: int) -> float:
    earlier = subject.event(f"old-{n}", _result(f"new-{n}"), days_late=30)
    return subject.take(subject.event(f"new-{n}", _result(f"new-{n}", ResultStatus.CORRECTED)), [earlier], [])


def _correction(subject: _Subject, n: int) -> float:
    """Takes a milestone back, so all entries that move milestones are evolved again."""
    contact = subject.event(f"old-{n}", ContactedAlive(means="telephone"), days_late=30)
    replacement = msgspec.json.decode(encode_facts(ContactedAlive(means="visit")))
    facts = EntryCorrected(target=contact.id, target_type=ContactedAlive.TYPE, replacement=replacement)
    return subject.take(subject.event(f"new-{n}", facts, reason="wrong means"), [contact], subject.moving)


_LAST, _LATE = "a result, the last", "a result, 30 days late"
_ADDITIONS: dict[str, Callable[[_Subject, int], float]] = {
    _LAST: _last,
    _LATE: _late,
    "a contact, 30 days late": _late_contact,
    "a later version of a result": _later_version,
    "a correction of a contact": _correction,
}
