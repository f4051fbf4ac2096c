"""Telling slow from stuck, from three things: records that wait, when the position last moved, and who is heard.

In order of precedence:

1. The log does not say where it ends: log away, since that was first seen.
2. No worker is heard, or none ever was: silent, since the last one was heard.
3. Records wait and the position of their partition has not moved for ``STUCK_AFTER`` while they waited: stuck.
4. Records have waited for ``SLOW_AFTER`` or longer, or nobody knows for how long: behind, which is nothing but slow.
5. Else live. A few records on their way are what a busy line looks like.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec

from monitor.view import Line, LineState, PartitionLag, WorkerSeen

_ENDS_MAX = 1000
"""How many ends are remembered of a partition that does not move; the oldest are those that count."""

HEARD_WITHIN = dt.timedelta(seconds=30)
"""A worker that said nothing for longer counts as silent."""

SLOW_AFTER = dt.timedelta(seconds=2)
"""Records that wait for less are on their way."""

STUCK_AFTER = dt.timedelta(seconds=20)
"""A position that stands still for so long while records wait is stuck, not slow."""

ENDED = frozenset({"stopped", "died"})
"""The states in which a worker says that it will not be heard any more."""

READERS_PREFIX = "analyse"
"""How the names of those begin that keep statistics current and move no position."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Since when records wait, None where none does.

    ``record_since`` is when the first record that is not written yet was seen in the log; ``still_since`` is from when
    on a partition waits without its position moving.
    """

    record_since: dt.datetime | None
    still_since: dt.datetime | None


class Watch:
    """Remembers between two looks what waited, and where the positions stood.

    One look alone cannot tell a record that has just come from one that waits for ever: the position may have stood
    still for an hour because nothing came. Not for use by several threads at once.
    """

    def __init__(self) -> None:
        self._ends: dict[tuple[str, int], list[tuple[int, dt.datetime]]] = {}
        self._still: dict[tuple[str, int], tuple[int, dt.datetime]] = {}
        self._log_away_since: dt.datetime | None = None

    def waiting(self, partitions: Iterable[PartitionLag], now: dt.datetime) -> Waiting:
        """Takes a look into account. Of several partitions the one that waits longest counts."""
        ends: dict[tuple[str, int], list[tuple[int, dt.datetime]]] = {}
        still: dict[tuple[str, int], tuple[int, dt.datetime]] = {}
        for each in partitions:
            if not each.behind or each.log_end is None:
                continue
            key = (each.topic, each.partition)
            ends[key] = _unreached(self._ends.get(key, []), each.next_offset, each.log_end, now)
            offset, since = self._still.get(key, (each.next_offset, now))
            still[key] = (each.next_offset, since if offset == each.next_offset else now)
        self._ends, self._still = ends, still
        return Waiting(
            record_since=min((seen[0][1] for seen in ends.values()), default=None),
            still_since=min((since for _, since in still.values()), default=None),
        )

    def log_away_since(self, away: bool, now: dt.datetime) -> dt.datetime | None:
        """Since when the log has not answered; None where it answers."""
        self._log_away_since = (self._log_away_since or now) if away else None
        return self._log_away_since


def _unreached(
    seen: list[tuple[int, dt.datetime]], next_offset: int, end: int, now: dt.datetime
) -> list[tuple[int, dt.datetime]]:
    """The ends of a partition that its position has not come to yet, each with when it was first seen, oldest first."""
    left = [(offset, at) for offset, at in seen if offset > next_offset]
    if (not left or left[-1][0] < end) and len(left) < _ENDS_MAX:
        left.append((end, now))
    return left


def worker_seen(name: str, state: str, seen_at: dt.datetime, now: dt.datetime) -> WorkerSeen:
    """A worker that said that it ends is not heard any more from that moment on."""
    return WorkerSeen(
        name=name,
        state=state,
        seen_at=seen_at,
        heard=state not in ENDED and now - seen_at <= HEARD_WITHIN,
        writes=not name.startswith(READERS_PREFIX),
    )


def with_ends(
    partitions: Iterable[PartitionLag], ends: Mapping[tuple[str, int], int] | None
) -> tuple[PartitionLag, ...]:
    """The partitions with the log's own ends, and those of the log that nothing was written of yet, in order.

    Where ``ends`` is None, each keeps the end that its worker saw last.
    """
    known = {(each.topic, each.partition): each for each in partitions}
    if ends is not None:
        for (topic, partition), end in ends.items():
            old = known.get((topic, partition))
            known[topic, partition] = PartitionLag(
                topic=topic,
                partition=partition,
                next_offset=old.next_offset if old else 0,
                log_end=end,
                moved_at=old.moved_at if old else None,
            )
    return tuple(each for _, each in sorted(known.items()))


def judge(
    partitions: tuple[PartitionLag, ...],
    workers: tuple[WorkerSeen, ...],
    *,
    log_away_since: dt.datetime | None,
    waiting: Waiting | None,
    now: dt.datetime,
) -> Line:
    """The state of the line, by the numbered rules above. ``waiting`` is None at a single look."""
    writers = [each for each in workers if each.writes]
    behind = None if log_away_since else sum(each.behind or 0 for each in partitions)
    waits = _waits(behind, waiting, now)
    still_since = waiting.still_since if waiting is not None else None
    state, since = LineState.LIVE, None
    if log_away_since is not None:
        state, since = LineState.LOG_AWAY, log_away_since
    elif not any(each.heard for each in writers):
        state, since = LineState.SILENT, max((each.seen_at for each in writers), default=None)
    elif behind and still_since is not None and now - still_since >= STUCK_AFTER:
        state, since = LineState.STUCK, still_since
    elif behind and (waits is None or waits >= SLOW_AFTER):
        state = LineState.BEHIND
    return Line(
        state=state,
        behind=behind,
        waits_s=None if waits is None else waits.total_seconds(),
        moved_at=max((each.moved_at for each in partitions if each.moved_at), default=None),
        since=since,
        workers=workers,
        partitions=partitions,
    )


def _waits(behind: int | None, waiting: Waiting | None, now: dt.datetime) -> dt.timedelta | None:
    if behind == 0:
        return dt.timedelta()
    if behind is None or waiting is None or waiting.record_since is None:
        return None
    return now - waiting.record_since
