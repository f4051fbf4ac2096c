"""The benchmark of the fold runs, at sizes at which its numbers mean nothing."""

import io

from rich.console import Console

from benchmarks.__main__ import PARTS
from benchmarks.fold import FoldSizes, measure_fold

TINY = FoldSizes(subjects=2, history=20, rounds=1, entries=5_020, additions=2)


def test_decode_settle_and_fold_are_printed_side_by_side_and_what_one_more_entry_costs() -> None:
    said = io.StringIO()
    measure_fold(Console(file=said, width=150), TINY)
    for row in ("decode", "settle", "fold", "decode and fold", "a result, 30 days late", "bytes of the state"):
        assert f"│ {row} " in said.getvalue()


def test_the_fold_is_a_part_of_the_benchmarks() -> None:
    assert "fold" in PARTS
