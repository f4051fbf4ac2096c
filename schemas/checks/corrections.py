"""Rules on corrections themselves; `schemas.settlement` says which of them are contested or held."""

from collections.abc import Iterator

from schemas.checks.chart import Chart
from schemas.checks.finding import Doubt, doubt


def corrections_contested(chart: Chart) -> Iterator[Doubt]:
    """Two active corrections of one entry: the one recorded last counts, and somebody says whether it should."""
    for entry in chart.in_force:
        if entry.contested:
            yield doubt("by", entry)


def action_held(chart: Chart) -> Iterator[Doubt]:
    """A correction or void that reaches no entry of this subject, and so changes nothing.

    There is no clock here to wait by. While its target is only on its way the doubt closes by itself.
    """
    for action in chart.held:
        yield Doubt(entries=(action,), field="target", on=None)
