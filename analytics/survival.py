"""Overall survival of the enrolled, from tallies of endpoint rows by day."""

from collections import Counter
from typing import NamedTuple

from analytics.day_counts import DayCounts
from analytics.estimates import Estimate, Missing, not_given
from analytics.estimators.errors import NoEstimate
from analytics.figures import SurvivalAt, SurvivalFigure
from analytics.parameters import Parameters
from analytics.survival_curve import Steps, median, median_read, risk_table, steps_of, survival_at
from analytics.tally import Tally, move
from schemas.rules.endpoints import EndpointRow
from schemas.rules.survival import Censoring, NoTime


class Time(NamedTuple):
    """What the curve and the follow-up read of one subject's time."""

    days: int
    event: bool
    entered_days: int
    followed_days: int
    died: bool
    censoring: Censoring | None


class FollowedFor(NamedTuple):
    """The median follow-up of so many ``subjects``, and the last day that it was read from, None for all days."""

    subjects: int
    estimate: Estimate
    read_until: int | None

    def stands(self, followed: DayCounts) -> bool:
        """Where as many are followed, and nothing moved on the days that were read, neither did who was at risk."""
        moved_from = followed.moved_from
        if moved_from is None:
            return True
        return self.read_until is not None and moved_from > self.read_until and followed.subjects == self.subjects


class SurvivalTally(Tally[Time | NoTime]):
    """The enrolled by day of death or censoring, and those without a time by reason.

    The follow-up is the reverse curve: how long the subjects were, or would have been, followed; a death hides the
    rest. Reference: M. Schemper, T. L. Smith, Controlled Clinical Trials 17 (1996) 343.
    """

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        self._parameters = parameters
        self._level = parameters.level
        self._times, self._followed = DayCounts(), DayCounts()
        self._followed_for: FollowedFor | None = None
        self._censored_by: Counter[Censoring] = Counter()
        self._no_time: Counter[NoTime] = Counter()

    def figure(self) -> SurvivalFigure:
        parameters, curve = self._parameters, self._steps()
        subjects, deaths = self._times.subjects, self._times.events
        empty = Missing.RISK_SET_EMPTIED if subjects else self._why_nobody()
        return SurvivalFigure(
            origin=parameters.endpoints.survival_origin,
            horizon_days=parameters.endpoints.survival_horizon_days,
            subjects=subjects,
            deaths=deaths,
            censored=subjects - deaths,
            censored_by={reason.value: count for reason, count in sorted(self._censored_by.items())},
            no_time={reason.value: count for reason, count in sorted(self._no_time.items())},
            curve=curve.curve(),
            risk_table=risk_table(curve, parameters.risk_days),
            median=median(curve) if len(curve.days) else not_given(empty),
            at=tuple(
                SurvivalAt(day=day, estimate=survival_at(curve, day) if len(curve.days) else not_given(empty))
                for day in parameters.survival_days
            ),
            follow_up=self._follow_up() if subjects else not_given(empty),
        )

    def _part(self, row: EndpointRow) -> Time | NoTime | None:
        if row.membership.enrolled_on is None:
            return None
        if row.survival is None:
            return row.no_time
        time = row.survival
        return Time(time.days, time.event, time.entered_days, time.followed_days, time.died, time.censoring)

    def _count(self, part: Time | NoTime, subjects: int) -> None:
        if isinstance(part, NoTime):
            move(self._no_time, part, subjects)
            return
        self._times.add(part.days, subjects, event=part.event, entered=part.entered_days)
        self._followed.add(part.followed_days, subjects, event=not part.died)
        if part.censoring is not None:
            move(self._censored_by, part.censoring, subjects)

    def _steps(self) -> Steps:
        """Empty where there is none: nobody has a time, or everybody observed died before the others entered.

        Rounded before anything is read from it, as all that is read are its own numbers.
        """
        try:
            return steps_of(self._times, self._level, self._parameters.digits)
        except NoEstimate:
            return Steps.empty()

    def _why_nobody(self) -> Missing:
        if NoTime.DIAGNOSIS_NOT_RECORDED in self._no_time:
            return Missing.ORIGIN_NOT_RECORDED
        return Missing.NOBODY_TIMED if self._no_time else Missing.NOBODY_ENROLLED

    def _follow_up(self) -> Estimate:
        """As before where nobody's follow-up moved, or one only from after the last day that it was read from."""
        followed, kept = self._followed, self._followed_for
        if kept is not None and kept.stands(followed):
            return kept.estimate
        if not followed.events:
            return not_given(Missing.NOT_REACHED)
        followed.moved_from = None
        self._followed_for = FollowedFor(followed.subjects, *median_read(steps_of(followed, self._level)))
        return self._followed_for.estimate
