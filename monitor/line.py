"""Telling slow from stuck, from three things: records that wait, when the position last moved, and who is heard.

In order of precedence:

1. The log does not say where it ends: log away, since that was first seen.
2. No worker is heard, or none ever was: silent, since the last one was heard.
3. Records wait and the position of their partition has not moved for ``STUCK_AFTER`` while they waited: stuck.
4. Records wait: behind, which is nothing but slow.
5. Else live.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

from monitor.view import Line, LineState, PartitionLag, WorkerSeen

HEARD_WITHIN = dt.timedelta(seconds=30)
"""A worker that said nothing for longer counts as silent."""

STUCK_AFTER = dt.timedelta(seconds=20)
"""A position that stands still for so long while records wait is stuck, not slow."""

ENDED = frozenset({"stopped", "died"})
"""The states in which a worker says that it will not be heard any more."""

READERS_PREFIX = "analyse"
"""How the names of those begin that keep statistics current and move no position."""


class Watch:
    """Remembers between two looks since when records wait where the position stands.

    One look alone cannot tell a record that has just come from one that waits for ever: the position may have stood
    still for an hour because nothing came. Not for use by several threads at once.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, int], tuple[int, dt.datetime]] = {}
        self._log_away_since: dt.datetime | None = None

    def waiting_since(self, partitions: Iterable[PartitionLag], now: dt.datetime) -> dt.datetime | None:
        """Since when the partition that waits longest has waited without moving; None where none waits."""
        waiting: dict[tuple[str, int], tuple[int, dt.datetime]] = {}
        for each in partitions:
            if each.behind:
                key = (each.topic, each.partition)
                offset, since = self._waiting.get(key, (each.next_offset, now))
                waiting[key] = (each.next_offset, since if offset == each.next_offset else now)
        self._waiting = waiting
        return min((since for _, since in waiting.values()), default=None)

    def log_away_since(self, away: bool, now: dt.datetime) -> dt.datetime | None:
        """Since when the log has not answered; None where it answers."""
        self._log_away_since = (self._log_away_since or now) if away else None
        return self._log_away_since


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
    waiting_since: dt.datetime | None,
    now: dt.datetime,
) -> Line:
    """The state of the line, by the numbered rules above."""
    writers = [each for each in workers if each.writes]
    behind = None if log_away_since else sum(each.behind or 0 for each in partitions)
    moved_at = max((each.moved_at for each in partitions if each.moved_at), default=None)
    state, since = LineState.LIVE, None
    if log_away_since is not None:
        state, since = LineState.LOG_AWAY, log_away_since
    elif not any(each.heard for each in writers):
        state, since = LineState.SILENT, max((each.seen_at for each in writers), default=None)
    elif behind and waiting_since is not None and now - waiting_since >= STUCK_AFTER:
        state, since = LineState.STUCK, waiting_since
    elif behind:
        state = LineState.BEHIND
    return Line(state=state, behind=behind, moved_at=moved_at, since=since, workers=workers, partitions=partitions)
