"""What every survival estimator reads: checked arrays of times, events, entries, labels and covariates.

Nothing is dropped, filled or recoded here: R leaves rows with missing values out without a word, and a number over
fewer subjects than the reader thinks is worse than none. Two times are tied where they are equal as numbers; R also
ties times that differ by rounding only (``timefix``), which dates and whole days never do.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.estimators.errors import InputRefused, NoEstimate, Reason

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

Column = Iterable[Any]
"""One value per subject: a list, a numpy array or a pandas series, read by position; an index is not looked at."""


@dataclasses.dataclass(frozen=True, eq=False)
class Times:
    """One row per subject: the time, whether it ended in an event, and the time from which the subject was followed.

    ``entry`` is None where everybody was followed from the start. A subject is at risk after its entry and up to and
    including its time.
    """

    time: Floats
    event: Booleans
    entry: Floats | None

    @property
    def subjects(self) -> int:
        return len(self.time)

    @property
    def events(self) -> int:
        return int(self.event.sum())


def read_times(time: Column, event: Column, entry: Column | None = None) -> Times:
    """Refuses nobody, missing values, times below zero, and an entry that is not before the time."""
    times, events = read_numbers(time, "time"), read_numbers(event, "event")
    same_length(len(times), event=len(events))
    if (times < 0).any():
        raise InputRefused(Reason.TIME_NEGATIVE, f"{_subjects(times < 0)} a time below zero: correct the dates.")
    if not np.isin(events, (0, 1)).all():
        raise InputRefused(
            Reason.EVENT_NOT_BINARY, "An event is 1 and a censoring 0: recode other values before estimating."
        )
    return Times(time=times, event=events == 1, entry=None if entry is None else _entries(entry, times))


def _entries(entry: Column, times: Floats) -> Floats:
    entries = read_numbers(entry, "entry")
    same_length(len(times), entry=len(entries))
    late = entries >= times
    if late.any():
        raise InputRefused(
            Reason.ENTRY_NOT_BEFORE_EXIT,
            f"{_subjects(late)} an entry that is not before the time: nothing is observed.",
        )
    return entries


def read_numbers(values: Column, name: str) -> Floats:
    """A column of finite numbers, at least one."""
    column = _column(values, name)
    try:
        numbers = np.asarray(column.to_numpy(), dtype=np.float64)
    except (TypeError, ValueError):
        raise InputRefused(Reason.NOT_NUMBERS, f"The column {name} holds something other than numbers.") from None
    if not np.isfinite(numbers).all():
        raise InputRefused(Reason.NOT_NUMBERS, f"{_subjects(~np.isfinite(numbers))} an infinite value in {name}.")
    return numbers


def read_response(values: Column, name: str = "response") -> Booleans:
    """A column of 1 (has it) and 0 (has it not) in which both occur."""
    numbers = read_numbers(values, name)
    if not np.isin(numbers, (0, 1)).all():
        raise InputRefused(
            Reason.RESPONSE_NOT_BINARY, f"The column {name} is 1 for yes and 0 for no: recode other values first."
        )
    if numbers.min() == numbers.max():
        whose = "Everybody" if numbers[0] == 1 else "Nobody"
        raise NoEstimate(Reason.ONE_GROUP, f"{whose} has a {name} of 1: there is no other group to compare with.")
    return np.asarray(numbers == 1)


def read_labels(values: Column, name: str) -> tuple[tuple[Any, ...], Integers]:
    """The distinct labels, sorted, and for each subject the place of its own among them."""
    codes, labels = pd.factorize(_column(values, name), sort=True)
    return tuple(labels.tolist()), np.asarray(codes, dtype=np.int64)


def _column(values: Column, name: str) -> "pd.Series[Any]":
    column = pd.Series(list(values))
    if column.empty:
        raise NoEstimate(Reason.NOBODY, "There is nobody to estimate from yet.")
    missing = column.isna().to_numpy()
    if missing.any():
        raise InputRefused(
            Reason.VALUES_MISSING,
            f"{_subjects(missing)} no value in {name}: leave them out or fill them, and say which of the two.",
        )
    return column


def read_covariates(covariates: Mapping[str, Column] | pd.DataFrame) -> tuple[tuple[str, ...], Floats]:
    """The names, and one row per subject and one column per name. Categories come as columns of 0 and 1."""
    columns = {str(name): read_numbers(column, str(name)) for name, column in covariates.items()}
    if not columns:
        raise InputRefused(Reason.NO_COVARIATES, "A regression needs at least one covariate.")
    first = next(iter(columns.values()))
    same_length(len(first), **{name: len(values) for name, values in columns.items()})
    return tuple(columns), np.column_stack(list(columns.values()))


def same_length(subjects: int, **lengths: int) -> None:
    for name, length in lengths.items():
        if length != subjects:
            raise InputRefused(
                Reason.LENGTHS_DIFFER, f"The column {name} has {length} values where {subjects} are wanted."
            )


def _subjects(which: Booleans) -> str:
    count = int(which.sum())
    return f"{count} of {len(which)} subjects {'has' if count == 1 else 'have'}"


def at_risk(sample: Times, on: Floats) -> Integers:
    """How many are at risk on each of these times: entered before it, and not gone before it."""
    followed = count_from(sample.time, on)
    return followed if sample.entry is None else followed - count_from(sample.entry, on)


def count_from(values: Floats, times: Floats) -> Integers:
    """How many values are at or after each time."""
    return np.asarray(len(values) - np.searchsorted(np.sort(values), times, side="left"), dtype=np.int64)


def count_on(values: Floats, times: Floats) -> Integers:
    """How many values are each time."""
    ordered = np.sort(values)
    found = np.searchsorted(ordered, times, side="right") - np.searchsorted(ordered, times, side="left")
    return np.asarray(found, dtype=np.int64)
