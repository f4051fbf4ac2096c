"""On which line of a TOML document each of its values stands. Pure.

The standard library's reader keeps no positions. This walk goes over a document that it has read without an error, so
it trusts the grammar and only looks for where keys, elements and headers begin.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""A place in a document: keys of tables, and places in arrays counted from 0. The document itself is ``()``."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# A date and a time of day may stand apart, with one space between.
_SCALAR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[^,\]}\s#]*|[^,\]}\s#]+")
_STRINGS = {
    # Two quotation marks may stand before the closing three, and belong to the text.
    '"""': re.compile(r'"""(?:[^\\"]|\\[\s\S]|"{1,2}(?!"))*"{3,5}'),
    "'''": re.compile(r"'''(?:[^']|'{1,2}(?!'))*'{3,5}"),
    '"': re.compile(r'"(?:[^\\"\n]|\\.)*"'),
    "'": re.compile(r"'[^'\n]*'"),
}


def lines_of(text: str) -> dict[Path, int]:
    """The line, counted from 1, on which each value of a well-formed document begins, by its path.

    A table begins at its header, or with the first key that speaks of it.

    >>> lines_of('a = 1\\n[b]\\nc = [\\n  2,\\n]\\n')
    {(): 1, ('a',): 1, ('b',): 2, ('b', 'c'): 3, ('b', 'c', 0): 4}
    """
    walk = _Walk(text)
    walk.document()
    return walk.found


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of a value; of one that is missing, that of the table in which it would be."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def shown(path: Path) -> str:
    """The path as one writes it.

    >>> shown(("analytes", 2, "units", "g/dL"))
    'analytes[2].units."g/dL"'
    """
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            key = part if _BARE_KEY.fullmatch(part) else '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'
            written += f".{key}" if written else key
    return written


class _Walk:
    """Goes over the document once. ``_elements`` counts the tables of each array of tables so far."""

    def __init__(self, text: str) -> None:
        self.found: dict[Path, int] = {(): 1}
        self._text = text
        self._at = 0
        self._elements: dict[Path, int] = {}
        self._starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def document(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            table = self._header() if self._text[self._at] == "[" else self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> Path:
        """The table that a header opens; in an array of tables, its newest element."""
        line = self._line()
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        *above, last = self._key()
        self._at += brackets
        path: Path = ()
        for name in above:
            path = self._newest((*path, name))
            self.found.setdefault(path, line)
        path = (*path, last)
        if brackets == 1:
            self.found[path] = line
            return path
        self.found.setdefault(path, line)
        self._elements[path] = self._elements.get(path, 0) + 1
        path = self._newest(path)
        self.found[path] = line
        return path

    def _newest(self, path: Path) -> Path:
        return (*path, self._elements[path] - 1) if path in self._elements else path

    def _pair(self, table: Path) -> Path:
        """A key with its value; the table in which it stands stays the one for the next pair."""
        line = self._line()
        path = table
        for name in self._key():
            path = (*path, name)
            self.found.setdefault(path, line)
        self._at += len("=")
        self._skip(_SPACE)
        self._value(path)
        return table

    def _key(self) -> list[str]:
        names = []
        while True:
            self._skip(_SPACE)
            names.append(self._name())
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return names
            self._at += len(".")

    def _name(self) -> str:
        if self._text[self._at] not in "\"'":
            return self._taken(_BARE_KEY)
        quoted = self._taken(_STRINGS[self._text[self._at]])
        name: str = tomllib.loads(f"name = {quoted}")["name"]
        return name

    def _value(self, path: Path) -> None:
        match self._text[self._at]:
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case '"' | "'" as mark:
                self._taken(_STRINGS[mark * 3 if self._text.startswith(mark * 3, self._at) else mark])
            case _:
                self._taken(_SCALAR)

    def _array(self, path: Path) -> None:
        self._at += len("[")
        self._skip(_BLANK)
        place = 0
        while self._text[self._at] != "]":
            self.found[(*path, place)] = self._line()
            self._value((*path, place))
            self._skip_comma()
            place += 1
        self._at += len("]")

    def _inline_table(self, path: Path) -> None:
        self._at += len("{")
        self._skip(_BLANK)
        while self._text[self._at] != "}":
            self._pair(path)
            self._skip_comma()
        self._at += len("}")

    def _skip_comma(self) -> None:
        self._skip(_BLANK)
        if self._text[self._at] == ",":
            self._at += len(",")
            self._skip(_BLANK)

    def _skip(self, what: re.Pattern[str]) -> None:
        self._taken(what)

    def _taken(self, what: re.Pattern[str]) -> str:
        found = what.match(self._text, self._at)
        assert found is not None, "the standard library read this document"
        self._at = found.end()
        return found.group()

    def _line(self) -> int:
        return bisect_right(self._starts, self._at)
