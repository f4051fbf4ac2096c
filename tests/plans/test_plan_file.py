"""A plan with mistakes is answered with every one of them, each with its line and what to do."""

import pytest

from analytics.plans.plan import PlanError, parse_plan
from tests.plans.tables import COLUMNS

GOOD = COLUMNS + '[[estimates]]\nid = "os"\nmethod = "kaplan-meier"\ntime = "time"\nevent = "status"\n'


def problems(toml: str) -> list[str]:
    with pytest.raises(PlanError) as error:
        parse_plan(toml.encode())
    return [str(problem) for problem in error.value.problems]


def test_a_plan_without_mistakes_is_read() -> None:
    plan = parse_plan(GOOD.encode())
    assert [each.id for each in plan.estimates] == ["os"]
    assert plan.columns["status"].kind == "yes-no"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('method = "kaplan-meier"', 'method = "kaplan"', "estimates[0].method is no method: write one of kaplan-meier"),
        ('method = "kaplan-meier"\n', "", "estimates[0].method is no method"),
        ('time = "time"', 'time = "months"', "estimates[0].time names months, which is no column"),
        ('time = "time"', 'time = "arm"', "estimates[0].time names arm, a label column: name one of kind number"),
        ('event = "status"', 'event = "time"', "estimates[0].event names time, a number column"),
        ('event = "status"\n', "", "estimates[0].event is missing: add event"),
        ('id = "os"', 'id = "OS curve"', "estimates[0].id is not written as it must be"),
        ('id = "os"', 'id = "os"\nlevle = 0.9', "estimates[0].levle is no field of this table: was level meant?"),
        ('id = "os"', 'id = "os"\nlevel = 95', "estimates[0].level is not between 0 and 1"),
        ('id = "os"', 'id = "os"\nat = [-1]', "estimates[0].at[0] is out of range"),
        ('id = "os"', 'id = "os"\nmissing = "drop"', "estimates[0].missing is none of the choices"),
        ('identity = "id"', 'identity = "number"', "identity names number, which is no column"),
        ("least = 0", 'least = "none"', "columns.time.least is no number"),
        ('kind = "yes-no" }', 'kind = "yes-no", yes = "0" }', "columns.status has the same text for yes and no"),
        ("least = 0", 'least = 0, below = "arm"', "columns.time.below names no yes-no column"),
        ("least = 0", 'least = 0, assay = "kit"', "columns.time.assay names no label column"),
        ('name = "leukaemia"', "", "name is missing"),
        (GOOD, "name = ", "is not TOML in UTF-8"),
        (GOOD, COLUMNS, "estimates has no estimate"),
    ],
)
def test_each_mistake_is_named_with_its_path(old: str, new: str, said: str) -> None:
    assert old in GOOD
    found = problems(GOOD.replace(old, new, 1))
    assert any(said in each for each in found), found


def test_all_mistakes_are_named_at_once_in_the_order_of_their_lines() -> None:
    toml = GOOD.replace('time = "time"', 'time = "months"').replace('event = "status"', 'event = "dead"')
    toml += '[[estimates]]\nid = "os"\nmethod = "log-rank"\ntime = "time"\nevent = "status"\ngroup = "time"\n'
    found = problems(toml)
    assert [each.split(":")[0] for each in found] == ["line 13", "line 14", "line 16", "line 20"]
    assert "os is named twice" in found[2]
