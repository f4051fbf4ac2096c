"""What a verification says: one thing that is wrong, where, and what may be trusted all the same. Pure."""

import enum
from collections.abc import Callable, Iterable, Iterator

import msgspec


class Kind(enum.StrEnum):
    """What was compared with what.

    ============  ==========================================================================================
    ``chain``     each row's chain hash with the row and the hash before it; the last one with the position
    ``offsets``   offsets from 0 without a hole, up to the position and not beyond
    ``counts``    the position's counts with the rows' statuses; what a duplicate repeats is there
    ``commits``   numbers from 1 without a gap, times that never go back, every row in one commit
    ``ids``       each event id accepted once
    ``events``    each accepted row is an event of its topic and key, under the id that the row says
    ``entries``   one entry for each accepted event, as it stands by all that was said of it
    ``trail``     one row of the audit trail for each accepted event, with the difference that it made
    ``states``    each subject's state, digest and statuses with the fold of its events
    ``seals``     each seal's number, signature and root
    ============  ==========================================================================================
    """

    CHAIN = "chain"
    OFFSETS = "offsets"
    COUNTS = "counts"
    COMMITS = "commits"
    IDS = "ids"
    EVENTS = "events"
    ENTRIES = "entries"
    TRAIL = "trail"
    STATES = "states"
    SEALS = "seals"


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not whole: the first of its kind in its partition, of ``rows`` such.

    ``position`` is topic[partition]@offset, topic[partition], "commit N", "subject S" or "seal N"; ``partition`` and
    ``offset`` sort it, and are empty and 0 where it lies in no partition. ``stands`` is what stays trustworthy.
    """

    kind: Kind
    position: str
    what: str
    stands: str
    partition: str = ""
    offset: int = 0
    rows: int = 1


REBUILD = "the ledger's rows stand; what is made of them can be made again: `trialog replay --swap`"


class Stage(enum.StrEnum):
    """What is counted while it goes on: rows through the chain, leaves through the tree, events through the fold."""

    CHAIN = "chain"
    SEALS = "seals"
    SUBJECTS = "subjects"


Report = Callable[[Stage, int], None]
"""Told how many more rows a stage is through with."""


def silent(_stage: Stage, _rows: int) -> None:
    """Reports to nobody."""


def in_partition(kind: Kind, topic: str, partition: int, offset: int, what: str, stands: str, rows: int = 1) -> Broken:
    """A row of the ledger, or what belongs to it."""
    place = f"{topic}[{partition}]"
    return Broken(
        kind=kind, position=f"{place}@{offset}", what=what, stands=stands, partition=place, offset=offset, rows=rows
    )


def before(offset: int) -> str:
    """What a broken row leaves standing in its own partition."""
    if offset == 0:
        return "no row of this partition is proven by its chain; what seals cover is proven by them"
    return f"the {offset} rows before it; what lies behind it hangs on it, but for what seals prove"


def first_of_each(found: Iterable[Broken]) -> Iterator[Broken]:
    """The first of each kind in each partition, with the number of all such; what lies in no partition stays as it is.

    In the order of `Kind`, then of partitions.
    """
    firsts: dict[tuple[Kind, str], Broken] = {}
    others: list[Broken] = []
    for each in found:
        if not each.partition:
            others.append(each)
            continue
        known = firsts.get((each.kind, each.partition))
        if known is None:
            firsts[each.kind, each.partition] = each
        else:
            first = min(known, each, key=lambda one: one.offset)
            firsts[each.kind, each.partition] = msgspec.structs.replace(first, rows=known.rows + each.rows)
    order = {kind: place for place, kind in enumerate(Kind)}
    yield from sorted([*firsts.values(), *others], key=lambda each: (order[each.kind], each.partition, each.offset))
