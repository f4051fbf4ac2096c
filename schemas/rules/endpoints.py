"""The endpoint row of one subject: everything that the statistics count, and the digest that names a set of rows.

Nothing downstream derives any of it again.
"""

import datetime as dt
import enum
from collections.abc import Iterable

import msgspec

from schemas.events.followup import Category
from schemas.milestones import Mark
from schemas.rules.background import Background
from schemas.rules.baseline_marker import MarkerRow, NoMarker
from schemas.rules.comparison import Accord
from schemas.rules.counted_sets import Membership, membership_of
from schemas.rules.early_death import EarlyDeathRow, early_death_of
from schemas.rules.endpoint_digest import RowDigests
from schemas.rules.event_free import EventFree, event_free_of
from schemas.rules.outcome import derived_refractory_of, judged_by_rules
from schemas.rules.refractory import Refractory
from schemas.rules.response import Outcome, ResponseRow, judged_of
from schemas.rules.response_times import Remission, TimeToResponse, remission_of, time_to_response
from schemas.rules.survival import NoTime, SurvivalRow, survival_of
from schemas.rules.timeline import Timeline
from schemas.study import StudyDefinition

RULES_VERSION = 3
"""Raised whenever the same entries may give another row."""


class Contribution(enum.StrEnum):
    """What one subject of the full set is in ORR. Not evaluable is a non-responder whose best response is NE."""

    RESPONDER = "responder"
    NON_RESPONDER = "non-responder"
    NOT_EVALUABLE = "not-evaluable"
    PENDING = "pending"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A category of the investigator's that is none of those which the rule set allows; the cause of a query.

    ``derived`` has the one derived category, or several candidates where a value is missing.
    """

    entry: str
    on: dt.date
    investigator: Category
    derived: tuple[Category, ...]


class EndpointRow(msgspec.Struct, frozen=True, kw_only=True):
    """One subject at a cutoff.

    ``response`` is the endpoint: the investigator's reading or the derived one, as the study has it; both are beside
    it, ``derived`` None for a study without a rule set. These, ``contribution``, ``refractory`` (by the derived
    categories), ``early_death``, ``time_to_response``, ``remission`` and ``event_free`` are None outside of the full
    set; ``remission`` also where there was none, and ``event_free`` without a survival time. ``survival`` is None where
    ``no_time`` says why, and ``marker`` where ``no_marker`` does; for a study without a marker both are.
    ``responded_course`` counts from 1, None without a response.
    """

    subject: str
    membership: Membership
    contribution: Contribution | None = None
    response: ResponseRow | None = None
    investigator: ResponseRow | None = None
    derived: ResponseRow | None = None
    differences: tuple[Difference, ...] = ()
    refractory: Refractory | None = None
    early_death: EarlyDeathRow | None = None
    responded_course: int | None = None
    time_to_response: TimeToResponse | None = None
    remission: Remission | None = None
    marker: MarkerRow | None = None
    no_marker: NoMarker | None = None
    survival: SurvivalRow | None = None
    no_time: NoTime | None = None
    event_free: EventFree | None = None
    background: Background = Background()


def endpoint_of(
    timeline: Timeline,
    study: StudyDefinition,
    cutoff_on: dt.date,
    before: tuple[Timeline, EndpointRow] | None = None,
) -> EndpointRow:
    """``timeline`` holds nothing that happened after the cutoff.

    ``before`` is an earlier timeline of the subject with its row by the same study, at any cutoff: of it stands what
    the entries since then cannot move. The row is the same without it.
    """
    assert timeline.latest_on is None or timeline.latest_on <= cutoff_on, "the timeline is cut at another date"
    membership = membership_of(
        timeline, study, None if before is None else (before[0].milestones, before[1].membership)
    )
    survival = survival_of(timeline, study.endpoints, cutoff_on)
    row = EndpointRow(
        subject=timeline.subject,
        membership=membership,
        differences=_differences(timeline),
        marker=timeline.marker if isinstance(timeline.marker, MarkerRow) else None,
        no_marker=timeline.marker if isinstance(timeline.marker, NoMarker) else None,
        survival=None if isinstance(survival, NoTime) else survival,
        no_time=survival if isinstance(survival, NoTime) else None,
        background=timeline.background,
    )
    day_0 = timeline.milestones.treated if membership.in_full_set else None
    return row if day_0 is None else _with_response(row, timeline, day_0, study, cutoff_on)


def endpoint_digest(rows: Iterable[EndpointRow]) -> str:
    """The one digest of all rows, whatever their order; `schemas.rules.endpoint_digest` has it byte for byte."""
    digests = RowDigests(RULES_VERSION)
    for row in rows:
        digests.put(row.subject, row)
    return digests.digest()


def _with_response(
    row: EndpointRow, timeline: Timeline, day_0: Mark, study: StudyDefinition, cutoff_on: dt.date
) -> EndpointRow:
    investigator = judged_of(timeline, day_0, study, cutoff_on)
    derived = None if study.response.rule_set is None else judged_by_rules(timeline, day_0, study, cutoff_on)
    read, counted, response = investigator if study.response.endpoint == "investigator" or derived is None else derived
    refractory, remission = derived_refractory_of(timeline, study, cutoff_on), remission_of(read, counted)
    horizon_days = study.endpoints.survival_horizon_days
    return msgspec.structs.replace(
        row,
        contribution=_contribution(response),
        response=response,
        investigator=investigator.row,
        derived=None if derived is None else derived.row,
        refractory=refractory,
        early_death=early_death_of(timeline, day_0, cutoff_on),
        responded_course=_course_of(response, timeline),
        time_to_response=time_to_response(
            read, day_0, counted, study.endpoints, window_over=counted.window_ends_on <= cutoff_on
        ),
        remission=remission,
        event_free=None
        if row.survival is None
        else event_free_of(read, row.survival, refractory, remission, horizon_days),
    )


def _course_of(response: ResponseRow, timeline: Timeline) -> int | None:
    """How many courses had begun when it was first seen; what is seen on a course's first day came before it."""
    if response.responded_on is None:
        return None
    return max(sum(course.on < response.responded_on for course in timeline.courses), 1)


def _contribution(response: ResponseRow) -> Contribution:
    if response.outcome is Outcome.NON_RESPONDER and response.best is Category.NE:
        return Contribution.NOT_EVALUABLE
    return Contribution(response.outcome.value)


def _differences(timeline: Timeline) -> tuple[Difference, ...]:
    return tuple(
        Difference(entry=each.mark.entry, on=each.mark.on, investigator=each.category, derived=each.derived.possible())
        for each in timeline.compared
        if each.accord is Accord.DIFFER and each.derived is not None
    )
