"""The tamper table: kinds of edits, how many of each are tried, and what must come of them."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from random import Random
from typing import NamedTuple

from projections.seals.keys import SealKey
from tests.audit import outsider
from tests.audit.insider import Insider
from tests.audit.ledgers import KEY
from tests.audit.tampering import Archived, Edit, Told, Try, Verifier

LOCATED = "located"
DETECTED = "detected"
UNNOTICED = "not promised"


class Kind(NamedTuple):
    """``share``: of a hundred tries. ``must``: located, detected, or (what no proof can give) neither."""

    title: str
    share: int
    must: str
    edit: Edit


class Counted(NamedTuple):
    """What the tries of one kind came to. ``wrong``: the numbers of those that did not come to what they must."""

    kind: Kind
    tries: int
    located: int
    detected: int
    wrong: tuple[int, ...]


def kinds(real: SealKey = KEY) -> tuple[Kind, ...]:
    insider = Insider(real)
    edited = outsider.row_edited
    return (
        Kind("one byte, in a file of rows", 27, LOCATED, outsider.byte_in_rows),
        Kind("one byte, in the file of commits", 4, LOCATED, outsider.byte_in_commits),
        Kind("one byte, in the file of seals", 4, LOCATED, outsider.byte_in_seals),
        Kind("one byte, in any other file", 6, LOCATED, outsider.byte_in_another_file),
        Kind("a row deleted", 7, LOCATED, outsider.row_deleted),
        Kind("a row inserted", 7, LOCATED, outsider.row_inserted),
        Kind("two rows swapped", 7, LOCATED, outsider.rows_swapped),
        Kind("a commit deleted", 2, LOCATED, outsider.commit_deleted),
        Kind("two commits swapped", 2, LOCATED, outsider.commits_swapped),
        Kind("two seals swapped", 1, LOCATED, outsider.seals_swapped),
        Kind("a seal edited, its signature left", 2, LOCATED, outsider.seal_edited),
        Kind("a row's status edited", 2, LOCATED, edited(outsider.status)),
        Kind("a row's reason edited", 2, LOCATED, edited(outsider.reason)),
        Kind("a row's event id edited", 1, LOCATED, edited(outsider.event_id)),
        Kind("a row's value edited", 1, LOCATED, edited(outsider.value)),
        Kind("a row's key or headers edited", 1, LOCATED, edited(outsider.key_or_headers)),
        Kind("a row's commit edited", 1, LOCATED, edited(outsider.commit_number)),
        Kind("a row's log time or time of receipt edited", 1, LOCATED, edited(outsider.time_of_row)),
        Kind("a commit's time edited, in its line and its rows", 2, LOCATED, outsider.commit_time_edited),
        Kind("rewritten, all hashes and seals anew, with another key", 2, DETECTED,
             insider.rewritten_with_own_key(outsider.value)),
        Kind("rewritten with the real key: a value", 3, DETECTED, insider.rewritten(outsider.value)),
        Kind("rewritten with the real key: a status", 2, DETECTED, insider.rewritten(outsider.status)),
        Kind("rewritten with the real key: a reason", 2, DETECTED, insider.rewritten(outsider.reason)),
        Kind("rewritten with the real key: a commit's time", 2, DETECTED, insider.commit_time_rewritten),
        Kind("truncated at an earlier true seal", 3, DETECTED, insider.truncated),
        Kind("truncated, a last seal signed with the real key", 2, DETECTED, insider.tail_dropped),
        Kind("a seal edited and signed with the real key", 3, DETECTED, insider.seal_signed_again),
        Kind("the kept seal left out, all else true", 1, DETECTED, insider.seal_left_out),
        Kind("rewritten with the real key, and no seal was kept", 2, UNNOTICED, insider.nothing_kept(outsider.value)),
    )  # fmt: skip


def shares(tries: int) -> list[int]:
    """How many tries of each kind, all together just so many; beside them some of what is not promised."""
    whole = [tries * kind.share // 100 for kind in kinds()]
    whole[0] += tries - sum(many for many, kind in zip(whole, kinds(), strict=True) if kind.must != UNNOTICED)
    return whole


def tried(verifier: Verifier, whole: Archived, number: int, begin: int, end: int, seed: int) -> Counted:
    """The tries of one kind from ``begin`` to before ``end``: each follows from seed, kind and its own number."""
    kind = kinds()[number]
    told = [verifier.check(_edited(kind, whole, number, each, seed)) for each in range(begin, end)]
    wrong = tuple(each for each, one in zip(range(begin, end), told, strict=True) if not _as_it_must(kind, one))
    return Counted(kind, len(told), sum(each.located for each in told), sum(each.detected for each in told), wrong)


def table(path: Path, tries: int, seed: int, at_once: int | None = None) -> list[Counted]:
    """Every kind, on the archive of this path, in several processes."""
    parts = [
        (number, begin, min(begin + 50, many))
        for number, many in enumerate(shares(tries))
        for begin in range(0, many, 50)
    ]
    with ProcessPoolExecutor(at_once or os.cpu_count(), initializer=_open, initargs=(path,)) as pool:
        counted = list(pool.map(_part, parts, repeat(seed)))
    return [
        _sum([each for each, part in zip(counted, parts, strict=True) if part[0] == number], number)
        for number in range(len(kinds()))
    ]


def lines(counted: Sequence[Counted]) -> Iterator[str]:
    """The table, as Markdown."""
    yield "| edit | must be | tries | located | detected |"
    yield "|---|---|---:|---:|---:|"
    for each in counted:
        yield f"| {each.kind.title} | {each.kind.must} | {each.tries:,} | {each.located:,} | {each.detected:,} |"


def _edited(kind: Kind, whole: Archived, number: int, each: int, seed: int) -> Try:
    return kind.edit(whole, Random(f"{seed}-{number}-{each}"))


def _as_it_must(kind: Kind, told: Told) -> bool:
    return {LOCATED: told.located, DETECTED: told.detected, UNNOTICED: not told.detected}[kind.must]


def _sum(counted: Sequence[Counted], number: int) -> Counted:
    return Counted(
        kinds()[number],
        sum(each.tries for each in counted),
        sum(each.located for each in counted),
        sum(each.detected for each in counted),
        tuple(wrong for each in counted for wrong in each.wrong),
    )


_opened: list[tuple[Archived, Verifier]] = []


def _open(path: Path) -> None:
    """Once in each process: a verifier takes a second to get ready."""
    whole = Archived.read(path, KEY.public.text)
    _opened.append((whole, Verifier(whole)))


def _part(part: tuple[int, int, int], seed: int) -> Counted:
    (whole, verifier), (number, begin, end) = _opened[0], part
    # Kinds hold functions that no process can send to another; the one who asks knows the kind by its number.
    return tried(verifier, whole, number, begin, end, seed)._replace(kind=None)  # type: ignore[arg-type]
