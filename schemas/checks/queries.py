"""The queries of one subject: what the edit checks find, and what people asked, answered and closed.

A pure fold of two sets of facts, whatever the order of their arrival: the record's events, which findings follow from,
and the oversight facts `QueryOpened`, `QueryAnswered`, `QueryClosed`. Both are taken in the order of recording.

In order of precedence:

1. A finding opens its query, and going away closes it: *closed by correction*. Coming back opens it again.
2. A person's answer makes an open query *answered*. It stays open for whoever asked.
3. A person closes an open query. "Confirmed as entered" and "withdrawn" hold for the entries as they then stood: while
   they stand so the finding opens nothing, and when one of them changes and the finding is still there, the query is
   open again. "Corrected" holds nothing: a finding that is still there opens the query again at once.
4. A person may open a closed query again; if the rule that asked it finds nothing, it closes again by itself.
5. A query without a rule, or of a rule that is not asked here, is opened and closed by people alone.
6. What was said of a query before its opening, by a clock that goes wrong, counts as said at once after. What was said
   of a query that nobody opened and no rule has is kept out until one does.

A finding that no correction ended, but an entry that came late, leaves a trace only where its query was recorded as
opened; it is then closed by correction, without an instant.
"""

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from schemas.checks.catalogue import RESPONSE_DIFFERS, RULES_BY_NAME
from schemas.checks.chart import Compare
from schemas.checks.replay import RecordedKey, Sighted, Sighting, replay
from schemas.events import QueryAnswered, QueryClosed, QueryOpened
from schemas.events.event import Event
from schemas.events.review import QueryClosing
from schemas.study import StudyDefinition


class QueryState(enum.StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    CLOSED_BY_CORRECTION = "closed-by-correction"
    REOPENED = "reopened"


OPEN_STATES = frozenset({QueryState.OPEN, QueryState.ANSWERED, QueryState.REOPENED})
_HOLDS = frozenset({QueryClosing.CONFIRMED, QueryClosing.WITHDRAWN})


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A query came to another state.

    ``because`` is the event that did it: an oversight fact, a correction, or the entry that completed a finding; ``at``
    is when that was recorded. ``actor`` and ``actor_role`` are its author's, None where an edit check opened the query.
    ``why`` is a person's reason to close. All are None where an entry that came late put the record right.
    """

    state: QueryState
    because: str | None = None
    at: dt.datetime | None = None
    actor: str | None = None
    actor_role: str | None = None
    why: QueryClosing | None = None


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One query with all its turns, in order; at least one.

    ``rule`` is None for a person's own question. ``question`` has the words of whoever opened it, None where nobody but
    the check did: what that asks is its rule's text. ``field`` and ``on`` are the finding's, None where it was never
    seen here.
    """

    id: str
    subject: str
    rule: str | None
    entries: tuple[str, ...]
    turns: tuple[Turn, ...]
    field: str | None = None
    on: dt.date | None = None
    about: str = ""
    question: str | None = None

    @property
    def state(self) -> QueryState:
        return self.turns[-1].state

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to look at it; an answer does not close a query."""
        return self.state in OPEN_STATES


class _Item(msgspec.Struct, frozen=True):
    """A sighting or an oversight fact, in its place."""

    key: RecordedKey
    sighting: Sighting | None = None
    said: Event | None = None

    @property
    def opens(self) -> bool:
        if self.sighting is not None:
            return self.sighting.standing is not None
        return self.said is not None and isinstance(self.said.facts, QueryOpened)


def queries(
    subject: str,
    events: Iterable[Event],
    oversight_events: Iterable[Event],
    study: StudyDefinition,
    on: dt.date,
    compare: Compare | None = None,
) -> tuple[Query, ...]:
    """Every query of a subject as at a date, by id. ``events`` are the subject's own, without oversight facts; of
    ``oversight_events`` those that are no part of a query, or are of another subject, are passed over.

    ``compare`` as in `schemas.checks.catalogue.check`; the cost as in `schemas.checks.replay.replay`.
    """
    sighted = replay(subject, events, study, on, compare)
    said = _said(subject, oversight_events)
    asked = frozenset(RULES_BY_NAME) - (frozenset() if compare is not None else {RESPONSE_DIFFERS})
    found = (_query(subject, id_, sighted.get(id_), said.get(id_, []), asked) for id_ in sighted.keys() | said.keys())
    return tuple(sorted((query for query in found if query is not None), key=lambda query: query.id))


def _said(subject: str, oversight_events: Iterable[Event]) -> dict[str, list[Event]]:
    """What was said of each query by its id, in the order of recording; repeated events count once."""
    said: dict[str, list[Event]] = defaultdict(list)
    unique = {event.id: event for event in oversight_events if event.subject == subject}
    for event in sorted(unique.values(), key=Event.recorded_key):
        if isinstance(event.facts, QueryOpened | QueryAnswered | QueryClosed):
            said[event.facts.query].append(event)
    return dict(said)


def _query(
    subject: str, id_: str, sighted: Sighted | None, said: Sequence[Event], asked: frozenset[str]
) -> Query | None:
    opened = next((event.facts for event in said if isinstance(event.facts, QueryOpened)), None)
    if sighted is not None:
        finding = sighted.finding
        turns = _turns(_in_order(sighted.sightings, said), judged=True)
        return Query(
            id=id_,
            subject=subject,
            rule=finding.rule,
            entries=finding.entries,
            turns=turns,
            field=finding.field,
            on=finding.on,
            about=finding.about,
            question=None if opened is None else opened.question,
        )
    if opened is None:
        return None
    return Query(
        id=id_,
        subject=subject,
        rule=opened.rule,
        entries=opened.entries,
        turns=_turns(_in_order((), said), judged=opened.rule in asked),
        question=opened.question,
    )


def _in_order(sightings: Sequence[Sighting], said: Sequence[Event]) -> list[_Item]:
    """Sightings and facts in the order of recording, none before the first that opens the query."""
    items = [_Item(sighting.key, sighting=sighting) for sighting in sightings]
    items += [_Item(event.recorded_key(), said=event) for event in said]
    begins = min((item for item in items if item.opens), key=lambda item: item.key)
    return sorted(items, key=lambda item: (item is not begins, item.key))


def _turns(items: Sequence[_Item], *, judged: bool) -> tuple[Turn, ...]:
    """``judged``: a rule is asked here that has the query, so that it opens and closes by itself."""
    turns: list[Turn] = []
    standing: str | None = None  # the entries concerned as they stand, None while the rule finds nothing
    held: str | None = None  # the entries as they stood when a person closed for good
    for item in items:
        if item.sighting is not None:
            standing = item.sighting.standing
        elif item.said is not None and (turn := _turned(item.said, turns)) is not None:
            turns.append(turn)
            held = standing if turn.why in _HOLDS else None
        if judged and (state := _by_itself(turns, standing, held)) is not None:
            turns.append(_own_turn(state, item))
    return tuple(turns)


def _turned(event: Event, turns: Sequence[Turn]) -> Turn | None:
    """What a person's fact makes of the query; None where it changes nothing."""
    is_open = bool(turns) and turns[-1].state in OPEN_STATES
    why: QueryClosing | None = None
    match event.facts:
        case QueryOpened() if not is_open:
            state = QueryState.REOPENED if turns else QueryState.OPEN
        case QueryAnswered() if is_open:
            state = QueryState.ANSWERED
        case QueryClosed(why=why) if is_open:
            state = QueryState.CLOSED
        case _:
            return None
    return Turn(
        state=state,
        because=event.id,
        at=event.recorded_at,
        actor=event.actor,
        actor_role=event.actor_role,
        why=why,
    )


def _by_itself(turns: Sequence[Turn], standing: str | None, held: str | None) -> QueryState | None:
    """The state to which the finding brings the query; None where it stays."""
    if not turns:
        return QueryState.OPEN
    state = turns[-1].state
    if standing is None:
        return QueryState.CLOSED_BY_CORRECTION if state in OPEN_STATES else None
    if state in OPEN_STATES or (state is QueryState.CLOSED and standing == held):
        return None
    return QueryState.REOPENED


def _own_turn(state: QueryState, item: _Item) -> Turn:
    """A turn that nobody made by hand. Who corrected the record is named as who closed; the check opens by itself."""
    closes = state is QueryState.CLOSED_BY_CORRECTION
    if item.sighting is not None:
        return Turn(
            state=state,
            because=item.sighting.because,
            at=item.sighting.at,
            actor=item.sighting.actor if closes else None,
            actor_role=item.sighting.actor_role if closes else None,
        )
    if closes or item.said is None:
        return Turn(state=state)
    return Turn(state=state, because=item.said.id, at=item.said.recorded_at)
