"""The response methods of a plan, each from its selection to its answer. Raises Refused as the estimators do."""

import msgspec

from analytics.estimators.proportions import Proportion, clopper_pearson, wilson
from analytics.plans import methods
from analytics.plans.groups import groups
from analytics.plans.selection import Selection


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The share if all who are pending turn out no, and if all turn out yes. ``of`` counts everybody."""

    certain: int
    possible: int
    of: int
    lower: float
    upper: float


class ProportionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One group. Both intervals are over those who are not pending, None where all are."""

    group: str
    exact: Proportion | None
    wilson: Proportion | None
    bounds: Bounds | None


class ProportionsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    groups: tuple[ProportionAnswer, ...]


def shares(chosen: Selection, asked: methods.Proportion) -> ProportionsAnswer:
    return ProportionsAnswer(groups=tuple(_share(chosen, asked, *each) for each in groups(chosen, asked.by)))


def _share(chosen: Selection, asked: methods.Proportion, group: str, rows: list[int]) -> ProportionAnswer:
    outcome, level = chosen.columns[asked.outcome], float(asked.level)
    pending = {row for row in rows if asked.pending is not None and chosen.columns[asked.pending][row]}
    closed = [row for row in rows if row not in pending]
    count = sum(outcome[row] is True for row in closed)
    bounds = None
    if pending:
        possible = count + len(pending)
        bounds = Bounds(
            certain=count, possible=possible, of=len(rows), lower=count / len(rows), upper=possible / len(rows)
        )
    return ProportionAnswer(
        group=group,
        exact=clopper_pearson(count, len(closed), level=level) if closed else None,
        wilson=wilson(count, len(closed), level=level) if closed else None,
        bounds=bounds,
    )
