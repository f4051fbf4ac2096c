"""From a number to the subjects and entries that stand behind it, and from an entry to the numbers. Pure.

A subject stands behind a number where its endpoint row was looked at for it, whichever way it counted: a rate rests on
those who did not respond as much as on those who did. Of a subject those entries are named that its row took its dates,
categories and verdicts from; what was looked at and decided nothing is not among them.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import msgspec

from analytics.numbers import numbers_of
from analytics.recompute import StudyAsOf
from analytics.snapshot import encode_snapshot
from schemas.consent import consent_for
from schemas.eligibility import judge
from schemas.milestones import Mark
from schemas.rules.early_death import MORTALITY_DAYS
from schemas.rules.endpoints import EndpointRow
from schemas.rules.timeline import Timeline
from schemas.study import StudyDefinition


class Contributor(msgspec.Struct, frozen=True, kw_only=True):
    """One subject behind a number. ``counts_as`` is a code: responder, death, alive-at-cutoff, not-enrolled and so on.

    ``entries`` are the ids of the entries that its part rests on, each once, in the order in which they were looked at.
    """

    subject: str
    counts_as: str
    entries: tuple[str, ...]


Behind = Callable[[EndpointRow, Timeline, StudyDefinition], Contributor | None]


def contributors(name: str, as_of: StudyAsOf, study: StudyDefinition) -> tuple[Contributor, ...]:
    """Who stands behind a number, by subject; ``name`` as `analytics.numbers` has it. Empty for a setting."""
    behind = _behind(name)
    if behind is None:
        return ()
    pairs = ((row, as_of.timelines[subject]) for subject, row in sorted(as_of.rows.items()))
    found = (behind(row, timeline, study) for row, timeline in pairs)
    return tuple(each for each in found if each is not None)


def numbers_resting_on(
    subject: str, entries: frozenset[str], as_of: StudyAsOf, study: StudyDefinition
) -> tuple[str, ...]:
    """The numbers that rest on one of these entries of a subject, in the order of the snapshot.

    Of a correction, ask for the entries that stand as it says. Empty for a subject without a row.
    """
    row, timeline = as_of.rows.get(subject), as_of.timelines.get(subject)
    if row is None or timeline is None:
        return ()
    rests: dict[Behind, bool] = {}
    for behind in {each for _, each in _FAMILIES}:
        found = behind(row, timeline, study)
        rests[behind] = found is not None and not entries.isdisjoint(found.entries)
    names = numbers_of(encode_snapshot(as_of.snapshot))
    return tuple(name for name in names if (behind_it := _behind(name)) is not None and rests[behind_it])


def _behind(name: str) -> Behind | None:
    if name in _SETTINGS or name.endswith(".categories"):
        return None
    return next((behind for prefix, behind in _FAMILIES if name == prefix or name.startswith(f"{prefix}.")), None)


def _enrolled(row: EndpointRow, timeline: Timeline, _study: StudyDefinition) -> Contributor | None:
    enrolled = timeline.milestones.enrolled
    return None if enrolled is None else _contributor(row, "enrolled", [enrolled])


def _on_the_way(row: EndpointRow, timeline: Timeline, study: StudyDefinition) -> Contributor | None:
    """Every screened subject stands behind every step: by reaching it, or by stopping before."""
    membership = row.membership
    if membership.screened_on is None:
        return None
    steps = {
        "assessed": membership.assessed_on,
        "treated": membership.treated_on,
        "enrolled": membership.enrolled_on,
        "screened": membership.screened_on,
    }
    reached = next(step for step, on in steps.items() if on is not None)
    marks = [timeline.milestones.screened, *_admission(timeline, study), timeline.adequate_marrow]
    return _contributor(row, reached, [*marks, timeline.milestones.died])


def _responding(row: EndpointRow, timeline: Timeline, study: StudyDefinition) -> Contributor | None:
    response = row.response
    if response is None or row.contribution is None:
        return None
    milestones = timeline.milestones
    ends = {"died": milestones.died, "withdrew": milestones.withdrew, "transplanted": milestones.transplanted}
    closing = ends.get(response.closed.value if response.closed else "")
    said = [response.responded_entry, response.best_entry, response.relapsed_entry]
    return _contributor(row, row.contribution.value, [*_admission(timeline, study), *said, closing])


def _outside(row: EndpointRow, timeline: Timeline, study: StudyDefinition) -> Contributor | None:
    if row.membership.enrolled_on is None or not row.membership.outside:
        return None
    return _contributor(row, row.membership.outside[0].value, _admission(timeline, study))


def _evaluable(row: EndpointRow, timeline: Timeline, study: StudyDefinition) -> Contributor | None:
    found = _responding(row, timeline, study)
    if found is None or row.membership.assessed_on is None or timeline.adequate_marrow is None:
        return None
    marks = (*found.entries, timeline.adequate_marrow.entry)
    return msgspec.structs.replace(found, entries=tuple(dict.fromkeys(marks)))


def _early(row: EndpointRow, timeline: Timeline, study: StudyDefinition) -> Contributor | None:
    early = row.early_death
    if early is None:
        return None
    return _contributor(row, "early-death" if early.early_death else "no-early-death", _vital_marks(timeline, study))


@cache
def _by_day(day: int) -> Behind:
    """What was known of a subject on one of the days of mortality."""

    def vital(row: EndpointRow, timeline: Timeline, study: StudyDefinition) -> Contributor | None:
        if row.early_death is None:
            return None
        known = row.early_death.by_day[MORTALITY_DAYS.index(day)]
        return _contributor(row, known.value, _vital_marks(timeline, study))

    return vital


def _vital_marks(timeline: Timeline, study: StudyDefinition) -> Iterator[Mark | None]:
    yield from _admission(timeline, study)
    yield timeline.adequate_marrow
    yield timeline.milestones.died or (timeline.alive.mark if timeline.alive else None)


def _surviving(row: EndpointRow, timeline: Timeline, study: StudyDefinition) -> Contributor | None:
    milestones, survival = timeline.milestones, row.survival
    if milestones.enrolled is None:
        return None
    if survival is None:
        return _contributor(row, row.no_time.value if row.no_time else "no-time", [milestones.enrolled])
    starts: dict[str, list[Mark | None]] = {
        "enrolment": [milestones.enrolled],
        "chemotherapy": [milestones.treated],
        "diagnosis": [milestones.diagnosed, milestones.enrolled],
    }
    counts_as = "death" if survival.censoring is None else survival.censoring.value
    start = starts[study.endpoints.survival_origin]
    return _contributor(row, counts_as, [*start, survival.source, survival.because])


# The first that fits; a more special name stands before the family that it belongs to.
_FAMILIES: tuple[tuple[str, Behind], ...] = (
    ("enrolment", _enrolled),
    ("accrual", _enrolled),
    ("funnel", _on_the_way),
    ("response.outside", _outside),
    ("response.evaluable", _evaluable),
    ("response.early_deaths", _early),
    *((f"response.mortality.{day}", _by_day(day)) for day in MORTALITY_DAYS),
    ("response", _responding),
    ("survival", _surviving),
)

_SETTINGS = frozenset(
    {
        *("enrolment.target", "enrolment.plan", "enrolment.plan_on", "accrual.planned_on"),
        *("response.window_days", "survival.origin", "survival.horizon_days"),
    }
)
"""What the study definition says, and no subject."""


def _admission(timeline: Timeline, study: StudyDefinition) -> Iterator[Mark | None]:
    """What membership rests on: eligibility's verdict on each criterion, consent, enrolment, first chemotherapy."""
    milestones = timeline.milestones
    for standing in judge(milestones, study).standings:
        yield standing.mark
    enrolled = milestones.enrolled
    if enrolled is not None:
        consent = consent_for(enrolled, milestones, study)
        yield consent.mark if consent else None
        yield enrolled
    yield milestones.treated


def _contributor(row: EndpointRow, counts_as: str, rests_on: Iterable[Mark | str | None]) -> Contributor:
    ids = (each.entry if isinstance(each, Mark) else each for each in rests_on)
    return Contributor(
        subject=row.subject, counts_as=counts_as, entries=tuple(dict.fromkeys(each for each in ids if each is not None))
    )
