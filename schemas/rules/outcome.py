"""What the derived responses of one subject come to at a cutoff: best response, relapse, refractory disease, NE.

Best response and responder are counted by `schemas.rules.response`, as the investigator's categories are. An
undetermined response has no category to count: its subject is pending, and NE at the window's close.

Responses after a transplant, or after a new line of treatment began, count where the study's settings say so. A marrow
of the very day was taken before.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from schemas.events.followup import Category
from schemas.milestones import Mark, Milestones
from schemas.rules.comparison import Compared, compared
from schemas.rules.derivation import derive
from schemas.rules.derived import DerivedResponse
from schemas.rules.early_death import early_death_of
from schemas.rules.history import history_of
from schemas.rules.refractory import Refractory, refractory_of
from schemas.rules.response import ResponseRow, response_of
from schemas.rules.rule_sets import rule_set
from schemas.rules.timeline import Assessment, Timeline, timeline_of
from schemas.settlement import Entry
from schemas.study import ResponseSettings, StudyDefinition


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
    timeline = timeline_of(subject, known, None)
    day_0, died = timeline.milestones.treated, timeline.milestones.died
    rules = study.response.rule_set
    if day_0 is None or rules is None:
        return None
    derived = derive(known, study)
    return ResponseOutcome(
        subject=timeline.subject,
        derived=derived,
        row=derived_response_of(timeline, derived, day_0, study, cutoff_on),
        relapsed=next((each.mark for each in derived if each.category is Category.RELAPSE), None),
        refractory=refractory_of(
            derived,
            history_of(known, study.response).courses,
            rule_set(rules),
            cutoff_on,
            died.on if died else None,
        ),
        early_death=early_death_of(timeline, day_0, cutoff_on).early_death,
        compared=compared(known, derived),
    )


def derived_response_of(
    timeline: Timeline, derived: Sequence[DerivedResponse], day_0: Mark, study: StudyDefinition, cutoff_on: dt.date
) -> ResponseRow:
    """The response endpoint by derived categories; ``timeline`` is cut at the same cutoff as they are."""
    assessments = tuple(
        Assessment(mark=each.mark, category=each.category, rule_set=each.rule_set)
        for each in derived
        if each.category is not None and counts(each.mark, timeline.milestones, study.response)
    )
    by_rules = msgspec.structs.replace(timeline, assessments=assessments)
    return response_of(by_rules, day_0, study.endpoints, cutoff_on)


def counts(mark: Mark, milestones: Milestones, settings: ResponseSettings) -> bool:
    """Whether a response of this day counts, as far as a transplant and later lines of treatment are concerned."""
    ends = (
        None if settings.after_transplant_counts else milestones.transplanted,
        None if settings.after_next_line_counts else milestones.next_line,
    )
    return all(end is None or mark.on <= end.on for end in ends)
