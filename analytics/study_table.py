"""The endpoint rows as the table that an analysis plan reads: one row an enrolled subject, one column a quantity.

The very same columns are what a finished analysis exports, so that somebody else's program reads what ours read. Days
count from the study's origin of survival, for responses from the first day of chemotherapy, for remissions from their
beginning. A column without a value is missing, and never 0.
"""

import enum
from collections.abc import Callable, Sequence

from analytics.estimators.limit_kinds import Limit
from analytics.plans.plan import PlanColumn
from analytics.plans.table import Table, Value
from schemas.events.background import Risk, Sex
from schemas.events.followup import Category
from schemas.rules.baseline_marker import MarkerLimit
from schemas.rules.early_death import MORTALITY_DAYS, Vital
from schemas.rules.endpoints import EndpointRow
from schemas.rules.response import Outcome, is_open
from schemas.study import Endpoints

Read = Callable[[EndpointRow], Value]

_NUMBER = PlanColumn(kind="number", least=None)
_LABEL = PlanColumn(kind="label")
_YES_NO = PlanColumn(kind="yes-no")


class End(enum.StrEnum):
    """What a time ended in."""

    RESPONSE = "response"
    RELAPSE = "relapse"
    DEATH = "death"
    CENSORED = "censored"


def _later(column: PlanColumn) -> PlanColumn:
    return PlanColumn(kind=column.kind, known="later")


def _responded(row: EndpointRow) -> Value:
    """None outside of the full set; a pending subject has not responded so far, and is marked as pending."""
    return None if row.response is None else row.response.outcome is Outcome.RESPONDER


def _pending(row: EndpointRow) -> Value:
    return None if row.response is None else row.response.outcome is Outcome.PENDING


def _responded_days(row: EndpointRow) -> Value:
    """Days from the origin of survival, as a switch is counted; None for one that never responded."""
    if row.survival is None or row.response is None or row.response.responded_on is None:
        return None
    return float((row.response.responded_on - row.survival.start_on).days)


def _best(category: object) -> Value:
    return None if category is None else str(category)


def _closed(row: EndpointRow) -> Value:
    """Full set, and day 365 is at or before the cutoff: over these alone a rate is not biased by who answers first."""
    return row.response is not None and row.response.window_over


def _shown(category: Category) -> Read:
    return lambda row: None if row.response is None else row.response.shown is category


def _died_by(place: int) -> Read:
    """Whether the death is known by that day of `MORTALITY_DAYS`; of whom nothing is known is not dead."""
    return lambda row: None if row.early_death is None else row.early_death.by_day[place] is Vital.DIED


def _day_over(place: int) -> Read:
    """Full set, and that day of `MORTALITY_DAYS` is at or before the cutoff."""
    return lambda row: row.early_death is not None and row.early_death.over[place]


def _responded_by_course(course: int) -> Read:
    """Whether the response was first seen by the end of so many courses; None outside of the full set."""

    def read(row: EndpointRow) -> Value:
        if row.response is None:
            return None
        return row.responded_course is not None and row.responded_course <= course

    return read


def _since_treatment(row: EndpointRow, days: int | None) -> Value:
    """Days since the origin of survival, as days since the first day of chemotherapy; None where that came later."""
    if row.survival is None or row.membership.treated_on is None or days is None:
        return None
    since = days - (row.membership.treated_on - row.survival.start_on).days
    return float(since) if since >= 0 else None


def _responded_since_treatment(row: EndpointRow) -> Value:
    if row.response is None or row.response.responded_on is None:
        return None
    return float((row.response.responded_on - row.response.day_0_on).days)


def _response_cause(row: EndpointRow) -> Value:
    if row.time_to_response is None:
        return None
    if row.time_to_response.responded:
        return End.RESPONSE.value
    return End.DEATH.value if row.time_to_response.died else End.CENSORED.value


def _remission_cause(row: EndpointRow) -> Value:
    if row.remission is None:
        return None
    if row.remission.relapsed:
        return End.RELAPSE.value
    return End.DEATH.value if row.remission.died else End.CENSORED.value


def _marker_limit(row: EndpointRow) -> Value:
    if row.marker is None:
        return None
    return {MarkerLimit.BELOW: Limit.BELOW, MarkerLimit.ABOVE: Limit.ABOVE}.get(row.marker.limit, Limit.EXACT).value


def _assay(row: EndpointRow) -> Value:
    """The platform and the matrix: values of two of either are not on one scale."""
    return None if row.marker is None or row.marker.platform is None else f"{row.marker.platform} {row.marker.matrix}"


_COLUMNS: dict[str, tuple[PlanColumn, Read]] = {
    "subject": (_LABEL, lambda row: row.subject),
    "full_set": (_YES_NO, lambda row: row.membership.in_full_set),
    "evaluable": (_YES_NO, lambda row: row.membership.in_evaluable_set),
    "safety": (_YES_NO, lambda row: row.membership.in_safety_set),
    "responded": (_later(_YES_NO), _responded),
    "pending": (_later(_YES_NO), _pending),
    "window_over": (_later(_YES_NO), lambda row: None if row.response is None else row.response.window_over),
    "closed": (_later(_YES_NO), _closed),
    "cr": (_later(_YES_NO), _shown(Category.CR)),
    "cri": (_later(_YES_NO), _shown(Category.CRI)),
    "pr": (_later(_YES_NO), _shown(Category.PR)),
    "responded_course_1": (_later(_YES_NO), _responded_by_course(1)),
    "responded_course_2": (_later(_YES_NO), _responded_by_course(2)),
    "responded_days": (_later(_NUMBER), _responded_days),
    "best": (_later(_LABEL), lambda row: None if row.response is None else _best(row.response.shown)),
    "best_investigator": (
        _later(_LABEL),
        lambda row: None if row.investigator is None else _best(row.investigator.best),
    ),
    "best_derived": (_later(_LABEL), lambda row: None if row.derived is None else _best(row.derived.best)),
    "early_death": (_later(_YES_NO), lambda row: None if row.early_death is None else row.early_death.early_death),
    "response_days": (
        _later(_NUMBER),
        lambda row: None if row.time_to_response is None else float(row.time_to_response.days),
    ),
    "response_end": (_later(_LABEL), _response_cause),
    "in_remission": (_later(_YES_NO), lambda row: row.remission is not None),
    "remission_days": (_later(_NUMBER), lambda row: None if row.remission is None else float(row.remission.days)),
    "remission_ended": (_later(_YES_NO), lambda row: None if row.remission is None else not row.remission.censored),
    "remission_end": (_later(_LABEL), _remission_cause),
    "event_free_days": (_later(_NUMBER), lambda row: None if row.event_free is None else float(row.event_free.days)),
    "event_free_ended": (
        _later(_YES_NO),
        lambda row: None if row.event_free is None else row.event_free.end is not None,
    ),
    "survival_entered": (_NUMBER, lambda row: None if row.survival is None else float(row.survival.entered_days)),
    "survival_days": (_later(_NUMBER), lambda row: None if row.survival is None else float(row.survival.days)),
    "died": (_later(_YES_NO), lambda row: None if row.survival is None else row.survival.event),
    "treated": (_YES_NO, lambda row: row.survival is not None and row.membership.treated_on is not None),
    "treated_days": (
        _later(_NUMBER),
        lambda row: None if row.survival is None else _since_treatment(row, row.survival.days),
    ),
    "responded_since_treatment": (_later(_NUMBER), _responded_since_treatment),
    "marker": (
        PlanColumn(kind="number", assay="assay", below="marker_below", limit="marker_limit"),
        lambda row: None if row.marker is None else float(row.marker.number),
    ),
    "marker_limit": (_LABEL, _marker_limit),
    "marker_below": (
        _YES_NO,
        lambda row: None if row.marker is None else row.marker.limit is MarkerLimit.BELOW,
    ),
    "assay": (_LABEL, _assay),
    "age_years": (
        _NUMBER,
        lambda row: None if row.background.age_years is None else float(row.background.age_years),
    ),
    "sex": (_LABEL, lambda row: _best(row.background.sex)),
    "female": (_YES_NO, lambda row: None if row.background.sex is None else row.background.sex is Sex.FEMALE),
    "risk": (_LABEL, lambda row: _best(row.background.risk)),
    "adverse_risk": (_YES_NO, lambda row: None if row.background.risk is None else row.background.risk is Risk.ADVERSE),
    "performance": (
        _NUMBER,
        lambda row: None if row.background.performance is None else float(row.background.performance),
    ),
}

_COLUMNS |= {
    "crh": (_later(_YES_NO), _shown(Category.CRH)),
    "mlfs": (_later(_YES_NO), _shown(Category.MLFS)),
    "evaluable_closed": (_later(_YES_NO), lambda row: row.membership.in_evaluable_set and _closed(row)),
    "followed_days": (_later(_NUMBER), lambda row: None if row.survival is None else float(row.survival.followed_days)),
    "followed": (_later(_YES_NO), lambda row: None if row.survival is None else not row.survival.died),
    **{f"died_by_day_{day}": (_later(_YES_NO), _died_by(place)) for place, day in enumerate(MORTALITY_DAYS)},
    **{f"day_{day}_over": (_later(_YES_NO), _day_over(place)) for place, day in enumerate(MORTALITY_DAYS)},
}

_OPEN = {
    "cr_open": Category.CR,
    "crh_open": Category.CRH,
    "cri_open": Category.CRI,
    "pr_open": Category.PR,
    "mlfs_open": Category.MLFS,
}
"""Columns that say whether a subject's best response may still come to that category, or leave it for a better one."""

STUDY_COLUMNS: dict[str, PlanColumn] = {
    **{name: column for name, (column, _) in _COLUMNS.items()},
    **dict.fromkeys(_OPEN, _later(_YES_NO)),
}
"""What each column of `study_table` holds, as a plan declares it."""

MARKER_COLUMNS = ("marker", "marker_limit", "marker_below", "assay")
"""Those that hold what was measured of the marker, which whoever assesses responses must not see."""


def study_table(rows: Sequence[EndpointRow], endpoints: Endpoints) -> Table:
    """One row for each enrolled subject, by subject. ``endpoints`` are those that the rows were judged by."""
    enrolled = sorted((row for row in rows if row.membership.enrolled_on is not None), key=lambda row: row.subject)
    columns = {name: tuple(read(row) for row in enrolled) for name, (_, read) in _COLUMNS.items()}
    for name, category in _OPEN.items():
        columns[name] = tuple(
            None if row.response is None else is_open(category, row.response, endpoints) for row in enrolled
        )
    return Table(rows=len(enrolled), columns=columns)
