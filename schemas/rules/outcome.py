"""What the derived responses of one subject come to at a cutoff: best response and refractory disease.

Best response and responder are counted by `schemas.rules.response`, as the investigator's categories are. An
undetermined response has no category to count: its subject is pending, and NE at the window's close.
"""

import datetime as dt

import msgspec

from schemas.milestones import Mark
from schemas.rules.refractory import Refractory, refractory_of
from schemas.rules.response import Judged, judged_of
from schemas.rules.rule_sets import rule_set
from schemas.rules.timeline import Assessment, Timeline
from schemas.study import StudyDefinition


def judged_by_rules(timeline: Timeline, day_0: Mark, study: StudyDefinition, cutoff_on: dt.date) -> Judged:
    """The response endpoint by derived categories."""
    return judged_of(by_rules(timeline), day_0, study, cutoff_on)


def by_rules(timeline: Timeline) -> Timeline:
    """The timeline with the derived categories in the place of the investigator's."""
    assessments = tuple(
        Assessment(mark=each.mark, category=each.category, rule_set=each.rule_set)
        for each in timeline.derived
        if each.category is not None
    )
    return msgspec.structs.replace(timeline, assessments=assessments)


def derived_refractory_of(timeline: Timeline, study: StudyDefinition, cutoff_on: dt.date) -> Refractory | None:
    """Refractory disease by derived categories; None for a study without a rule set."""
    if study.response.rule_set is None:
        return None
    died = timeline.milestones.died
    rules = rule_set(study.response.rule_set)
    return refractory_of(timeline.derived, timeline.courses, rules, cutoff_on, died.on if died else None)
