"""A writer that keeps what it was given in memory, with the writer's rules for positions."""

import threading
from collections.abc import Callable

from projections.errors import Fenced
from schemas.records import Applied, Batch, Record


class ListWriter:
    """``before_apply`` may raise what a real writer would; it is called with each batch that is new."""

    def __init__(
        self,
        next_offsets: dict[tuple[str, int], int] | None = None,
        before_apply: Callable[[Batch], None] = lambda batch: None,
    ) -> None:
        self._next = dict(next_offsets or {})
        self._before_apply = before_apply
        self.batches: list[Batch] = []
        self.threads: set[int] = set()
        self.closed = False

    @property
    def records(self) -> list[Record]:
        return [record for batch in self.batches for record in batch.records]

    def next_offset(self, topic: str, partition: int) -> int:
        return self._next.get((topic, partition), 0)

    def apply(self, batch: Batch) -> Applied:
        self.threads.add(threading.get_ident())
        place = (batch.topic, batch.partition)
        expected = self._next.get(place, 0)
        if batch.records[0].offset > expected:
            raise Fenced(f"{batch.records[0].position} came where {expected} was next")
        self._before_apply(batch)
        fresh = tuple(record for record in batch.records if record.offset >= expected)
        self.batches.append(batch)
        self._next[place] = max(expected, batch.records[-1].offset + 1)
        return Applied(next_offset=self._next[place], commit=len(self.batches), accepted=len(fresh))

    def close(self) -> None:
        self.closed = True
