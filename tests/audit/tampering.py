"""An export in memory, edited in many ways, and handed to the verifier each time.

The verifier runs in this process and reads the edited bytes. Only what it finds of lines that were not edited is
remembered between tries: reading ten thousand rows anew ten thousand times would show nothing more.
"""

import importlib.util
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Set
from functools import lru_cache
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, NamedTuple

from projections.export import verify_trialog

Files = dict[str, bytes]


class Try(NamedTuple):
    """One edit. ``spots``: the verifier must name one of them; none: it is enough that it says no."""

    files: Files
    spots: tuple[str, ...] = ()
    kept: str | None = None


class Told(NamedTuple):
    """What came of a try."""

    detected: bool
    located: bool
    differences: tuple[str, ...]
    summary: tuple[str, ...]


Edit = Callable[["Archived", Random], Try]


class Archived:
    """A whole export: its files, and for each file of rows its lines."""

    def __init__(self, files: Files, key: str) -> None:
        self.files = files
        self.key = key
        self.lines = {name: content.splitlines(keepends=True) for name, content in files.items()}
        self.rows = tuple(name for name in sorted(files) if name.startswith("rows/"))
        self.notes = files["seals.txt"].decode()[:-1].split("\n\n")

    @classmethod
    def read(cls, path: Path, key: str) -> "Archived":
        with zipfile.ZipFile(path) as archive:
            return cls({name: archive.read(name) for name in archive.namelist()}, key)

    @property
    def seals(self) -> int:
        return len(self.notes) // 2

    def seal(self, number: int) -> str:
        """The text of a seal, from 1."""
        return f"{self.notes[2 * number - 2]}\n\n{self.notes[2 * number - 1]}\n"

    def with_file(self, name: str, content: bytes) -> Files:
        return {**self.files, name: content}

    def with_lines(self, name: str, lines: list[bytes]) -> Files:
        return self.with_file(name, b"".join(lines))


def place_of(name: str) -> str:
    """
    >>> place_of("rows/nct06486350.lab.2.jsonl")
    'nct06486350.lab[2]'
    """
    topic, _, partition = name.removeprefix("rows/").removesuffix(".jsonl").rpartition(".")
    return f"{topic}[{partition}]"


class Verifier:
    """The outsider's verifier, in a copy of its module of which some functions remember what they said."""

    def __init__(self, whole: Archived) -> None:
        self._whole = whole
        self._module = _copy_of_the_module()
        self._keys = dict([self._module.parse_key(whole.key)])
        self._read_rows = self._module.read_rows
        self._remember_lines()
        self._module.demand_signature = lru_cache(maxsize=None)(self._module.demand_signature)
        first = _in_memory(self._module, whole.files, set())
        self._untouched = {name: list(self._read_rows(first, name)) for name in whole.rows}
        self._module.read_rows = self._rows

    def check(self, tried: Try) -> Told:
        export = self._export(tried.files)
        summary = self._module.verify(export, self._keys, tried.kept)
        differences = tuple(export.differences.values())
        located = any(names(each, spot) for each in differences for spot in tried.spots)
        return Told(bool(differences), located, differences, tuple(summary))

    def _export(self, files: Files) -> Any:
        untouched = {name for name in self._whole.rows if files.get(name) is self._whole.files[name]}
        return _in_memory(self._module, files, untouched)

    def _rows(self, export: Any, name: str) -> Iterator[dict[str, Any]]:
        if name in export.untouched and name in self._untouched:
            return iter(self._untouched[name])
        found: Iterator[dict[str, Any]] = self._read_rows(export, name)
        return found

    def _remember_lines(self) -> None:
        """What lines say that stand in the whole export; a line that does not is read as if there were no memory."""
        parse_line, row_hashes = self._module.parse_line, self._module.row_hashes
        lines = {
            line: parse_line(line, self._module.ROW) for name in self._whole.rows for line in self._whole.lines[name]
        }
        known = {id(row) for row in lines.values()}
        hashes: dict[tuple[bytes, str, int, int], tuple[bytes, bytes]] = {}

        def remembered_line(line: bytes, fields: str) -> dict[str, Any]:
            row = lines.get(line) if fields is self._module.ROW else None
            return parse_line(line, fields) if row is None else row

        def remembered_hashes(previous: bytes, topic: str, partition: int, row: dict[str, Any]) -> tuple[bytes, bytes]:
            if id(row) not in known:
                return row_hashes(previous, topic, partition, row)
            asked = (previous, topic, partition, id(row))
            if asked not in hashes:
                hashes[asked] = row_hashes(previous, topic, partition, row)
            return hashes[asked]

        self._module.parse_line = remembered_line
        self._module.row_hashes = remembered_hashes


def names(difference: str, spot: str) -> bool:
    """Whether a difference names just this spot: @12 is not named by @120."""
    return re.search(re.escape(spot) + r"(?!\d)", difference) is not None


def _copy_of_the_module() -> Any:
    spec = importlib.util.spec_from_file_location("tried_verify_trialog", verify_trialog.__file__)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _in_memory(module: Any, files: Mapping[str, bytes], untouched: Set[str]) -> Any:
    class InMemory(module.Export):
        """Files that were never on a disk."""

        def __init__(self) -> None:
            self.files = files
            self.untouched = untouched
            self.names = sorted(files)
            self.differences: dict[tuple[str, str], str] = {}

        def open(self, name: str) -> io.BytesIO:
            return io.BytesIO(self.files[name])

        def lines(self, name: str) -> Iterator[bytes]:
            """A file whose rows are remembered is only hashed: in one piece."""
            return iter([self.files[name]]) if name in self.untouched else super().lines(name)

    return InMemory()
