"""The benchmark of the live panel runs, at sizes at which its numbers mean nothing."""

import io

from rich.console import Console

from benchmarks.__main__ import PARTS
from benchmarks.panel import PanelSizes, measure_panel


def test_both_ways_are_printed_side_by_side() -> None:
    said = io.StringIO()
    measure_panel(Console(file=said, width=150), PanelSizes(subjects=(12,), entries=2))
    for column in ("moved, ms", "filled anew, ms", "lifelines refit, ms", "refit / moved"):
        assert column in said.getvalue()
    assert "refit / moved at 12 subjects" in said.getvalue()
    assert "at 10,000 subjects >= 20" in said.getvalue()
    assert "panel" in PARTS
