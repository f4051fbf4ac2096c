"""Columns that a plan makes of others: logarithms of a measured value, with what stands below its limit put in, and the
sides of a cut that was named beforehand."""

from collections.abc import Mapping

import msgspec

from analytics.estimators.errors import Refused
from analytics.estimators.limit_kinds import Limit
from analytics.estimators.limits import BelowLimit, log2_values
from analytics.estimators.prespecified_cut import at_or_above
from analytics.plans.measured import kinds_of
from analytics.plans.plan import Plan, PlanColumn
from analytics.plans.table import Table, Value


class Derived(msgspec.Struct, frozen=True, kw_only=True):
    """The table with the columns that could be made, and why the others could not."""

    table: Table
    refused: Mapping[str, Refused]


def derive(table: Table, plan: Plan) -> Derived:
    columns, refused = dict(table.columns), dict[str, Refused]()
    for name, column in plan.columns.items():
        if column.made_of is not None:
            try:
                columns[name] = _made(table, plan, name)
            except Refused as error:
                refused[name] = error
                columns[name] = (None,) * table.rows
    return Derived(table=msgspec.structs.replace(table, columns=columns), refused=refused)


def _made(table: Table, plan: Plan, name: str) -> tuple[Value, ...]:
    column = plan.columns[name]
    if column.log2_of is not None:
        return _logarithms(table, column, column.log2_of)
    assert column.cut_of is not None
    assert column.cut_at is not None
    return _sides(table, plan, name, column.cut_of, float(column.cut_at))


def _sides(table: Table, plan: Plan, name: str, of: str, cut: float) -> tuple[Value, ...]:
    """Whether each value lies at or above the cut."""
    values, kinds = table.columns[of], kinds_of(table, plan.columns, name)
    there = [row for row, (value, kind) in enumerate(zip(values, kinds, strict=True)) if None not in (value, kind)]
    sides: list[Value] = [None] * table.rows
    if there:
        upper = at_or_above([values[row] for row in there], [kinds[row] for row in there], cut)
        for row, side in zip(there, upper.tolist(), strict=True):
            sides[row] = side
    return tuple(sides)


def _logarithms(table: Table, column: PlanColumn, of: str) -> tuple[Value, ...]:
    values = table.columns[of]
    limits = table.columns[column.limit] if column.limit is not None else (Limit.EXACT.value,) * table.rows
    there = [row for row, (value, limit) in enumerate(zip(values, limits, strict=True)) if None not in (value, limit)]
    if not there:
        return (None,) * table.rows
    found = log2_values(
        [values[row] for row in there], [limits[row] for row in there], below=BelowLimit(column.below_as)
    )
    logarithms: list[Value] = [None] * table.rows
    for row, logarithm in zip(there, found.values, strict=True):
        logarithms[row] = logarithm
    return tuple(logarithms)
