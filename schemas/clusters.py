"""Which events of a subject are settled together, once all of a set are known."""

from collections.abc import Iterator, Sequence

from schemas.codec import replacement
from schemas.events import EntryCorrected, EntryVoided, ResultReported
from schemas.events.event import Event


def clusters_of(events: Sequence[Event]) -> dict[str, str]:
    """By event id, the name of the cluster that it belongs to once all of these events are known.

    Two events are linked where one speaks of the other, where both speak of one, or where both belong to one series of
    results, by what they say or by what a correction puts in place. What is known later only brings clusters together,
    so an event never changed anything outside of its cluster.
    """
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while (higher := above.setdefault(name, name)) != name:
            above[name] = above[higher]
            name = higher
        return name

    for event in events:
        for name in _links(event):
            above[top(name)] = top(event.id)
    return {event.id: top(event.id) for event in events}


def _links(event: Event) -> Iterator[str]:
    facts = event.facts
    if isinstance(facts, EntryCorrected | EntryVoided):
        yield facts.target
    if isinstance(facts, EntryCorrected) and facts.target_type == ResultReported.TYPE:
        put = replacement(facts)
        assert isinstance(put, ResultReported)
        yield f"series {put.series}"  # no event's id has a space in it
    elif isinstance(facts, ResultReported):
        yield f"series {facts.series}"
