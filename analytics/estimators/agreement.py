"""How far two readers agree beyond chance.

Method: J. Cohen, Educational and Psychological Measurement 20 (1960) 37; weighted, Psychological Bulletin 70 (1968)
213. Standard error: J. L. Fleiss, J. Cohen, B. S. Everitt, Psychological Bulletin 72 (1969) 323, for large samples,
with a normal interval that ends at -1 and 1. Equal to R's ``vcd::Kappa`` with ``confint``; unweighted also to
``psych::cohen.kappa``, whose weighted standard error is another.
"""

import enum
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from analytics.estimators.answers import normal_quantile
from analytics.estimators.arrays import Column, Floats, read_labels, same_length
from analytics.estimators.errors import InputRefused, NoEstimate, Reason


class Weights(enum.StrEnum):
    """What a disagreement counts: the same each, by the categories between, or by the square of their number."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


class Kappa(msgspec.Struct, frozen=True, kw_only=True):
    """``table`` has a row per category of the first reader and a column per category of the second, in their order.

    ``observed`` and ``expected`` are the weighted shares of agreement, seen and by chance. ``interval_missing`` says
    why the limits are None: where the readers agree about everybody, nothing has varied.
    """

    method: str = "Cohen's kappa, interval after Fleiss, Cohen and Everitt"
    weights: Weights
    subjects: int
    level: float
    categories: tuple[Any, ...]
    table: tuple[tuple[int, ...], ...]
    observed: float
    expected: float
    value: float
    std_err: float
    lower: float | None = None
    upper: float | None = None
    interval_missing: Reason | None = None


def cohen_kappa(
    first: Column,
    second: Column,
    *,
    categories: Sequence[Any] | None = None,
    weights: Weights = Weights.NONE,
    level: float = 0.95,
) -> Kappa:
    """One value of each reader per subject. ``categories`` says which there are, in the order that weights go by.

    Without it they are those that occur, sorted; weights need it. Refuses nobody, a value that is no category, and two
    readers who both give one and the same category to everybody.
    """
    reach = normal_quantile(level)
    order, table = _table(first, second, categories, weights)
    weight = _weights(len(order), weights)
    subjects = int(table.sum())
    shares = table / subjects
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float((weight * shares).sum()), float(rows @ weight @ columns)
    # Chance agrees completely only where all is in one cell of the diagonal.
    if np.count_nonzero(rows) == np.count_nonzero(columns) == 1 and observed == 1:
        raise NoEstimate(
            Reason.ONE_GROUP,
            "Both readers give one and the same category to everybody: there is no agreement beyond chance to measure.",
        )
    value = (observed - expected) / (1 - expected)
    seen = weight - (1 - value) * ((weight @ columns)[:, None] + (rows @ weight)[None, :])
    variance = float((shares * seen**2).sum() - (value - expected * (1 - value)) ** 2)
    # A variance of zero is known up to the rounding of its two terms, which are at most about 1.
    std_err = np.sqrt(variance / subjects) / (1 - expected) if variance > _ROUNDING else 0.0
    return Kappa(
        weights=weights,
        subjects=subjects,
        level=level,
        categories=order,
        table=tuple(tuple(row) for row in table.astype(int).tolist()),
        observed=observed,
        expected=expected,
        value=value,
        std_err=float(std_err),
        lower=max(float(value - reach * std_err), -1.0) if std_err else None,
        upper=min(float(value + reach * std_err), 1.0) if std_err else None,
        interval_missing=None if std_err else Reason.NO_VARIATION,
    )


_ROUNDING = 1e-14


def disagreements(first: Column, second: Column) -> tuple[int, ...]:
    """The places, from 0, of the subjects about whom the readers differ."""
    one, other = list(first), list(second)
    same_length(len(one), second=len(other))
    return tuple(place for place, (mine, yours) in enumerate(zip(one, other, strict=True)) if mine != yours)


def _table(
    first: Column, second: Column, categories: Sequence[Any] | None, weights: Weights
) -> tuple[tuple[Any, ...], Floats]:
    mine, rows = read_labels(first, "first")
    yours, columns = read_labels(second, "second")
    same_length(len(rows), second=len(columns))
    labels = sorted({*mine, *yours})
    if categories is None and weights is not Weights.NONE:
        raise InputRefused(
            Reason.SETTING_OUT_OF_RANGE, "A weighted kappa needs its categories in their order: name them."
        )
    order = tuple(labels) if categories is None else tuple(dict.fromkeys(categories))
    if not set(labels) <= set(order):
        raise InputRefused(Reason.NAME_UNKNOWN, "A reader gives a category that is not among those named: name it.")
    table = np.zeros((len(order), len(order)))
    of_first, of_second = (np.array([order.index(label) for label in each]) for each in (mine, yours))
    np.add.at(table, (of_first[rows], of_second[columns]), 1)
    return order, table


def _weights(categories: int, weights: Weights) -> Floats:
    if weights is Weights.NONE or categories == 1:
        return np.eye(categories)
    apart = np.abs(np.subtract.outer(np.arange(categories), np.arange(categories))) / (categories - 1)
    return np.asarray(1 - (apart if weights is Weights.LINEAR else apart**2))
