"""What the pages, ``/api/status`` and ``trialog status`` all show: one struct of plain numbers, so that they agree.

Nothing here is formatted and nothing is in a language. Proportions are fractions from 0 to 1. None always means "cannot
be given yet"; the pages then say so in a sentence. No laboratory value of a blinded analyte is in any of it.
"""

import datetime as dt
import enum

import msgspec

from analytics.prespecified import Prespecification
from analytics.snapshot import Snapshot
from projections.rows import LatestEvent
from projections.verifying.carried_on import ChainSeen


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """One snapshot, from which commit to which it is known to hold, when it was computed, and what of it is planned."""

    first_commit: int
    last_commit: int
    computed_at: dt.datetime
    snapshot: Snapshot
    prespecification: Prespecification


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the records of the log, and of the messages at the doors.

    What was driven again and settled by that still counts as quarantined or refused; ``redriven_by_reason`` and
    ``refused_redriven`` say how much of it is settled.
    """

    accepted: int
    repeated: int
    quarantined: int
    quarantined_by_reason: dict[str, int]
    waiting: int
    refused: int
    redriven_by_reason: dict[str, int] = {}
    refused_redriven: int = 0

    @property
    def redriven(self) -> int:
        return sum(self.redriven_by_reason.values())

    @property
    def remaining(self) -> int:
        """Quarantined rows that nobody has settled yet."""
        return self.quarantined - self.redriven

    @property
    def refused_remaining(self) -> int:
        """Never below 0: a redrive may be written before the refusal, for arrival order means nothing."""
        return max(self.refused - self.refused_redriven, 0)


class LineState(enum.StrEnum):
    """How the line from the log to the page is."""

    LIVE = "live"  # nothing waits for long and a worker is heard
    BEHIND = "behind"  # records wait and the position moves: slow
    STUCK = "stuck"  # records wait, a worker is heard, and the position does not move
    SILENT = "silent"  # no worker is heard
    LOG_AWAY = "log-away"  # the log does not say where it ends
    DATABASE_AWAY = "database-away"  # the page shows what it last read


class WorkerSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's last heartbeat. ``writes`` is False for one that only keeps statistics current."""

    name: str
    state: str
    seen_at: dt.datetime
    heard: bool
    writes: bool


class PartitionLag(msgspec.Struct, frozen=True, kw_only=True):
    """How far one partition is written. ``behind`` is None where the log does not say where it ends."""

    topic: str
    partition: int
    next_offset: int
    log_end: int | None
    moved_at: dt.datetime | None

    @property
    def behind(self) -> int | None:
        return None if self.log_end is None else max(self.log_end - self.next_offset, 0)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Slow or stuck: what waits and for how long, when the position last moved, and who is heard.

    ``behind`` counts the records that wait, None where the log does not say; ``waits_s`` is for how many seconds the
    first of them is known to wait, 0 where none does, None after a single look. ``since`` is from when the state holds,
    None where it is good or nobody knows.
    """

    state: LineState
    behind: int | None
    waits_s: float | None
    moved_at: dt.datetime | None
    since: dt.datetime | None
    workers: tuple[WorkerSeen, ...]
    partitions: tuple[PartitionLag, ...]

    @property
    def broken(self) -> bool:
        return self.state not in (LineState.LIVE, LineState.BEHIND)

    @property
    def database_away(self) -> bool:
        return self.state is LineState.DATABASE_AWAY


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """All that the overview shows, as of one look. ``commit`` is 0 while the ledger is empty.

    ``chain`` is what the last verification came to, None where there was none. ``statistics`` is None until the first
    snapshot. ``latest`` has the newest event first.
    """

    study: str
    observed_at: dt.datetime
    commit: int
    committed_at: dt.datetime | None
    state_digest: str | None
    subjects: int
    chain: ChainSeen | None
    line: Line
    statistics: Statistics | None
    intake: Intake
    latest: tuple[LatestEvent, ...]
