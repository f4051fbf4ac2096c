"""Places outside the database where every seal is kept as well: whoever owns the database cannot take those back.

A place takes a seal once and never another under the same number. One file or object a seal, named by its number.
"""

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from projections.seals.errors import OutsideAway, SealRefused

PUBLIC_KEYS = "public-keys.txt"
_NAME = re.compile(r"seal-([0-9]{10})\.txt")


class Place(Protocol):
    """Keeps the texts of seals. Its errors are OutsideAway, and SealRefused where it holds another text already."""

    @property
    def name(self) -> str:
        """What a person knows it by: a folder, an address; never a secret."""
        ...

    def numbers(self, after: int = 0) -> Sequence[int]:
        """The numbers above ``after`` of the seals that it holds, sorted; none where it does not exist yet."""
        ...

    def read(self, number: int) -> str:
        """The text of a seal that it holds."""
        ...

    def put(self, number: int, text: str) -> None:
        """Keeps a seal, durably when this returns. The same text again changes nothing."""
        ...

    def keep_keys(self, text: str) -> None:
        """Keeps the public keys beside the seals, one a line, in place of those that it had."""
        ...


def file_name(number: int) -> str:
    """
    >>> file_name(7)
    'seal-0000000007.txt'
    """
    return f"seal-{number:010}.txt"


def number_in(name: str) -> int | None:
    """The number in a file's name, None where it is not that of a seal."""
    match = _NAME.fullmatch(name)
    return None if match is None else int(match[1])


def demand_same(place: str, number: int, held: str, text: str) -> None:
    """Raises SealRefused unless the two are the same."""
    if held != text:
        raise SealRefused(
            f"{place} holds another seal {number} than the database; find out which of them was changed, and compare "
            "both with a seal that an auditor kept"
        )


class FolderPlace:
    """A folder: on another machine's disk, best of all, or on one that can only be written once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def name(self) -> str:
        return str(self._folder)

    def numbers(self, after: int = 0) -> Sequence[int]:
        try:
            found = [number_in(each.name) for each in self._folder.iterdir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._away(error) from error
        return sorted(number for number in found if number is not None and number > after)

    def read(self, number: int) -> str:
        try:
            return (self._folder / file_name(number)).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise self._away(error) from error

    def put(self, number: int, text: str) -> None:
        """The file appears under its name whole and synced, or not at all; a link is never made over another file."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self._folder, prefix=".", encoding="utf-8") as unnamed:
                unnamed.write(text)
                unnamed.flush()
                os.fsync(unnamed.fileno())
                os.fchmod(unnamed.fileno(), 0o444)
                os.link(unnamed.name, self._folder / file_name(number))
            self._sync()
        except FileExistsError:
            demand_same(self.name, number, self.read(number), text)
        except OSError as error:
            raise self._away(error) from error

    def keep_keys(self, text: str) -> None:
        file = self._folder / PUBLIC_KEYS
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if file.exists() and file.read_text(encoding="utf-8") == text:
                return
            unnamed = file.with_suffix(".new")
            unnamed.write_text(text, encoding="utf-8")
            unnamed.replace(file)
        except OSError as error:
            raise self._away(error) from error

    def _sync(self) -> None:
        """The folder's own entry for the file is durable only after this."""
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _away(self, error: Exception) -> OutsideAway:
        return OutsideAway(f"the folder {self._folder} cannot be used ({type(error).__name__}); mount or repair it")
