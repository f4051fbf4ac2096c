"""Events that speak of each other or share a series are settled together: a cluster. Pure.

Two events of one subject are linked where one is the other's target, where both have one target, or where both belong
to one series of results, by what they say or by what a correction puts in place. Most events are linked to none.
"""

from collections import defaultdict
from collections.abc import Iterable

from projections.arrivals import Arrived
from schemas.events.event import Event


class Clusters:
    """What is known of one subject's events, as far as a batch may touch them, growing event by event."""

    def __init__(self, known: Iterable[Arrived] = ()) -> None:
        self._by_id: dict[str, Arrived] = {}
        self._by_target: dict[str, list[Arrived]] = defaultdict(list)
        self._by_series: dict[int, list[Arrived]] = defaultdict(list)
        for each in known:
            self.add(each)

    def add(self, new: Arrived) -> None:
        self._by_id[new.event.id] = new
        if new.target is not None:
            self._by_target[new.target].append(new)
        if new.series is not None:
            self._by_series[new.series].append(new)

    def around(self, new: Arrived) -> list[Event]:
        """The known events of the cluster that a new event joins or brings together; empty where it stands alone."""
        if not self._is_linked(new):
            return []
        found = {new.event.id: new}
        waiting = [new]
        while waiting:
            for neighbour in self._neighbours(waiting.pop()):
                if neighbour.event.id not in found:
                    found[neighbour.event.id] = neighbour
                    waiting.append(neighbour)
        del found[new.event.id]
        return [each.event for each in found.values()]

    def _is_linked(self, new: Arrived) -> bool:
        return (
            new.event.id in self._by_target
            or (new.target is not None and (new.target in self._by_id or new.target in self._by_target))
            or (new.series is not None and new.series in self._by_series)
        )

    def _neighbours(self, of: Arrived) -> list[Arrived]:
        found = list(self._by_target.get(of.event.id, ()))
        if of.target is not None:
            found += self._by_target.get(of.target, ())
            if of.target in self._by_id:
                found.append(self._by_id[of.target])
        if of.series is not None:
            found += self._by_series.get(of.series, ())
        return found
