"""Overall survival of the enrolled, from tallies of endpoint rows by day."""

from collections import Counter
from typing import NamedTuple

from analytics.day_counts import DayCounts
from analytics.estimates import Estimate, Missing, not_given
from analytics.estimators.errors import NoEstimate
from analytics.figures import AtRisk, Curve, SurvivalAt, SurvivalFigure
from analytics.parameters import Parameters
from analytics.survival_curve import Steps, at_risk_on, deaths_by, median, steps_of, survival_at
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


class SurvivalTally(Tally[Time | NoTime]):
    """The enrolled by day of death or censoring, and those without a time by reason.

    The follow-up is the reverse curve: how long the subjects were, or would have been, followed; a death hides the
    rest. Reference: M. Schemper, T. L. Smith, Controlled Clinical Trials 17 (1996) 343.
    """

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        self._parameters = parameters
        self._died, self._censored, self._entered = DayCounts(), DayCounts(), DayCounts()
        self._followed, self._hidden = DayCounts(), DayCounts()
        self._censored_by: Counter[Censoring] = Counter()
        self._no_time: Counter[NoTime] = Counter()

    def figure(self) -> SurvivalFigure:
        parameters, curve = self._parameters, self._steps()
        deaths, censored = self._died.total, self._censored.total
        empty = Missing.RISK_SET_EMPTIED if deaths + censored else self._why_nobody()
        return SurvivalFigure(
            origin=parameters.endpoints.survival_origin,
            horizon_days=parameters.endpoints.survival_horizon_days,
            subjects=deaths + censored,
            deaths=deaths,
            censored=censored,
            censored_by={reason.value: count for reason, count in sorted(self._censored_by.items())},
            no_time={reason.value: count for reason, count in sorted(self._no_time.items())},
            curve=curve.curve(),
            risk_table=tuple(
                AtRisk(day=day, at_risk=at_risk_on(curve, day), deaths=deaths_by(curve, day))
                for day in parameters.risk_days
            ),
            median=median(curve) if len(curve.days) else not_given(empty),
            at=tuple(
                SurvivalAt(day=day, estimate=survival_at(curve, day) if len(curve.days) else not_given(empty))
                for day in parameters.survival_days
            ),
            follow_up=self._follow_up() if deaths + censored else not_given(empty),
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
        (self._died if part.event else self._censored).add(part.days, subjects)
        (self._hidden if part.died else self._followed).add(part.followed_days, subjects)
        if part.entered_days > 0:
            self._entered.add(part.entered_days, subjects)
        if part.censoring is not None:
            move(self._censored_by, part.censoring, subjects)

    def _steps(self) -> Steps:
        """Empty where there is none: nobody has a time, or everybody observed died before the others entered.

        Rounded before anything is read from it, as all that is read are its own numbers.
        """
        parameters = self._parameters
        try:
            return steps_of(self._died, self._censored, self._entered, parameters.level, parameters.digits)
        except NoEstimate:
            return Steps.of(Curve())

    def _why_nobody(self) -> Missing:
        if NoTime.DIAGNOSIS_NOT_RECORDED in self._no_time:
            return Missing.ORIGIN_NOT_RECORDED
        return Missing.NOBODY_TIMED if self._no_time else Missing.NOBODY_ENROLLED

    def _follow_up(self) -> Estimate:
        reverse = steps_of(self._followed, self._hidden, DayCounts(), self._parameters.level)
        return median(reverse) if reverse.events.any() else not_given(Missing.NOT_REACHED)
