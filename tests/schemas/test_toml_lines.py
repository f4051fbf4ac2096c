"""The line of each value: over documents that are drawn together with where the writer put everything."""

import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.toml_lines import Path, line_of, lines_of, shown

NAMES = {
    # What a key is, and one way in which it is written.
    "a": "a",
    "b-1": "b-1",
    "x_y": '"x_y"',
    "1": "1",
    "g/dL": '"g/dL"',
    "10*9/L": "'10*9/L'",
    "a.b": '"a.b"',
    "": '""',
    'quo"te': '"quo\\"te"',
    "back\\": "'back\\'",
    "汉": '"\\u6C49"',
    "#": '"#"',
    "]": '"]"',
}
SCALARS = (
    "0",
    "-17",
    "6.5e-3",
    "0x1F",
    "true",
    "2026-03-02",
    "2026-03-02T09:30:00+08:00",
    "2026-03-02 09:30:00",
    "09:30:00",
    '""',
    "''",
    '"one \\" # [ ] = \\\\"',
    "'it is # [no] = \\'",
    '"""\none\n# two\n[three]\nfour = ""5\n"""',
    "'''\none ' two '' # three\n'''",
    '"""six quotes: """""',
    "'''four: ''''",
    '"""escaped \\""" here"""',
    '"""joined \\\n   lines"""',
)
NOISE = ("", "\n", "# a = 1, [b], 'c\n", "  \t\n\n", "#\n")


class Writer:
    """Writes a document and notes on which line it put what."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.text = ""
        self.lines: dict[Path, int] = {(): 1}
        self._draw = draw

    def one_of(self, choices: Any) -> Any:
        return self._draw(st.sampled_from(list(choices)))

    def up_to(self, most: int) -> range:
        return range(self._draw(st.integers(0, most)))

    def put(self, text: str) -> None:
        self.text += text

    def note(self, path: Path) -> None:
        self.lines.setdefault(path, self.text.count("\n") + 1)

    def space(self) -> None:
        self.put(self.one_of(("", " ", "\t ")))

    def blank(self) -> None:
        self.put(self.one_of(NOISE))

    def names(self) -> Iterator[str]:
        """Keys of one table, none twice."""
        yield from self._draw(st.permutations(sorted(NAMES)))

    def body(self, table: Path, names: Iterator[str]) -> None:
        for _ in self.up_to(3):
            self.blank()
            self.space()
            self.pair(table, names, depth=2)
            self.space()
            self.put(self.one_of(("\n", " # [x] = 'y\n")))

    def pair(self, table: Path, names: Iterator[str], depth: int) -> None:
        path = (*table, next(names))
        self.note(path)
        self.put(NAMES[str(path[-1])])
        if self.one_of((True, False, False)):
            inner = self.one_of(NAMES)
            path = (*path, inner)
            self.note(path)
            self.put(self.one_of((".", " . ")) + NAMES[inner])
        self.space()
        self.put("=")
        self.space()
        self.value(path, depth)

    def value(self, path: Path, depth: int) -> None:
        kind = self.one_of(("scalar", "array", "inline") if depth else ("scalar",))
        if kind == "scalar":
            self.put(self.one_of(SCALARS))
        elif kind == "array":
            self.array(path, depth - 1)
        else:
            self.inline(path, depth - 1)

    def array(self, path: Path, depth: int) -> None:
        self.put("[")
        count = len(self.up_to(3))
        for place in range(count):
            self.blank()
            self.note((*path, place))
            self.value((*path, place), depth)
            self.blank()
            self.put("," if place < count - 1 else self.one_of(("", ",")))
        self.blank()
        self.put("]")

    def inline(self, path: Path, depth: int) -> None:
        self.put("{")
        names = self.names()
        for place in self.up_to(2):
            self.put(", " if place else " ")
            self.pair(path, names, depth)
        self.put(" }")

    def header(self, written: str, brackets: int) -> None:
        self.put("[" * brackets + written + "]" * brackets + self.one_of(("\n", " # [no] header\n")))

    def sections(self, names: Iterator[str]) -> None:
        for _ in self.up_to(3):
            self.blank()
            name = next(names)
            if self.one_of((True, False)):
                self.table(name)
            else:
                for place in range(1 + len(self.up_to(2))):
                    self.element(name, place)

    def table(self, name: str) -> None:
        inner = self.one_of(NAMES)
        deep = self.one_of((True, False))
        self.note((name,))
        path: Path = (name, inner) if deep else (name,)
        self.note(path)
        self.header(NAMES[name] + (f" . {NAMES[inner]}" if deep else ""), 1)
        self.body(path, self.names())

    def element(self, name: str, place: int) -> None:
        self.note((name,))
        self.note((name, place))
        self.header(NAMES[name], 2)
        names = self.names()
        self.body((name, place), names)
        if self.one_of((True, False)):
            inner = next(names)
            self.note((name, place, inner))
            self.header(f"{NAMES[name]}.{NAMES[inner]}", 1)
            self.body((name, place, inner), self.names())


@st.composite
def documents(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[str, dict[Path, int]]:
    writer = Writer(draw)
    names = writer.names()
    writer.body((), names)
    writer.sections(names)
    return writer.text, writer.lines


def paths_of(value: Any, path: Path = ()) -> Iterator[Path]:
    """The place of every value of a document that the standard library read."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths_of(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from paths_of(inner, (*path, place))


@given(drawn=documents(), windows=st.booleans())
def test_every_value_is_found_on_the_line_on_which_it_was_written(drawn: tuple[str, dict[Path, int]], windows: bool):
    text, lines = drawn
    text = text.replace("\n", "\r\n") if windows else text
    assert set(paths_of(tomllib.loads(text))) == set(lines)
    assert lines_of(text) == lines


def test_lines_of_a_document_written_by_hand():
    text = """\
# one

title = "two [not.a.header]"
units = { "g/L" = 1,   "g/dL" = 10 } # both on line four
codes = [ "a", # five
  "b",
  { c = [
      1, 2 ] },
]
about.author.name = '''
[[no]]
x = 1'''

[[site]]
id = "A"
[site.text]
zh = "甲"
[[ "site" ]]
id = 'B'
[deep . er]
"""
    assert lines_of(text) == {
        (): 1,
        ("title",): 3,
        ("units",): 4,
        ("units", "g/L"): 4,
        ("units", "g/dL"): 4,
        ("codes",): 5,
        ("codes", 0): 5,
        ("codes", 1): 6,
        ("codes", 2): 7,
        ("codes", 2, "c"): 7,
        ("codes", 2, "c", 0): 8,
        ("codes", 2, "c", 1): 8,
        ("about",): 10,
        ("about", "author"): 10,
        ("about", "author", "name"): 10,
        ("site",): 14,
        ("site", 0): 14,
        ("site", 0, "id"): 15,
        ("site", 0, "text"): 16,
        ("site", 0, "text", "zh"): 17,
        ("site", 1): 18,
        ("site", 1, "id"): 19,
        ("deep",): 20,
        ("deep", "er"): 20,
    }


def test_a_table_that_was_spoken_of_before_stands_at_its_own_header():
    lines = lines_of("[a.b]\nx = 1\n[a]\ny = 2\n")
    assert (lines["a",], lines["a", "b"]) == (3, 1)


def test_a_table_without_a_header_begins_with_the_first_key_that_speaks_of_it():
    assert lines_of("a.b = 1\na.c = 2\n") == {(): 1, ("a",): 1, ("a", "b"): 1, ("a", "c"): 2}


def test_what_is_missing_is_on_the_line_of_the_table_in_which_it_would_be():
    lines = lines_of("x = 1\n[a]\n[[a.b]]\ny = 1\n")
    assert line_of(("a", "b", 0, "missing", "deeper"), lines) == 3
    assert line_of(("nothing",), lines) == 1


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), ""),
        (("sites", 0, "text", "zh"), "sites[0].text.zh"),
        (("analytes", 2, "units", "g/dL"), 'analytes[2].units."g/dL"'),
        (('quo"te\\',), '"quo\\"te\\\\"'),
        (("",), '""'),
    ],
)
def test_a_path_is_shown_as_toml_writes_it(path: Path, written: str):
    assert shown(path) == written
