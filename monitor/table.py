"""One table of a page: cells are text, and what is missing is said."""

import msgspec
from markupsafe import Markup

from monitor.words import Words

Row = tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """``numeric`` says for each column whether it is set flush right. ``empty`` is said where there is no row.

    ``mark`` stands behind the title where all numbers of the table are exploratory.
    """

    title: str | None
    columns: Row
    numeric: tuple[bool, ...]
    rows: tuple[Row, ...]
    empty: str
    mark: Markup | None = None


def table(
    words: Words,
    columns: str,
    rows: list[Row],
    *,
    numeric: str,
    title: str | None = None,
    empty: str = "statistics.none",
    mark: Markup | None = None,
    **values: object,
) -> Table:
    """``columns`` are keys of the section tables, separated by spaces; ``numeric`` has a 1 for each flush right."""
    return Table(
        title=words.text(f"tables.{title}") if title else None,
        columns=tuple(words.text(f"tables.{key}", **values) for key in columns.split()),
        numeric=tuple(flag == "1" for flag in numeric),
        rows=tuple(rows),
        empty=words.text(empty),
        mark=mark,
    )
