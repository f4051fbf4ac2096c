"""Plans and tables that tests of plans share. The leukaemia data are those of R's ``survival::leukemia``."""

from collections.abc import Sequence

from analytics.plans.plan import Plan, parse_plan
from analytics.plans.results import Result
from analytics.plans.running import run
from analytics.plans.table import Table, Value, read_csv

MAINTAINED = "9,1 13,1 13,0 18,1 23,1 28,0 31,1 34,1 45,0 48,1 161,0"
NONMAINTAINED = "5,1 5,1 8,1 8,1 12,1 16,0 23,1 27,1 30,1 33,1 43,1 45,1"

COLUMNS = """
name = "leukaemia"
identity = "id"
[columns]
id = { kind = "label" }
time = { kind = "number", least = 0 }
status = { kind = "yes-no" }
arm = { kind = "label" }
nonmaintained = { kind = "number" }
"""


def leukaemia_csv() -> str:
    lines = ["id,time,status,arm,nonmaintained"]
    for arm, rows in (("maintained", MAINTAINED), ("nonmaintained", NONMAINTAINED)):
        for row in rows.split():
            lines.append(f"{len(lines)},{row},{arm},{int(arm == 'nonmaintained')}")
    return "\n".join(lines) + "\n"


def plan_of(columns: str, *estimates: str) -> Plan:
    return parse_plan((columns + "".join(f"[[estimates]]\n{each}\n" for each in estimates)).encode())


def leukaemia(estimate: str) -> Result:
    plan = plan_of(COLUMNS, estimate)
    return run(plan, read_csv(leukaemia_csv().encode(), plan)).results[0]


def made(columns: str, estimate: str, **values: Sequence[Value]) -> Result:
    """One estimate over columns given as lists."""
    plan = plan_of(columns, estimate)
    rows = len(next(iter(values.values())))
    table = Table(rows=rows, columns={name: tuple(column) for name, column in values.items()})
    return run(plan, table).results[0]


def answered(result: Result) -> dict:
    assert result.answer is not None, result.refused
    return result.answer
