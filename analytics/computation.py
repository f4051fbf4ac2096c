"""From timelines to a snapshot. Pure: the continuous job and the recomputation from the ledger both end here."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from analytics.accrual import accrual_figure
from analytics.enrolment import enrolment_figure, funnel_figure
from analytics.parameters import code_version, parameters_digest, parameters_of
from analytics.response import response_figure
from analytics.snapshot import NOT_ADJUSTED, Snapshot, SnapshotKey
from analytics.survival import survival_figure
from schemas.rules.endpoints import EndpointRow, endpoint_digest, endpoint_of
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


def data_cutoff(timelines: Iterable[Timeline], study: StudyDefinition, explicit_on: dt.date | None) -> dt.date:
    """The explicit data cutoff, else the last date on which any fact in force happened. It is never "today".

    Where there is no fact yet it is the first day of the study's enrolment.
    """
    if explicit_on is not None:
        return explicit_on
    return max((each.latest_on for each in timelines if each.latest_on is not None), default=study.enrolment_begins_on)


def endpoint_rows(timelines: Iterable[Timeline], study: StudyDefinition, cutoff_on: dt.date) -> list[EndpointRow]:
    """One row a subject, by subject."""
    return [
        endpoint_of(timeline, study, cutoff_on) for timeline in sorted(timelines, key=lambda timeline: timeline.subject)
    ]


def compute(timelines: Mapping[str, Timeline], study: StudyDefinition, explicit_on: dt.date | None) -> Snapshot:
    """All live numbers. ``timelines`` are cut at the same explicit cutoff."""
    cutoff_on = data_cutoff(timelines.values(), study, explicit_on)
    return snapshot_of(endpoint_rows(timelines.values(), study, cutoff_on), study, cutoff_on)


def snapshot_of(rows: Iterable[EndpointRow], study: StudyDefinition, cutoff_on: dt.date) -> Snapshot:
    """One row a subject, each at this cutoff, in any order."""
    ordered = sorted(rows, key=lambda row: row.subject)
    parameters = parameters_of(study)
    enrolment = enrolment_figure(ordered, parameters)
    exact = Snapshot(
        key=SnapshotKey(
            study=study.id,
            endpoint_digest=endpoint_digest(ordered),
            cutoff_on=cutoff_on,
            parameters_digest=parameters_digest(parameters),
            code_version=code_version(),
        ),
        interval_level=parameters.level,
        digits=parameters.digits,
        labels=(NOT_ADJUSTED,),
        enrolment=enrolment,
        accrual=accrual_figure(enrolment, parameters.accrual_prior_weight, cutoff_on),
        funnel=funnel_figure(ordered, parameters),
        response=response_figure(ordered, parameters),
        survival=survival_figure(ordered, parameters),
    )
    return msgspec.convert(_rounded(msgspec.to_builtins(exact), parameters.digits), Snapshot)


def _rounded(value: Any, digits: int) -> Any:
    """Every number at its last digit kept, far beyond what is shown and far above what a processor can move."""
    if isinstance(value, float):
        assert math.isfinite(value), "a number that cannot be given is None with its reason"
        return round(value, digits) + 0.0  # plus zero: minus zero has other bytes
    if isinstance(value, dict):
        return {name: _rounded(item, digits) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item, digits) for item in value]
    return value
