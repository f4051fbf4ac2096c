"""What was measured of a column, on its own scale: the number or the limit that it lies beyond, and which it is."""

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np

from analytics.estimators.arrays import Booleans
from analytics.estimators.limit_kinds import Limit
from analytics.estimators.prespecified_cut import at_or_above
from analytics.plans.plan import PlanColumn
from analytics.plans.table import Table, Value


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One element a row that has a value: ``values`` are numbers or limits, ``limits`` say which, by `Limit`."""

    values: tuple[float, ...]
    limits: tuple[str, ...]

    def at_or_above(self, cut: float) -> Booleans:
        """Raises Refused where the cut lies among what is censored."""
        return at_or_above(self.values, self.limits, cut)


def measured(table: Table, columns: Mapping[str, PlanColumn], name: str, rows: Iterable[int]) -> Measured:
    """Of these rows, all of which have a value and say of which kind it is.

    Of a logarithm what was measured is the logarithm of the other column, with nothing put in place of a limit.
    """
    origin = columns[name].log2_of
    values = [float(table.columns[origin or name][row] or 0) for row in rows]
    if origin is not None:
        values = np.log2(values).tolist()
    kinds = kinds_of(table, columns, name)
    return Measured(values=tuple(values), limits=tuple(str(kinds[row]) for row in rows))


def kinds_of(table: Table, columns: Mapping[str, PlanColumn], name: str) -> tuple[Value, ...]:
    """Of each row of the table which kind its value is, by `Limit`: from the column's ``limit``, else from that of the
    column it is made of, else from who is ``below`` quantification. None where that is not known."""
    origin = columns[columns[name].made_of or name]
    limit = columns[name].limit or origin.limit
    if limit is not None:
        return table.columns[limit]
    below = columns[name].below or origin.below
    if below is None:
        return (Limit.EXACT.value,) * table.rows
    told = {True: Limit.BELOW.value, False: Limit.EXACT.value}
    return tuple(None if value is None else told[value is True] for value in table.columns[below])
