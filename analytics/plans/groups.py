"""The rows of a selection by the labels of a column."""

from collections.abc import Iterator

from analytics.plans.selection import Selection

EVERYBODY = "everybody"
"""The one group where none is asked for."""


def groups(chosen: Selection, by: str | None) -> Iterator[tuple[str, list[int]]]:
    """Each group with the places of its rows, in the order of the labels."""
    if by is None:
        yield EVERYBODY, list(range(chosen.rows))
        return
    said = labels(chosen, by)
    for label in sorted(set(said)):
        yield label, [place for place, each in enumerate(said) if each == label]


def labels(chosen: Selection, name: str) -> list[str]:
    """Labels as text: "yes" and "no" where the column is one of yes and no."""
    return [("yes" if value else "no") if isinstance(value, bool) else str(value) for value in chosen.columns[name]]


def numbers(chosen: Selection, name: str, rows: list[int] | None = None) -> list[float]:
    """A column of numbers, or of 1 for yes and 0 for no; of these rows, or of all."""
    values = chosen.columns[name]
    picked = [values[row] for row in rows] if rows is not None else values
    return [float(value) for value in picked if value is not None]
