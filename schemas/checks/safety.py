"""Rules on adverse events."""

from collections.abc import Iterator

from schemas.checks.chart import Chart
from schemas.checks.finding import Doubt, doubt
from schemas.events import AdverseEventReported
from schemas.events.conduct import EventOutcome


def serious_event_without_outcome(chart: Chart) -> Iterator[Doubt]:
    """Serious, and what became of it is unknown. "Not recovered" is an outcome."""
    for entry, facts in chart.of(AdverseEventReported):
        if facts.serious_because and facts.outcome is EventOutcome.UNKNOWN:
            yield doubt("outcome", entry)


def fatal_event_without_death(chart: Chart) -> Iterator[Doubt]:
    """An event was fatal, and nobody recorded a death."""
    for entry, facts in chart.of(AdverseEventReported):
        if facts.outcome is EventOutcome.FATAL and chart.died is None:
            yield doubt("outcome", entry)


def event_ended_before_onset(chart: Chart) -> Iterator[Doubt]:
    """Ended on a day before that of its onset."""
    for entry, facts in chart.of(AdverseEventReported):
        if facts.ended_on is not None and facts.ended_on < entry.happened.on:
            yield doubt("ended_on", entry)
