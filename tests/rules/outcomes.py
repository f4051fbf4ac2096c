"""All that the derived responses of one drawn subject come to, in one value that a test can ask."""

import datetime as dt
from collections.abc import Iterable

import msgspec

from schemas.events.followup import Category
from schemas.milestones import Mark
from schemas.rules.comparison import Compared
from schemas.rules.derived import DerivedResponse
from schemas.rules.early_death import early_death_of
from schemas.rules.outcome import derived_refractory_of, judged_by_rules
from schemas.rules.refractory import Refractory
from schemas.rules.response import ResponseRow
from schemas.rules.timeline import timeline_of
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
    day_0 = timeline.milestones.treated
    if day_0 is None or study.response.rule_set is None:
        return None
    return ResponseOutcome(
        subject=timeline.subject,
        derived=timeline.derived,
        row=judged_by_rules(timeline, day_0, study, cutoff_on).row,
        relapsed=next((each.mark for each in timeline.derived if each.category is Category.RELAPSE), None),
        refractory=derived_refractory_of(timeline, study, cutoff_on),
        early_death=early_death_of(timeline, day_0, cutoff_on).early_death,
        compared=timeline.compared,
    )
