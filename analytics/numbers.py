"""Every number of a snapshot under a name of its own, so that two snapshots can be laid side by side. Pure.

Names follow the snapshot's own structure, so a figure that is added tomorrow has its names tomorrow:
``response.rates.ORR``, ``survival.at.365``, ``survival.median``, ``funnel.steps.enrolled.subjects``. Of a list of
figures each stands under what it is called by. What belongs together stays together under one name:

- an estimate with its interval and the reason of what is missing;
- a proportion, ``count`` of ``of``, with its estimate;
- bounds, ``certain`` to ``possible`` of ``of``;
- a series that is drawn, such as a curve: all its columns.

It works on canonical bytes, not on today's structs: a snapshot that other code stored long ago is read too.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

_ABOUT = frozenset({"key", "labels", "digits", "prespecification"})
"""What a snapshot says of itself; no number."""

_CALLED_BY = ("name", "step", "day", "level")
_ESTIMATE = frozenset({"value", "lower", "upper", "missing", "interval_missing"})
_PROPORTION = ("count", "of", "estimate")
_BOUNDS = frozenset({"certain", "possible", "of"})


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One number that two snapshots give otherwise; None where one of them does not have it."""

    name: str
    old: Any
    new: Any


def numbers_of(body: bytes) -> dict[str, Any]:
    """The numbers of a snapshot's canonical bytes, as JSON has them, by name, in the order of the snapshot."""
    document = msgspec.json.decode(body)
    named = {name: part for name, part in document.items() if name not in _ABOUT}
    return dict(_walked("", named))


def moved_between(old: bytes, new: bytes) -> tuple[Moved, ...]:
    """The numbers that differ, in the order of the new snapshot; those that it does not have stand last."""
    was, now = numbers_of(old), numbers_of(new)
    return tuple(
        Moved(name=name, old=was.get(name), new=now.get(name))
        for name in (*now, *(name for name in was if name not in now))
        if was.get(name) != now.get(name)
    )


def said(number: Any) -> str:
    """A number for people: ``31/52, 59.6 % [45.1, 73.0]`` for a proportion, ``412 [203, not given]`` for an estimate.

    >>> said({"count": 31, "of": 52, "estimate": {"value": 0.596154, "lower": 0.451, "upper": 0.7299}})
    '31/52, 59.6 % [45.1, 73.0]'
    >>> said({"value": None, "missing": "not-reached-yet"})
    'not reached yet'
    """
    if number is None:
        return "not given"
    if not isinstance(number, dict):
        return "a series" if isinstance(number, list) else _plain(number)
    if _is_proportion(number):
        return f"{number['count']}/{number['of']}, {_estimate(number['estimate'], percent=True)}"
    if number.keys() >= _BOUNDS:
        return f"{number['certain']} to {number['possible']} of {number['of']}"
    return "a series" if _is_series(number) else _estimate(number, percent=False)


def _walked(path: str, part: Any) -> Iterator[tuple[str, Any]]:
    """Empty parts have no number."""
    if isinstance(part, dict) and not _is_whole(part):
        if _is_proportion(part):
            yield path, {name: part[name] for name in _PROPORTION}
            part = {name: inner for name, inner in part.items() if name not in _PROPORTION}
        for name, inner in part.items():
            # A figure of a list whose only content is an estimate is that estimate.
            lonely = name == "estimate" and part.keys() <= {"estimate", *_CALLED_BY}
            yield from _walked(path if lonely else _joined(path, name), inner)
    elif isinstance(part, list) and part and all(isinstance(each, dict) for each in part):
        for index, each in enumerate(part):
            called = next((name for name in _CALLED_BY if name in each), None)
            inner = {name: value for name, value in each.items() if name != called}
            yield from _walked(_joined(path, str(each[called] if called else index)), inner)
    elif part not in ({}, []):
        yield path, part


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _is_whole(part: Mapping[str, Any]) -> bool:
    return not part or part.keys() >= _ESTIMATE or part.keys() >= _BOUNDS or _is_series(part)


def _is_proportion(part: Mapping[str, Any]) -> bool:
    return all(name in part for name in _PROPORTION)


def _is_series(part: Mapping[str, Any]) -> bool:
    return bool(part) and all(isinstance(column, list) for column in part.values())


def _estimate(estimate: Mapping[str, Any], *, percent: bool) -> str:
    value = estimate.get("value")
    if value is None:
        missing = estimate.get("missing")
        return "not given" if missing is None else str(missing).replace("-", " ")
    shown, lower, upper = (_scaled(estimate.get(name), percent) for name in ("value", "lower", "upper"))
    interval = "" if (lower, upper) == ("not given", "not given") else f" [{lower}, {upper}]"
    return f"{shown}{' %' if percent else ''}{interval}"


def _scaled(value: float | None, percent: bool) -> str:
    if value is None:
        return "not given"
    return f"{100 * value:.1f}" if percent else _plain(value)


def _plain(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
