"""A marker whose values can lie beyond the limits of its assay, on the scale of its logarithm to base 2.

Method: a value below the lower limit counts as half of the limit (R. W. Hornung, L. D. Reed, Applied Occupational and
Environmental Hygiene 5 (1990) 46), as sensitivity as the limit itself; one above the upper limit counts as the limit
and is marked. Each of these invents a number: ``censored_normal`` does without.
"""

import enum

import msgspec
import numpy as np

from analytics.estimators.arrays import Booleans, Column, Floats, read_numbers, same_length
from analytics.estimators.errors import InputRefused, Reason
from analytics.estimators.limit_kinds import Limit


class BelowLimit(enum.StrEnum):
    """What a value below the lower limit counts as. Zero can be asked for, and is always refused."""

    HALF = "half-of-limit"
    LIMIT = "limit"
    ZERO = "zero"


class Log2Values(msgspec.Struct, frozen=True, kw_only=True):
    """One element per subject. ``below`` and ``above`` mark those whose number is a limit's and not their own."""

    method: BelowLimit
    subjects: int
    values: tuple[float, ...]
    below: tuple[bool, ...]
    above: tuple[bool, ...]


def log2_values(value: Column, limit: Column, *, below: BelowLimit = BelowLimit.HALF) -> Log2Values:
    """``value`` is the number, or the limit that it lies beyond; ``limit`` says which, by ``Limit``.

    Refuses nobody, missing values, a kind that is none, a number that has no logarithm, and zero for those below: it
    has no logarithm, and with one added first the result hangs on what was added.
    """
    numbers, under, over = read_limits(value, limit)
    if below is BelowLimit.ZERO:
        raise InputRefused(
            Reason.ZERO_FILL,
            "A value below the limit is not zero, and zero has no logarithm: take half of the limit, and the limit "
            "itself as sensitivity.",
        )
    counted = np.where(under, numbers / 2, numbers) if below is BelowLimit.HALF else numbers
    return Log2Values(
        method=below,
        subjects=len(numbers),
        values=tuple(np.log2(counted).tolist()),
        below=tuple(under.tolist()),
        above=tuple(over.tolist()),
    )


def read_limits(value: Column, limit: Column) -> tuple[Floats, Booleans, Booleans]:
    """As `read_censored`, of values that have a logarithm."""
    numbers, below, above = read_censored(value, limit)
    if (numbers <= 0).any():
        raise InputRefused(
            Reason.NOT_POSITIVE, "A value or limit of zero or below has no logarithm: correct it, or leave it out."
        )
    return numbers, below, above


def read_censored(value: Column, limit: Column) -> tuple[Floats, Booleans, Booleans]:
    """The numbers, which of them are lower and which upper limits."""
    numbers, kinds = read_numbers(value, "value"), [str(each) for each in limit]
    same_length(len(numbers), limit=len(kinds))
    if not {*kinds} <= {each.value for each in Limit}:
        raise InputRefused(
            Reason.NAME_UNKNOWN, f"The column limit has one of {', '.join(Limit)} for each value: correct the others."
        )
    kind = np.array(kinds)
    return numbers, kind == Limit.BELOW.value, kind == Limit.ABOVE.value
