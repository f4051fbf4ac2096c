"""Response rates over the full and the evaluable set, from endpoint rows. Pure.

Source: clinical.md, "Responder". The headline is the two bounds over the full set. A percentage with its interval is
given only over subjects whose day 365 is at or before the cutoff, whatever happened to them: responders close at once
and failures late, so the share of those assessed so far is biased upward.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from analytics.estimates import Estimate, Missing, not_given
from analytics.estimators.proportions import clopper_pearson
from analytics.figures import Bounds, EvaluableRate, Mortality, ResponseFigure, ResponseRate
from analytics.parameters import Parameters
from schemas.events.followup import Category
from schemas.rules.early_death import EarlyDeathRow, Vital
from schemas.rules.endpoints import EndpointRow
from schemas.rules.response import Outcome, ResponseRow, counted_in_orr, outranks
from schemas.study import Endpoints


def response_figure(rows: Sequence[EndpointRow], parameters: Parameters) -> ResponseFigure:
    members = [row for row in rows if row.response is not None]
    responses = [row.response for row in members if row.response is not None]
    outcomes = Counter(each.outcome for each in responses)
    pending = [each for each in responses if each.outcome is Outcome.PENDING]
    return ResponseFigure(
        window_days=parameters.endpoints.response_window_days,
        full=len(members),
        responders=outcomes[Outcome.RESPONDER],
        non_responders=outcomes[Outcome.NON_RESPONDER],
        pending=len(pending),
        assessed=sum(each.best_entry is not None for each in responses),
        window_over=sum(each.window_over for each in responses),
        pending_by_best=_by_best(pending),
        by_best=_by_best(responses),
        outside=_counted(row.membership.outside[0] for row in rows if _enrolled_outside(row)),
        rates=_rates(responses, parameters),
        evaluable=_evaluable(members, parameters),
        early_deaths=sum(row.early_death is not None and row.early_death.early_death for row in members),
        mortality=_mortality([row.early_death for row in members if row.early_death is not None], parameters),
        rule_sets=_counted(each.rule_set for each in responses if each.rule_set is not None),
    )


def _enrolled_outside(row: EndpointRow) -> bool:
    return row.membership.enrolled_on is not None and bool(row.membership.outside)


def _by_best(responses: Iterable[ResponseRow]) -> dict[str, int]:
    return _counted(each.shown.value if each.shown else "none" for each in responses)


def _counted(codes: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(str(code) for code in codes).items()))


def _rates(responses: Sequence[ResponseRow], parameters: Parameters) -> tuple[ResponseRate, ...]:
    endpoints = parameters.endpoints
    rates = [_orr(responses, parameters)]
    for name, category in (("CR", Category.CR), ("CRh", Category.CRH), ("CRi", Category.CRI), ("PR", Category.PR)):
        if category is not Category.CRH or not endpoints.crh_counts_as_cri:
            rates.append(_category_rate(name, category, responses, parameters))
    if Category.MLFS in counted_in_orr(endpoints):
        rates.append(_category_rate("MLFS", Category.MLFS, responses, parameters))
    return tuple(rates)


def _orr(responses: Sequence[ResponseRow], parameters: Parameters) -> ResponseRate:
    certain = sum(each.outcome is Outcome.RESPONDER for each in responses)
    pending = sum(each.outcome is Outcome.PENDING for each in responses)
    over = [each for each in responses if each.window_over]
    count = sum(each.outcome is Outcome.RESPONDER for each in over)
    counted = sorted(counted_in_orr(parameters.endpoints), key=list(Category).index)
    return ResponseRate(
        name="ORR",
        categories=tuple(category.value for category in counted),
        count=count,
        of=len(over),
        estimate=_estimate(count, len(over), _why_no_rate(responses), parameters),
        bounds=_bounds(certain, certain + pending, len(responses)),
    )


def _category_rate(
    name: str, category: Category, responses: Sequence[ResponseRow], parameters: Parameters
) -> ResponseRate:
    """The rate of one best response, which of a subject whose window is open may still change for a better one."""
    endpoints = parameters.endpoints
    over = [each for each in responses if each.window_over]
    count = sum(each.shown is category for each in over)
    certain = sum(each.shown is category and _is_final(each, endpoints) for each in responses)
    possible = sum(each.shown is category or _may_become(each, category, endpoints) for each in responses)
    inside = (Category.CRH, Category.CRI) if category is Category.CRI and endpoints.crh_counts_as_cri else (category,)
    return ResponseRate(
        name=name,
        categories=tuple(each.value for each in inside),
        count=count,
        of=len(over),
        estimate=_estimate(count, len(over), _why_no_rate(responses), parameters),
        bounds=_bounds(certain, possible, len(responses)),
    )


def _is_final(response: ResponseRow, endpoints: Endpoints) -> bool:
    return response.closed is not None or not outranks(Category.CR, response.best, endpoints)


def _may_become(response: ResponseRow, category: Category, endpoints: Endpoints) -> bool:
    return response.closed is None and outranks(category, response.best, endpoints)


def _why_no_rate(responses: Sequence[ResponseRow]) -> Missing:
    """Why no percentage can be given while no window is over."""
    if not responses:
        return Missing.NOBODY_IN_FULL_SET
    if all(each.best_entry is None for each in responses):
        return Missing.NOBODY_ASSESSED
    return Missing.NO_WINDOW_OVER


def _estimate(count: int, of: int, why_none: Missing, parameters: Parameters) -> Estimate:
    return exact_proportion(count, of, parameters.level) if of else not_given(why_none)


def exact_proportion(count: int, of: int, level: float) -> Estimate:
    """The proportion with its Clopper-Pearson interval. ``of`` is at least 1."""
    found = clopper_pearson(count, of, level=level)
    return Estimate(value=found.value, lower=found.lower, upper=found.upper)


def _bounds(certain: int, possible: int, of: int) -> Bounds:
    if not of:
        return Bounds(certain=0, possible=0, of=0, lower=None, upper=None, missing=Missing.NOBODY_IN_FULL_SET)
    return Bounds(certain=certain, possible=possible, of=of, lower=certain / of, upper=possible / of)


def _evaluable(members: Sequence[EndpointRow], parameters: Parameters) -> EvaluableRate:
    evaluable = [row.response for row in members if row.response and row.membership.assessed_on is not None]
    over = [each for each in evaluable if each.window_over]
    count = sum(each.outcome is Outcome.RESPONDER for each in over)
    why_none = Missing.NO_WINDOW_OVER if evaluable else Missing.NOBODY_ASSESSED
    return EvaluableRate(
        subjects=len(evaluable),
        count=count,
        of=len(over),
        estimate=_estimate(count, len(over), why_none, parameters),
    )


def _mortality(members: Sequence[EarlyDeathRow], parameters: Parameters) -> tuple[Mortality, ...]:
    why_none = Missing.DAY_NOT_REACHED if members else Missing.NOBODY_IN_FULL_SET
    tables = []
    for index, day in enumerate(parameters.mortality_days):
        vital = Counter(each.by_day[index] for each in members)
        over = [each for each in members if each.over[index]]
        count = sum(each.by_day[index] is Vital.DIED for each in over)
        tables.append(
            Mortality(
                day=day,
                died=vital[Vital.DIED],
                alive=vital[Vital.ALIVE],
                unknown=vital[Vital.UNKNOWN],
                not_reached=vital[Vital.NOT_REACHED],
                count=count,
                of=len(over),
                estimate=_estimate(count, len(over), why_none, parameters),
            )
        )
    return tuple(tables)
