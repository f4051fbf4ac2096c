"""What must hold of the earlier seals before the next one is signed. Whatever does not is a SealRefused."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import psycopg
import structlog

from projections.seals.checkpoint import Seal, parse_seal, verify_signature
from projections.seals.errors import OutsideAway, SealRefused, SealUnreadable, SealUntrusted
from projections.seals.keys import PublicKey, SealKey
from projections.seals.merkle import root_of
from projections.seals.outside import Place, demand_same
from projections.seals.reading import SealRow, seal_keys, seal_numbered
from projections.seals.tiles import StoredTiles

_log = structlog.get_logger("projections.seals")


class Outside(msgspec.Struct, frozen=True):
    """A seal that a place holds and the database does not."""

    place: str
    number: int
    seal: Seal
    text: str


def demand_continued(
    connection: psycopg.Connection[Any], last: SealRow | None, keys: Sequence[SealKey], *, after_lost_key: bool
) -> None:
    """One of the keys signed the last seal too, so that whoever trusts that key can follow. Raises SealRefused."""
    assert len({key.name for key in keys}) == 1, "one key at least, and all have the name of the study's seals"
    if last is None:
        return
    own = [key.public for key in keys]
    signed = _signed(last.text, (*own, *seal_keys(connection)), f"seal {last.number} in the database")
    if not after_lost_key and not any(key in own for key in signed):
        raise SealRefused(
            f"seal {last.number} was signed by {', '.join(key.id.hex() for key in signed)}, and that key is not here: "
            f"restore it; where it is lost for good, docs/audit/keys.md says how a new one goes on"
        )


def demand_earlier_hold(connection: psycopg.Connection[Any], rows: Iterable[SealRow]) -> None:
    """Each of these seals says what its row says, is signed by a known key, and has the root of the stored tree."""
    tiles = StoredTiles(connection)
    keys = seal_keys(connection)
    for row in rows:
        what = f"seal {row.number} in the database"
        _signed(row.text, keys, what)
        seal = parse_seal(row.text)
        if (seal.size, seal.commit, seal.root) != (row.size, row.commit, row.root):
            raise SealRefused(f"{what} says in its text what its row does not say; compare it with a place outside")
        if root_of(tiles, row.size) != row.root:
            raise SealRefused(
                f"{what} over {row.size} rows has another root than the stored tree: one of them was changed; compare "
                "the seal with a place outside and run `trialog ledger verify`"
            )


def seals_outside(
    connection: psycopg.Connection[Any],
    places: Sequence[Place],
    last: SealRow | None,
    keys: Sequence[SealKey],
    *,
    whole: bool,
) -> list[Outside]:
    """The seals that lie ahead of the last one in the database, by number; all others are the database's own.

    ``whole`` compares every seal of every place, else only the newest that both have. A place that is away is passed
    over as long as another answers. Raises SealRefused, OutsideAway.
    """
    ahead: dict[int, Outside] = {}
    trusted = (*(key.public for key in keys), *seal_keys(connection))
    newest = 0 if last is None else last.number
    away = []
    for place in places:
        try:
            for number in place.numbers(0 if whole else newest - 1):
                text = place.read(number)
                if number > newest:
                    _add(ahead, Outside(place.name, number, _seal(text, trusted, place.name, number), text))
                else:
                    row = seal_numbered(connection, number)
                    demand_same(place.name, number, text, "" if row is None else row.text)
        except OutsideAway as error:
            away.append(str(error))
            _log.error("a place for seals is away", place=place.name, why=str(error))
    if len(away) == len(places):
        raise OutsideAway("no place outside can be read, so nothing is sealed: " + "; ".join(away))
    return _in_a_row(ahead, newest, 0 if last is None else last.size)


def _in_a_row(ahead: dict[int, Outside], newest: int, size: int) -> list[Outside]:
    """Without a gap in the numbers, each over more rows than the one before."""
    found = [ahead[number] for number in sorted(ahead)]
    for expected, each in enumerate(found, start=newest + 1):
        if each.number != expected:
            raise SealRefused(f"{each.place} holds seal {each.number}, and seal {expected} is nowhere: restore it")
        if each.seal.size <= size:
            raise SealRefused(
                f"{each.place} holds seal {each.number} over {each.seal.size} rows, not more than the {size} of the "
                "seal before: one of the two was forged, or two databases seal under one name"
            )
        size = each.seal.size
    return found


def _add(ahead: dict[int, Outside], found: Outside) -> None:
    other = ahead.setdefault(found.number, found)
    if other.text != found.text:
        raise SealRefused(f"{other.place} and {found.place} hold different seals {found.number}; find out why")


def _seal(text: str, trusted: Sequence[PublicKey], place: str, number: int) -> Seal:
    _signed(text, trusted, f"seal {number} in {place}")
    return parse_seal(text)


def _signed(text: str, trusted: Sequence[PublicKey], what: str) -> tuple[PublicKey, ...]:
    try:
        return verify_signature(text, trusted)
    except (SealUnreadable, SealUntrusted) as error:
        raise SealRefused(f"{what}: {error}") from error
