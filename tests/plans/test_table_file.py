"""A file with mistakes is answered with every one of them, by line and column, and never with a value."""

import pytest

from analytics.plans.table import TableError, read_csv
from tests.plans.tables import COLUMNS, leukaemia_csv, plan_of

PLAN = plan_of(COLUMNS, 'id = "os"\nmethod = "kaplan-meier"\ntime = "time"\nevent = "status"')


def problems(content: bytes | str) -> list[str]:
    with pytest.raises(TableError) as error:
        read_csv(content.encode() if isinstance(content, str) else content, PLAN)
    return [str(problem) for problem in error.value.problems]


def test_a_good_file_becomes_columns_of_their_kinds() -> None:
    table = read_csv(leukaemia_csv().encode(), PLAN)
    assert table.rows == 23
    assert table.columns["time"][:3] == (9.0, 13.0, 13.0)
    assert table.columns["status"][:3] == (True, True, False)
    assert table.columns["arm"][-1] == "nonmaintained"


def test_what_a_spreadsheet_writes_is_read() -> None:
    text = leukaemia_csv().replace("\n", "\r\n")
    table = read_csv(b"\xef\xbb\xbf" + (text + "\r\n").encode(), PLAN)
    assert table.rows == 23


def test_missing_values_are_none_and_columns_that_nobody_asks_for_are_not_read() -> None:
    text = 'note,id,time,status,arm,nonmaintained\n"a, b",1,NA,,x,0\n,2,1,1,NA,\n'
    table = read_csv(text.encode(), PLAN)
    assert table.columns["time"] == (None, 1.0)
    assert table.columns["status"] == (None, True)
    assert table.columns["arm"] == ("x", None)
    assert "note" not in table.columns


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1: the file is empty"),
        ("id,time,status,arm\n", "line 1, column nonmaintained: is not in the header"),
        ("id,time,time,status,arm,nonmaintained\n", "line 1, column time: stands twice in the header"),
        ("id,time,status,arm,nonmaintained\n1,9,1,x\n", "line 2: has 4 fields where the header has 5"),
        ("id,time,status,arm,nonmaintained\n1,nine,1,x,0\n", "line 2, column time: is no number"),
        ("id,time,status,arm,nonmaintained\n1,-3,1,x,0\n", "line 2, column time: is below 0"),
        ("id,time,status,arm,nonmaintained\n1,inf,1,x,0\n", "line 2, column time: is no finite number"),
        ("id,time,status,arm,nonmaintained\n1,nan,1,x,0\n", "line 2, column time: is no finite number"),
        ("id,time,status,arm,nonmaintained\n1,9,2,x,0\n", "line 2, column status: is neither 1 nor 0"),
        ("id,time,status,arm,nonmaintained\n1,9,1,x,0\n1,8,1,x,0\n", "line 3, column id: names the same as line 2"),
        (b"id,time,status,arm,nonmaintained\n1,9,1,\xff,0\n", "line 2: is not UTF-8"),
    ],
)
def test_each_mistake_has_its_line_and_column(content: bytes | str, said: str) -> None:
    found = problems(content)
    assert any(each.startswith(said) for each in found), found


def test_all_mistakes_are_named_at_once_and_no_value_is_repeated() -> None:
    found = problems("id,time,status,arm,nonmaintained\n1,secret,yes,x,0\n2,4\n3,-1,1,x,zero\n")
    assert [each.split(":")[0] for each in found] == [
        "line 2, column time",
        "line 2, column status",
        "line 3",
        "line 4, column time",
        "line 4, column nonmaintained",
    ]
    assert not any("secret" in each or "yes" in each.split(":")[1] for each in found)
