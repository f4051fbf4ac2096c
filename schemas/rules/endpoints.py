"""The endpoint row of one subject: everything that the statistics count, and the digest that names a set of rows.

Nothing downstream derives any of it again.
"""

import datetime as dt
import enum
from collections.abc import Iterable

import msgspec

from schemas.events.followup import Category
from schemas.milestones import Mark
from schemas.rules.comparison import Accord
from schemas.rules.counted_sets import Membership, membership_of
from schemas.rules.early_death import EarlyDeathRow, early_death_of
from schemas.rules.endpoint_digest import RowDigests
from schemas.rules.outcome import derived_refractory_of, derived_response_of
from schemas.rules.refractory import Refractory
from schemas.rules.response import Outcome, ResponseRow, response_of
from schemas.rules.survival import NoTime, SurvivalRow, survival_of
from schemas.rules.timeline import Timeline
from schemas.study import StudyDefinition

RULES_VERSION = 2
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
    categories) and ``early_death`` are None outside of the full set. ``survival`` is None where ``no_time`` says why.
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
    survival: SurvivalRow | None = None
    no_time: NoTime | None = None


def endpoint_of(timeline: Timeline, study: StudyDefinition, cutoff_on: dt.date) -> EndpointRow:
    """``timeline`` holds nothing that happened after the cutoff."""
    assert timeline.latest_on is None or timeline.latest_on <= cutoff_on, "the timeline is cut at another date"
    membership = membership_of(timeline, study)
    survival = survival_of(timeline, study.endpoints, cutoff_on)
    row = EndpointRow(
        subject=timeline.subject,
        membership=membership,
        differences=_differences(timeline),
        survival=None if isinstance(survival, NoTime) else survival,
        no_time=survival if isinstance(survival, NoTime) else None,
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
    investigator = response_of(timeline, day_0, study, cutoff_on)
    derived = None if study.response.rule_set is None else derived_response_of(timeline, day_0, study, cutoff_on)
    response = investigator if study.response.endpoint == "investigator" or derived is None else derived
    return msgspec.structs.replace(
        row,
        contribution=_contribution(response),
        response=response,
        investigator=investigator,
        derived=derived,
        refractory=derived_refractory_of(timeline, study, cutoff_on),
        early_death=early_death_of(timeline, day_0, cutoff_on),
    )


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
