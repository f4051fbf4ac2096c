"""What the intake still has to do, by spool entry: kept in memory, found again in the spool after a restart."""

import heapq
import threading
from collections import Counter, defaultdict

from producers.spool import Entry, Spool, State


class Backlog:
    """Thread-safe. An entry that a thread works on is in nobody's list, so no two threads settle the same one."""

    def __init__(self, spool: Spool) -> None:
        self._lock = threading.Lock()
        # Sorted, which is as good as a heap: the oldest is first.
        self._pending = spool.entries(State.PENDING)
        self._pending_bytes = Counter(entry.fingerprint for entry in self._pending)
        # The value is the keyed hash of the patient's number; None until the message is read again after a restart.
        self._waiting: dict[Entry, bytes | None] = dict.fromkeys(spool.entries(State.WAITING))
        self._kept: dict[State, dict[str, Entry]] = defaultdict(dict)
        for state in (State.WAITING, State.REFUSED):
            self._kept[state] = {entry.fingerprint: entry for entry in spool.entries(state)}

    def add_pending(self, entry: Entry) -> bool:
        """False where the very same bytes are pending already: this entry says nothing new, and is not added."""
        with self._lock:
            if self._pending_bytes[entry.fingerprint]:
                return False
            self._pending_bytes[entry.fingerprint] += 1
            heapq.heappush(self._pending, entry)
            return True

    def add_waiting(self, entry: Entry, number_mac: bytes | None) -> None:
        with self._lock:
            self._waiting[entry] = number_mac
            self._kept[State.WAITING][entry.fingerprint] = entry

    def add_refused(self, entry: Entry) -> None:
        with self._lock:
            self._kept[State.REFUSED][entry.fingerprint] = entry

    def holds(self, state: State, fingerprint: str) -> bool:
        """Whether the very same bytes are waiting, or refused, already."""
        with self._lock:
            return fingerprint in self._kept[state]

    def next_pending(self) -> Entry | None:
        """Takes the oldest pending entry out of the list, for the caller to settle or put back."""
        with self._lock:
            if not self._pending:
                return None
            entry = heapq.heappop(self._pending)
            self._pending_bytes[entry.fingerprint] -= 1
            return entry

    def waiting(self) -> dict[Entry, bytes | None]:
        """A copy: the waiting entries in the order of their arrival."""
        with self._lock:
            return dict(sorted(self._waiting.items()))

    def take_waiting(self, entry: Entry) -> bool:
        """Takes a waiting entry out of the list; False where another thread was quicker."""
        with self._lock:
            if entry not in self._waiting:
                return False
            del self._waiting[entry]
            self._kept[State.WAITING].pop(entry.fingerprint, None)
            return True

    def take_refused(self, entry: Entry) -> bool:
        """Takes a refused entry out of the list; False where it is not refused, or another thread was quicker."""
        with self._lock:
            if self._kept[State.REFUSED].get(entry.fingerprint) != entry:
                return False
            del self._kept[State.REFUSED][entry.fingerprint]
            return True

    def is_empty(self) -> bool:
        """True where nothing is pending and nothing waits for its patient."""
        with self._lock:
            return not self._pending and not self._waiting
