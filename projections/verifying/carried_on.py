"""The chain verified as the ledger grows: each look goes on from the last verified row, never from the first again."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import psycopg

from projections.chain import GENESIS
from projections.reading import head
from projections.rows import Head
from projections.seals.reading import latest_seal
from projections.verifying.broken import Broken, silent
from projections.verifying.commits import commits_broken
from projections.verifying.partitions import Position, Slice, positions, walk

Connection = psycopg.Connection[Any]

ROWS_A_STEP = 10_000

_TIME = "SELECT clock_timestamp()"


class SealSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A seal as it is stored, unchecked. ``root`` is hexadecimal."""

    number: int
    size: int
    commit: int
    root: str


class ChainSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What is verified of the chain: every row up to ``commit``, at ``at`` by the database's clock.

    ``broken`` is the first thing that was found broken since the process began, None where nothing was. ``seal`` is the
    last seal, None where there is none.
    """

    commit: int
    at: dt.datetime
    broken: Broken | None
    seal: SealSeen | None


class CarriedOn:
    """Remembers where each partition is verified to.

    ``pause`` is called between steps of a few thousand rows, and says whether the work is to end there.
    """

    def __init__(self, pause: Callable[[], bool]) -> None:
        self._pause = pause
        self._reached: dict[tuple[str, int], tuple[int, bytes | None]] = {}
        self._covered: dict[tuple[str, int], int] = {}
        self._head = Head(commit=0, committed_at=None)
        self._broken: Broken | None = None
        self.seen: ChainSeen | None = None

    def look(self, connection: Connection) -> ChainSeen | None:
        """Verifies what is new. Where nothing is, what was seen stays, with its time. Not within a transaction.

        None where ``pause`` ended the first look.
        """
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            found, now, seal = positions(connection), head(connection), _seal(connection)
            self._note(commits_broken(connection, found, self._covered, self._head.commit, self._head.committed_at))
        if not all(self._goes_on(connection, position) for position in found):
            return self.seen
        self._head = now
        self._covered = {(each.topic, each.partition): each.next_offset for each in found}
        if self.seen is None or (self.seen.commit, self.seen.broken, self.seen.seal) != (
            now.commit,
            self._broken,
            seal,
        ):
            row = connection.execute(_TIME).fetchone()
            assert row is not None
            self.seen = ChainSeen(commit=now.commit, at=row[0], broken=self._broken, seal=seal)
        return self.seen

    def _goes_on(self, connection: Connection, position: Position) -> bool:
        """To the position as it was a moment ago: rows are never changed, so later transactions read the same ones."""
        place = (position.topic, position.partition)
        while True:
            begin, previous = self._reached.get(place, (0, GENESIS))
            end = min(begin + ROWS_A_STEP, position.next_offset)
            last = position.chain_head if end == position.next_offset else None
            of = Slice(topic=place[0], partition=place[1], begin=begin, end=end, head=previous, last=last)
            self._note(walk(connection, of, silent))
            self._reached[place] = (end, last)
            if last is not None:
                return True
            if self._pause():
                return False

    def _note(self, broken: Iterable[Broken]) -> None:
        first = next(iter(broken), None)
        if self._broken is None:
            self._broken = first


def _seal(connection: Connection) -> SealSeen | None:
    row = latest_seal(connection)
    return None if row is None else SealSeen(number=row.number, size=row.size, commit=row.commit, root=row.root.hex())
