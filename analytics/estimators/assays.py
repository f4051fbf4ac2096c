"""Whether the values of a marker may stand in one analysis: those of different assays have different scales.

Two platforms, or one platform on two matrices, can differ several-fold on the same specimen. Their values are compared
only within each: an analysis is stratified by them, or keeps to one.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from analytics.estimators.arrays import Column, read_labels, same_length
from analytics.estimators.errors import InputRefused, NoEstimate, Reason


class AssayCount(msgspec.Struct, frozen=True, kw_only=True):
    """``assay`` has a value for each column, in their order."""

    assay: tuple[Any, ...]
    subjects: int


class Assays(msgspec.Struct, frozen=True, kw_only=True):
    """``assays`` in the order of their values, one where nothing is mixed."""

    columns: tuple[str, ...]
    subjects: int
    stratified: bool
    assays: tuple[AssayCount, ...]


def judge_assays(assay: Mapping[str, Column], *, strata: Column | None = None) -> Assays:
    """``assay`` has the columns that tell one assay from another, such as platform and matrix, one row per subject.

    ``strata`` is what the analysis is stratified by. Refuses nobody, missing values (of an assay that is not known
    nothing says that it is the same), mixed assays without strata, and a stratum that mixes them.
    """
    if not assay:
        raise InputRefused(Reason.NAME_UNKNOWN, "Name the columns that tell one assay from another, platform first.")
    read = {name: read_labels(values, name) for name, values in assay.items()}
    subjects = len(next(iter(read.values()))[1])
    same_length(subjects, **{name: len(codes) for name, (_, codes) in read.items()})
    rows = list(zip(*([labels[code] for code in codes] for labels, codes in read.values()), strict=True))
    found = Counter(rows)
    if len(found) > 1:
        _refuse_mixed(rows, {name: len(labels) for name, (labels, _) in read.items()}, strata)
    return Assays(
        columns=tuple(read),
        subjects=subjects,
        stratified=strata is not None,
        assays=tuple(AssayCount(assay=each, subjects=found[each]) for each in sorted(found)),
    )


def _refuse_mixed(rows: list[tuple[Any, ...]], values: Mapping[str, int], strata: Column | None) -> None:
    if strata is None:
        mixed = " and ".join(f"{count} values of {name}" for name, count in values.items() if count > 1)
        raise NoEstimate(
            Reason.MIXED_ASSAYS,
            f"There are {mixed}: numbers of different assays have different scales and are not pooled. Stratify by "
            "them, or keep to one.",
        )
    labels, codes = read_labels(strata, "strata")
    same_length(len(rows), strata=len(codes))
    within: dict[Any, set[tuple[Any, ...]]] = {}
    for row, code in zip(rows, codes.tolist(), strict=True):
        within.setdefault(labels[code], set()).add(row)
    mixing = sum(len(assays) > 1 for assays in within.values())
    if mixing:
        raise NoEstimate(
            Reason.MIXED_ASSAYS,
            f"{mixing} of {len(within)} strata hold values of more than one assay: stratify by the assay itself.",
        )
