"""Generated histories of one subject: timely and late entries, versions of results, corrections, voids."""

import datetime as dt
import random
from decimal import Decimal

import msgspec
from hypothesis import strategies as st

from schemas import events as ev
from schemas.events.event import Event
from schemas.events.lab import Bound, Matrix, ResultStatus
from schemas.moments import Moment, Precision, day
from tests.schemas.controls import ZONE, event
from tests.schemas.generated import KINDS, SUBJECT_KINDS, TEXTS, correction, facts_of

DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 12))
IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"\\'), min_size=1, max_size=100)


def result(series: str, status: ResultStatus, number: Decimal | None) -> ev.ResultReported:
    return ev.ResultReported(
        analyte="platelets",
        bound=None if number is None else Bound.EQUAL,
        number=number,
        unit="10*9/L",
        text="-----" if number is None else str(number),
        unit_sent="10*9/L",
        matrix=Matrix.WHOLE_BLOOD,
        status=status,
        series=series,
        code="777-3",
        code_system="LN",
    )


def _moments() -> list[Moment]:
    """Twelve days, and three times of each, one for each precision."""
    made = []
    for n in range(12):
        at = dt.datetime(2024, 1, 1 + n, 7 + n, 30, tzinfo=ZONE)
        made += [day(at.date(), ZONE), Moment(at, Precision.MINUTE)]
        made += [Moment(at + dt.timedelta(seconds=7), Precision.SECOND)]
        made += [Moment(at + dt.timedelta(milliseconds=7), Precision.MILLISECOND)]
    return made


MOMENTS = st.sampled_from(_moments())
INSTANTS = st.sampled_from([moment.at for moment in _moments()[::2]])
"""Few enough that two things are often recorded at the same instant."""


_KINDS = st.sampled_from((*SUBJECT_KINDS, *(ev.ResultReported,) * 5))
"""Results more often than others: they alone have later versions."""


@st.composite
def histories(draw: st.DrawFn, *, entries_max: int = 8, actions_max: int = 8) -> list[Event]:
    """The events of one subject in an arbitrary order. Actions speak of entries, of each other, or of nothing known.

    A history is of a few types only, so that entries meet; all histories together are of every type. Most corrections
    are to the type of the entry at the root, or they would be inert.
    """
    kinds = draw(st.lists(_KINDS, min_size=1, max_size=2, unique=True))
    drawn = {kind: st.sampled_from([draw(facts_of(kind)), draw(facts_of(kind))]) for kind in kinds}
    any_drawn = st.one_of(*drawn.values())
    entries = [
        event(f"e{n}", draw(any_drawn), happened=draw(MOMENTS), recorded_at=draw(INSTANTS))
        for n in range(draw(st.integers(0, entries_max)))
    ]
    root = {entry.id: type(entry.facts) for entry in entries}
    count = draw(st.integers(0, actions_max))
    targets = st.sampled_from([*root, *root, *(f"a{n}" for n in range(count)), "elsewhere"])
    actions = []
    for n in range(count):
        target = draw(targets)
        facts: ev.Facts = ev.EntryVoided(target=target)
        if draw(st.booleans()):
            like = drawn[root[target]] if target in root and draw(st.integers(0, 7)) else any_drawn  # type: ignore[index]
            facts = correction(target, draw(like), draw(st.none() | MOMENTS))
        if target in root:
            root[f"a{n}"] = root[target]
        actions.append(event(f"a{n}", facts, recorded_at=draw(INSTANTS), reason="checked"))
    return draw(st.permutations(entries + actions))


class Crowd(msgspec.Struct, frozen=True):
    """Many entries that say the same, a day apart, so that they differ in no length; criteria are of 45 in turn."""

    facts: ev.SubjectFacts
    seed: int

    def first(self, size: int) -> list[Event]:
        """The first so many by date, in an arbitrary order."""
        crowd = [self._entry(n) for n in range(size)]
        random.Random(self.seed).shuffle(crowd)
        return crowd

    def _entry(self, n: int) -> Event:
        facts = self.facts
        if isinstance(facts, ev.CriterionAssessed):
            facts = msgspec.structs.replace(facts, criterion=f"E{10 + n % 45}")
        return event(f"e{n:04d}", facts, happened=day(dt.date(2024, 1, 1) + dt.timedelta(days=n), ZONE))


CROWDS = st.builds(Crowd, st.sampled_from(SUBJECT_KINDS).flatmap(facts_of), st.integers(0, 2**32))


@st.composite
def events(draw: st.DrawFn) -> Event:
    """One event of any type, oversight among them, with anything that an envelope may say."""
    facts = draw(facts_of(draw(st.sampled_from(KINDS))))
    is_action = isinstance(facts, ev.EntryCorrected | ev.EntryVoided)
    optional = st.none() | TEXTS
    return Event(
        id=draw(IDS),
        source=draw(TEXTS),
        subject=draw(st.none() | st.sampled_from(["S-001", "S-002"])),
        happened=draw(MOMENTS),
        recorded_at=draw(INSTANTS),
        actor=draw(TEXTS),
        actor_role=draw(TEXTS),
        protocol_version=draw(TEXTS),
        facts=facts,
        reason=draw(TEXTS if is_action else optional),
        causation=draw(optional),
        traceparent=draw(optional),
    )
