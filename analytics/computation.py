"""From timelines to a snapshot, at one go. Pure: whoever computes anew ends here, by the panel of the live numbers."""

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec

from analytics.live import LivePanel
from schemas.rules.timeline import Timeline, timeline_of
from schemas.settlement import Entry
from schemas.study import StudyDefinition


def timelines_of(
    entries: Mapping[str, Iterable[Entry]], cutoff_on: dt.date | None, study: StudyDefinition
) -> dict[str, Timeline]:
    """The timeline of every subject, cut at an explicit cutoff; the default one, None, is after no fact at all.

    Without the logs of derived responses, which no number is made of and which are most of a timeline.
    """
    return {
        subject: _without_logs(timeline_of(subject, theirs, cutoff_on, study)) for subject, theirs in entries.items()
    }


def _without_logs(timeline: Timeline) -> Timeline:
    replace = msgspec.structs.replace
    compared = tuple(
        replace(each, derived=replace(each.derived, log=()) if each.derived else None) for each in timeline.compared
    )
    return replace(timeline, derived=tuple(replace(each, log=()) for each in timeline.derived), compared=compared)


def panel_of(timelines: Mapping[str, Timeline], study: StudyDefinition, explicit_on: dt.date | None) -> LivePanel:
    """A panel filled once: all live numbers, and the endpoint rows behind them.

    ``timelines`` are cut at the same explicit cutoff.
    """
    panel = LivePanel(study, explicit_on)
    panel.take(timelines)
    return panel
