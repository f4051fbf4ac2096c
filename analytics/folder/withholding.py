"""A plan without what somebody must not see: some columns, what is made of them, and the estimates that read either."""

from collections.abc import Collection

import msgspec

from analytics.plans.methods import Estimate
from analytics.plans.plan import Plan
from analytics.plans.registry import columns_read
from analytics.plans.table import Table


def without(plan: Plan, hidden: Collection[str]) -> Plan:
    """An estimate that reads a hidden column, its logarithm or its cut is left out: no data, no estimate."""
    gone = {name for name, column in plan.columns.items() if name in hidden or column.made_of in hidden}
    return msgspec.structs.replace(
        plan,
        columns={name: column for name, column in plan.columns.items() if name not in gone},
        estimates=tuple(each for each in plan.estimates if not _reads(each, gone)),
    )


def columns_of(table: Table, plan: Plan) -> Table:
    """The columns of the table that the plan declares and that are not made of others."""
    kept = [name for name, column in plan.columns.items() if column.made_of is None and name in table.columns]
    order = [name for name in table.columns if name in kept]
    return msgspec.structs.replace(table, columns={name: table.columns[name] for name in order})


def _reads(estimate: Estimate, columns: Collection[str]) -> bool:
    return any(name in columns for _, name, _ in columns_read(estimate))
