"""What an audit on this machine trusts: the public keys that lie outside of the database, and the seals kept there.

A key that is pinned is trusted alone. Else those that lie beside the seals in their folders, and those that sign here.
What the database itself says of keys is asked last, and said to be so: whoever changes the one can change the other.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from projections.seals.errors import OutsideAway, SealUnreadable
from projections.seals.keys import PublicKey, parse_public_keys
from projections.seals.outside import PUBLIC_KEYS
from projections.seals.reading import seal_keys, seal_numbered
from projections.verify import Kept
from schemas.study import StudyDefinition
from trialog.errors import NotReachable, SettingsError
from trialog.seal_keys import SealKeys
from trialog.sealing import places
from trialog.settings import Settings
from trialog.stores import Stores


class Trusted(msgspec.Struct, frozen=True):
    """Keys, and where they come from: a sentence for a person."""

    keys: tuple[PublicKey, ...]
    source: str


def trusted_keys(stores: Stores, settings: Settings, study: StudyDefinition, pinned: Sequence[str]) -> Trusted:
    """``pinned`` are keys as the signed-note format writes them, or files of such lines. Raises SettingsError."""
    if pinned:
        return Trusted(tuple(key for each in pinned for key in _pinned(each)), "keys given with --key")
    outside = [key for folder in settings.seal_folders for key in _in_file(folder / PUBLIC_KEYS)]
    # The private keys are for their owner alone; who only verifies need not be able to read them.
    keys = outside or [key.public for key in SealKeys(settings, study).there()]
    if keys:
        return Trusted(tuple(dict.fromkeys(keys)), "keys kept outside of the database")
    with closing(stores.connect_as("read")()) as connection:
        return Trusted(seal_keys(connection), "keys that the database itself names: pin one with --key")


def kept_seals(stores: Stores, settings: Settings) -> tuple[tuple[Kept, ...], tuple[str, ...]]:
    """The last seal of each place outside of the database, and the places that do not answer."""
    kept, away = [], []
    for place in places(stores, settings):
        try:
            numbers = place.numbers()
            if numbers:
                kept.append(Kept(f"seal {numbers[-1]} in {place.name}", place.read(numbers[-1])))
        except OutsideAway:
            away.append(place.name)
    return tuple(kept), tuple(away)


def seal_named(stores: Stores, named: str) -> Kept:
    """A seal by its number in the database, or from a file that was kept. Raises SettingsError, NotReachable."""
    if named.isdecimal():
        with closing(stores.connect_as("read")()) as connection:
            row = seal_numbered(connection, int(named))
        if row is None:
            raise SettingsError(f"--since {named}: there is no such seal; `trialog ledger key show` says the last one")
        return Kept(f"seal {named}", row.text)
    try:
        return Kept(f"seal in {named}", Path(named).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise NotReachable(f"--since {named}: neither a seal's number nor a file that can be read") from error


def _pinned(text: str) -> tuple[PublicKey, ...]:
    """A key's text has a plus sign in it, and is no file's name unless there is such a file."""
    file = Path(text)
    try:
        found = parse_public_keys(file.read_text(encoding="utf-8") if file.is_file() else text)
    except (OSError, UnicodeDecodeError, SealUnreadable) as error:
        raise SettingsError(f"--key: {error}") from None
    if not found:
        raise SettingsError(f"--key {text}: no key in it")
    return found


def _in_file(file: Path) -> tuple[PublicKey, ...]:
    if not file.is_file():
        return ()
    try:
        return parse_public_keys(file.read_text(encoding="utf-8"))
    except SealUnreadable as error:
        raise SettingsError(f"{file}: {error}") from None
