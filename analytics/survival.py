"""Overall survival of the enrolled, from endpoint rows. Pure."""

from collections import Counter
from collections.abc import Sequence

from analytics.estimates import Estimate, Missing, not_given
from analytics.estimators.errors import NoEstimate
from analytics.figures import AtRisk, CensorMark, Curve, SurvivalAt, SurvivalFigure
from analytics.parameters import Parameters
from analytics.survival_curve import at_risk_on, deaths_by, kaplan_meier, median, survival_at
from schemas.rules.endpoints import EndpointRow
from schemas.rules.survival import NoTime, SurvivalRow


def survival_figure(rows: Sequence[EndpointRow], parameters: Parameters) -> SurvivalFigure:
    enrolled = [row for row in rows if row.membership.enrolled_on is not None]
    times = [row.survival for row in enrolled if row.survival is not None]
    no_time = Counter(row.no_time for row in enrolled if row.no_time is not None)
    curve = _curve(times, parameters)
    censored_by = Counter(each.censoring for each in times if each.censoring is not None)
    empty = _why_nobody(no_time) if not times else Missing.RISK_SET_EMPTIED
    return SurvivalFigure(
        origin=parameters.endpoints.survival_origin,
        horizon_days=parameters.endpoints.survival_horizon_days,
        subjects=len(times),
        deaths=sum(each.event for each in times),
        censored=censored_by.total(),
        censored_by={reason.value: count for reason, count in sorted(censored_by.items())},
        no_time={reason.value: count for reason, count in sorted(no_time.items())},
        curve=curve,
        marks=_marks(curve),
        risk_table=tuple(
            AtRisk(day=day, at_risk=at_risk_on(curve, day), deaths=deaths_by(curve, day))
            for day in parameters.risk_days
        ),
        median=median(curve) if curve.days else not_given(empty),
        at=tuple(
            SurvivalAt(day=day, estimate=survival_at(curve, day) if curve.days else not_given(empty))
            for day in parameters.survival_days
        ),
        follow_up=_follow_up(times, parameters) if times else not_given(empty),
    )


def _curve(times: Sequence[SurvivalRow], parameters: Parameters) -> Curve:
    """Empty where there is none: nobody has a time, or everybody observed died before the others entered."""
    days, events, entered = [], [], []
    for each in times:
        days.append(each.days)
        events.append(each.event)
        entered.append(each.entered_days)
    try:
        return kaplan_meier(days, events, parameters.level, entered if any(entered) else None)
    except NoEstimate:
        return Curve()


def _why_nobody(no_time: Counter[NoTime]) -> Missing:
    if NoTime.DIAGNOSIS_NOT_RECORDED in no_time:
        return Missing.ORIGIN_NOT_RECORDED
    return Missing.NOBODY_TIMED if no_time else Missing.NOBODY_ENROLLED


def _marks(curve: Curve) -> tuple[CensorMark, ...]:
    rows = zip(curve.days, curve.censored, curve.survival, strict=True)
    return tuple(CensorMark(day=day, subjects=count, survival=survival) for day, count, survival in rows if count)


def _follow_up(times: Sequence[SurvivalRow], parameters: Parameters) -> Estimate:
    """Reverse Kaplan-Meier: how long the subjects were, or would have been, followed; a death hides the rest.

    Reference: M. Schemper, T. L. Smith, Controlled Clinical Trials 17 (1996) 343.
    """
    reverse = kaplan_meier([each.followed_days for each in times], [not each.died for each in times], parameters.level)
    if not any(reverse.events):
        return not_given(Missing.NOT_REACHED)
    return median(reverse)
