"""Which guards an estimate raises: before it is made, from what is asked; and after it, from what it says."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.stats import fisher_exact

from analytics.estimators.cox import Coefficient
from analytics.estimators.cox_diagnostics import WithoutOne
from analytics.estimators.errors import Refused
from analytics.estimators.log_rank import log_rank
from analytics.estimators.separation import SeparationKind
from analytics.plans import guards, methods
from analytics.plans.guards import Label
from analytics.plans.marker import CutpointAnswer, LogisticAnswer, RocAnswer, SplineAnswer
from analytics.plans.plan import Plan, PlanColumn
from analytics.plans.registry import columns_read
from analytics.plans.selection import Selection
from analytics.plans.survival import CoxAnswer
from analytics.plans.table import Table

EVENTS_PER_VARIABLE_MIN = 10
"""P. Peduzzi, J. Concato, A. R. Feinstein, T. R. Holford, Journal of Clinical Epidemiology 48 (1995) 1503."""

NON_PROPORTIONAL_P = 0.05
INFORMATIVE_P = 0.05
INFLUENCE_MIN = 1.0
"""Standard errors, inclusive: a sign that turns by less turns around no effect, where it says nothing."""

_COMPARING = ("by", "group", "covariates", "strata", "marker")
"""Fields whose columns tell subjects apart: they must be known when the clock begins."""


def before(asked: methods.Estimate, chosen: Selection, table: Table, plan: Plan) -> Iterator[Label]:
    """Those that can be told from what is asked and who is left."""
    yield from _immortal_time(asked, plan.columns)
    yield from _mixed_assays(asked, chosen, table, plan.columns)
    if plan.look == "interim":
        yield guards.repeated_looks()
    yield from _missing(asked, chosen, table, plan.columns)
    yield from _below(asked, chosen, table, plan.columns)
    if isinstance(asked, methods.Proportion) and asked.pending is not None:
        pending = sum(value is True for value in chosen.columns[asked.pending])
        if pending:
            yield guards.pending_subjects(pending, chosen.rows)


def after(answer: Any) -> Iterator[Label]:
    """Those that only the answer shows."""
    match answer:
        case CoxAnswer(fit=fit, proportional_hazards=test):
            yield from _few_events(fit.events, len(fit.coefficients))
            if test is not None and test.overall.p < NON_PROPORTIONAL_P:
                yield guards.non_proportional(test.overall.p)
            yield from _influential(answer)
        case LogisticAnswer(fit=fit, separation=separated):
            yield from _few_events(min(fit.responders, fit.subjects - fit.responders), len(fit.coefficients))
            if separated.kind is not SeparationKind.NONE:
                named = ", ".join(separated.covariates)
                what = f"The covariates separate ({separated.kind.value}): {named}."
                yield guards.separation(what, tuple(separated.covariates))
        case SplineAnswer(fit=fit):
            yield from _few_events(fit.events, len(fit.coefficients))
        case RocAnswer(cuts=None):
            return
        case RocAnswer() | CutpointAnswer():
            yield guards.cutoff_from_same_data()


def _few_events(events: int, variables: int) -> Iterator[Label]:
    if events < EVENTS_PER_VARIABLE_MIN * variables:
        yield guards.few_events(events, variables)


def _influential(answer: CoxAnswer) -> Iterator[Label]:
    """Of each coefficient the subject that moves it most, one way or the other, where it hangs on that subject.

    It does where the subject moves it by more than the size cut, and where without it the coefficient becomes
    significant or ceases to be (at one less the plan's level), or its sign turns by `INFLUENCE_MIN` or more.
    """
    for whole, left_out in zip(answer.fit.coefficients, answer.diagnostics.leaving_out, strict=True):
        for without in (left_out.most, left_out.opposite):
            if without is not None and _hangs_on(whole, without, answer):
                yield guards.influential_subject(
                    whole.name, without.moved, (whole.hazard_ratio, whole.p), (without.hazard_ratio, without.p)
                )
                break


def _hangs_on(whole: Coefficient, without: WithoutOne, answer: CoxAnswer) -> bool:
    alpha, moved = 1 - answer.fit.level, abs(without.moved)
    turns = whole.coefficient * without.coefficient < 0 and moved >= INFLUENCE_MIN
    return moved > answer.diagnostics.cut and (turns or (whole.p < alpha) is not (without.p < alpha))


def _immortal_time(asked: methods.Estimate, columns: Mapping[str, PlanColumn]) -> Iterator[Label]:
    """A switch is a time, and counts from then on; a column that is known later, compared from the start, does not.

    What a plan makes of another column is known no earlier than that one.
    """
    if not isinstance(asked, methods.Timed | methods.CumulativeIncidence | methods.Gray):
        return
    for field, name, _ in columns_read(asked):
        if field in _COMPARING and "later" in (columns[name].known, _origin(name, columns).known):
            yield guards.immortal_time(name, "switch")


def _mixed_assays(
    asked: methods.Estimate, chosen: Selection, table: Table, columns: Mapping[str, PlanColumn]
) -> Iterator[Label]:
    strata = getattr(asked, "strata", None)
    for name in (*_quantities(asked, columns), *_cut_columns(asked, columns)):
        assay = columns[name].assay or _origin(name, columns).assay
        if assay is None or strata == assay:
            continue
        # An assay that is not known may be another one.
        used = {table.columns[assay][row] for row in chosen.kept}
        if len(used) > 1:
            yield guards.mixed_assays(name, len(used), assay)


def _missing(
    asked: methods.Estimate, chosen: Selection, table: Table, columns: Mapping[str, PlanColumn]
) -> Iterator[Label]:
    of = chosen.rows + sum(chosen.left_out.get(why, 0) for why in ("value-missing", "gone-before-landmark"))
    for name in (*_quantities(asked, columns), *_cut_columns(asked, columns)):
        missing = chosen.missing.get(name, 0)
        if not missing:
            continue
        yield guards.quantity_missing(name, missing, of)
        p = _missing_with_outcome(asked, name, table)
        if p is not None and p < INFORMATIVE_P:
            yield guards.missingness_informative(name, p)


def _missing_with_outcome(asked: methods.Estimate, name: str, table: Table) -> float | None:
    """How likely so uneven a missingness would be by chance: the log-rank test, or Fisher's; None without either."""
    inside = [row for row in range(table.rows) if asked.set is None or table.columns[asked.set][row] is True]
    if isinstance(asked, methods.Timed):
        rows = [row for row in inside if None not in (table.columns[asked.time][row], table.columns[asked.event][row])]
        absent = [table.columns[name][row] is None for row in rows]
        time = [float(table.columns[asked.time][row] or 0) for row in rows]
        event = [float(table.columns[asked.event][row] or 0) for row in rows]
        try:
            return log_rank(time, event, absent).test.p
        except Refused:
            return None
    outcome = getattr(asked, "outcome", None)
    if outcome is None:
        return None
    rows = [row for row in inside if table.columns[outcome][row] is not None]
    counts = np.zeros((2, 2))
    for row in rows:
        counts[int(table.columns[name][row] is None), int(table.columns[outcome][row] is True)] += 1
    if not counts.sum(axis=0).all() or not counts.sum(axis=1).all():
        return None
    return float(fisher_exact(counts)[1])


def _below(
    asked: methods.Estimate, chosen: Selection, table: Table, columns: Mapping[str, PlanColumn]
) -> Iterator[Label]:
    for name in _quantities(asked, columns):
        flag = columns[name].below or _origin(name, columns).below
        if flag is None:
            continue
        below = sum(table.columns[flag][row] is True for row in chosen.kept)
        if below:
            yield guards.below_quantification(name, below, chosen.rows)


def _origin(name: str, columns: Mapping[str, PlanColumn]) -> PlanColumn:
    """The column that a logarithm or a cut is of, and of any other the column itself: the assays are the same."""
    return columns[columns[name].made_of or name]


def _cut_columns(asked: methods.Estimate, columns: Mapping[str, PlanColumn]) -> Iterator[str]:
    """The sides of a cut. Nothing is put in place of a limit there, so none stands below quantification."""
    return (
        name for name in dict.fromkeys(each for _, each, _ in columns_read(asked)) if columns[name].cut_of is not None
    )


def _quantities(asked: methods.Estimate, columns: Mapping[str, PlanColumn]) -> Iterator[str]:
    """The measured values among the columns: numbers that are no time."""
    for field, name, _ in columns_read(asked):
        if field in ("covariates", "marker", "second", "value") and columns[name].kind == "number":
            yield name
