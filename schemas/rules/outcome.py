"""What the derived responses of one subject come to at a cutoff: best response, relapse, refractory disease, NE.

Best response and responder are counted by `schemas.rules.response`, as the investigator's categories are. An
undetermined response has no category to count: its subject is pending, and NE at the window's close.
"""

import datetime as dt
from collections.abc import Iterable

import msgspec

from schemas.events.followup import Category
from schemas.milestones import Mark
from schemas.rules.comparison import Compared
from schemas.rules.derived import DerivedResponse
from schemas.rules.early_death import early_death_of
from schemas.rules.refractory import Refractory, refractory_of
from schemas.rules.response import ResponseRow, response_of
from schemas.rules.rule_sets import rule_set
from schemas.rules.timeline import Assessment, Timeline, timeline_of
from schemas.settlement import Entry
from schemas.study import StudyDefinition


class ResponseOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One treated subject at a cutoff.

    ``row`` is the response endpoint by the derived categories. ``relapsed`` is the first derived relapse, None without
    one. ``early_death``: died before any adequate marrow. ``compared`` has the investigator's categories beside them.
    """

    subject: str
    derived: tuple[DerivedResponse, ...]
    row: ResponseRow
    relapsed: Mark | None
    refractory: Refractory | None
    early_death: bool
    compared: tuple[Compared, ...]


def outcome_of(
    subject: str, entries: Iterable[Entry], study: StudyDefinition, cutoff_on: dt.date
) -> ResponseOutcome | None:
    """None for a subject whose chemotherapy had not begun by the cutoff, and for a study without a rule set."""
    known = [entry for entry in entries if entry.happened.on <= cutoff_on]
    timeline = timeline_of(subject, known, None, study)
    day_0, died = timeline.milestones.treated, timeline.milestones.died
    rules = study.response.rule_set
    if day_0 is None or rules is None:
        return None
    return ResponseOutcome(
        subject=timeline.subject,
        derived=timeline.derived,
        row=derived_response_of(timeline, day_0, study, cutoff_on),
        relapsed=next((each.mark for each in timeline.derived if each.category is Category.RELAPSE), None),
        refractory=refractory_of(
            timeline.derived, timeline.courses, rule_set(rules), cutoff_on, died.on if died else None
        ),
        early_death=early_death_of(timeline, day_0, cutoff_on).early_death,
        compared=timeline.compared,
    )


def derived_response_of(timeline: Timeline, day_0: Mark, study: StudyDefinition, cutoff_on: dt.date) -> ResponseRow:
    """The response endpoint by derived categories."""
    assessments = tuple(
        Assessment(mark=each.mark, category=each.category, rule_set=each.rule_set)
        for each in timeline.derived
        if each.category is not None
    )
    by_rules = msgspec.structs.replace(timeline, assessments=assessments)
    return response_of(by_rules, day_0, study, cutoff_on)
