"""Response rates over the full and the evaluable set, from tallies of endpoint rows.

Source: clinical.md, "Responder". The headline is the two bounds over the full set. A percentage with its interval is
given only over subjects whose day 365 is at or before the cutoff, whatever happened to them: responders close at once
and failures late, so the share of those assessed so far is biased upward.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from analytics.estimates import Estimate, Missing, not_given
from analytics.estimators.proportions import clopper_pearson
from analytics.figures import Bounds, EvaluableRate, Mortality, ResponseFigure, ResponseRate
from analytics.parameters import Parameters
from analytics.tally import Counted, Tally, among, how_many, move, total
from schemas.events.followup import Category
from schemas.rules.counted_sets import Outside
from schemas.rules.early_death import Vital
from schemas.rules.endpoints import EndpointRow
from schemas.rules.response import Closed, Outcome, counted_in_orr, outranks
from schemas.study import Endpoints


class Member(NamedTuple):
    """What the rates read of one member of the full set."""

    outcome: Outcome
    best: Category | None
    shown: Category | None
    judged: bool
    rule_set: str | None
    window_over: bool
    closed: Closed | None
    evaluable: bool
    early_death: bool
    by_day: tuple[Vital, ...]
    day_over: tuple[bool, ...]


Members = Counted[Member]


class ResponseTally(Tally[Member | Outside]):
    """The full set by what its members contribute, and the enrolled outside of it by their first reason."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        self._parameters = parameters
        self._members: Counter[Member] = Counter()
        self._outside: Counter[Outside] = Counter()

    def figure(self) -> ResponseFigure:
        members = list(self._members.items())
        pending = among(members, lambda each: each.outcome is Outcome.PENDING)
        return ResponseFigure(
            window_days=self._parameters.endpoints.response_window_days,
            full=total(members),
            responders=how_many(members, lambda each: each.outcome is Outcome.RESPONDER),
            non_responders=how_many(members, lambda each: each.outcome is Outcome.NON_RESPONDER),
            pending=total(pending),
            assessed=how_many(members, lambda each: each.judged),
            window_over=how_many(members, lambda each: each.window_over),
            pending_by_best=_by_best(pending),
            by_best=_by_best(members),
            outside=_sorted((why.value, subjects) for why, subjects in self._outside.items()),
            rates=_rates(members, self._parameters),
            evaluable=_evaluable(members, self._parameters),
            early_deaths=how_many(members, lambda each: each.early_death),
            mortality=_mortality(members, self._parameters),
            rule_sets=_sorted((each.rule_set, subjects) for each, subjects in members if each.rule_set is not None),
        )

    def _part(self, row: EndpointRow) -> Member | Outside | None:
        response, early = row.response, row.early_death
        if response is None or early is None:
            enrolled_outside = row.membership.enrolled_on is not None and row.membership.outside
            return row.membership.outside[0] if enrolled_outside else None
        return Member(
            outcome=response.outcome,
            best=response.best,
            shown=response.shown,
            judged=response.best_entry is not None,
            rule_set=response.rule_set,
            window_over=response.window_over,
            closed=response.closed,
            evaluable=row.membership.assessed_on is not None,
            early_death=early.early_death,
            by_day=early.by_day,
            day_over=early.over,
        )

    def _count(self, part: Member | Outside, subjects: int) -> None:
        if isinstance(part, Outside):
            move(self._outside, part, subjects)
        else:
            move(self._members, part, subjects)


def _by_best(members: Members) -> dict[str, int]:
    return _sorted((each.shown.value if each.shown else "none", subjects) for each, subjects in members)


def _sorted(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Codes with their sums, in the order of the codes."""
    sums: Counter[str] = Counter()
    for code, subjects in counted:
        sums[code] += subjects
    return dict(sorted(sums.items()))


def _rates(members: Members, parameters: Parameters) -> tuple[ResponseRate, ...]:
    endpoints = parameters.endpoints
    rates = [_orr(members, parameters)]
    for name, category in (("CR", Category.CR), ("CRh", Category.CRH), ("CRi", Category.CRI), ("PR", Category.PR)):
        if category is not Category.CRH or not endpoints.crh_counts_as_cri:
            rates.append(_category_rate(name, category, members, parameters))
    if Category.MLFS in counted_in_orr(endpoints):
        rates.append(_category_rate("MLFS", Category.MLFS, members, parameters))
    return tuple(rates)


def _orr(members: Members, parameters: Parameters) -> ResponseRate:
    certain = among(members, lambda each: each.outcome is Outcome.RESPONDER)
    pending = how_many(members, lambda each: each.outcome is Outcome.PENDING)
    over = how_many(members, lambda each: each.window_over)
    count = how_many(certain, lambda each: each.window_over)
    counted = sorted(counted_in_orr(parameters.endpoints), key=list(Category).index)
    return ResponseRate(
        name="ORR",
        categories=tuple(category.value for category in counted),
        count=count,
        of=over,
        estimate=_estimate(count, over, _why_no_rate(members), parameters),
        bounds=_bounds(total(certain), total(certain) + pending, total(members)),
    )


def _category_rate(name: str, category: Category, members: Members, parameters: Parameters) -> ResponseRate:
    """The rate of one best response, which of a subject whose window is open may still change for a better one."""
    endpoints = parameters.endpoints
    over = how_many(members, lambda each: each.window_over)
    shown = among(members, lambda each: each.shown is category)
    count = how_many(shown, lambda each: each.window_over)
    certain = how_many(shown, lambda each: _is_final(each, endpoints))
    possible = how_many(members, lambda each: each.shown is category or _may_become(each, category, endpoints))
    inside = (Category.CRH, Category.CRI) if category is Category.CRI and endpoints.crh_counts_as_cri else (category,)
    return ResponseRate(
        name=name,
        categories=tuple(each.value for each in inside),
        count=count,
        of=over,
        estimate=_estimate(count, over, _why_no_rate(members), parameters),
        bounds=_bounds(certain, possible, total(members)),
    )


def _is_final(member: Member, endpoints: Endpoints) -> bool:
    return member.closed is not None or not outranks(Category.CR, member.best, endpoints)


def _may_become(member: Member, category: Category, endpoints: Endpoints) -> bool:
    return member.closed is None and outranks(category, member.best, endpoints)


def _why_no_rate(members: Members) -> Missing:
    """Why no percentage can be given while no window is over."""
    if not members:
        return Missing.NOBODY_IN_FULL_SET
    if not any(each.judged for each, _ in members):
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


def _evaluable(members: Members, parameters: Parameters) -> EvaluableRate:
    evaluable = among(members, lambda each: each.evaluable)
    over = among(evaluable, lambda each: each.window_over)
    count = how_many(over, lambda each: each.outcome is Outcome.RESPONDER)
    why_none = Missing.NO_WINDOW_OVER if evaluable else Missing.NOBODY_ASSESSED
    return EvaluableRate(
        subjects=total(evaluable),
        count=count,
        of=total(over),
        estimate=_estimate(count, total(over), why_none, parameters),
    )


def _mortality(members: Members, parameters: Parameters) -> tuple[Mortality, ...]:
    why_none = Missing.DAY_NOT_REACHED if members else Missing.NOBODY_IN_FULL_SET
    tables = []
    for index, day in enumerate(parameters.mortality_days):
        vital: Counter[Vital] = Counter()
        died_over = over = 0
        for each, subjects in members:
            vital[each.by_day[index]] += subjects
            if each.day_over[index]:
                over += subjects
                died_over += subjects if each.by_day[index] is Vital.DIED else 0
        tables.append(
            Mortality(
                day=day,
                died=vital[Vital.DIED],
                alive=vital[Vital.ALIVE],
                unknown=vital[Vital.UNKNOWN],
                not_reached=vital[Vital.NOT_REACHED],
                count=died_over,
                of=over,
                estimate=_estimate(died_over, over, why_none, parameters),
            )
        )
    return tuple(tables)
