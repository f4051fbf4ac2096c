"""Before and after, of times known to different precisions: a date is neither before nor after its own instants."""

import pytest

from schemas.checks.order import certainly_before, disagree, is_over_at
from schemas.moments import Moment, Precision
from tests.checks.drawn import moment
from tests.schemas.controls import at

SECOND = Moment(at("2024-03-02T09:30:15"), Precision.SECOND)
NEXT_SECOND = Moment(at("2024-03-02T09:30:16"), Precision.SECOND)
MILLISECOND = Moment(at("2024-03-02T09:30:15.999"), Precision.MILLISECOND)
NEXT_MILLISECOND = Moment(at("2024-03-02T09:30:16.000"), Precision.MILLISECOND)


@pytest.mark.parametrize(
    ("earlier", "later", "certain"),
    [
        pytest.param(moment("2024-03-01"), moment("2024-03-02"), True, id="a day before the next"),
        pytest.param(moment("2024-03-02"), moment("2024-03-02"), False, id="a day not before itself"),
        pytest.param(moment("2024-03-02"), moment("2024-03-02T23:59"), False, id="a day not before its last minute"),
        pytest.param(moment("2024-03-02T00:00"), moment("2024-03-02"), False, id="its first minute not before a day"),
        pytest.param(moment("2024-03-01T23:59"), moment("2024-03-02"), True, id="the last minute before the next day"),
        pytest.param(moment("2024-03-02T09:30"), moment("2024-03-02T09:31"), True, id="a minute before the next"),
        pytest.param(moment("2024-03-02T09:30"), SECOND, False, id="a minute not before one of its seconds"),
        pytest.param(SECOND, NEXT_SECOND, True, id="a second before the next"),
        pytest.param(SECOND, MILLISECOND, False, id="a second not before one of its milliseconds"),
        pytest.param(MILLISECOND, NEXT_MILLISECOND, True, id="a millisecond before the next"),
        pytest.param(MILLISECOND, MILLISECOND, False, id="a millisecond not before itself"),
    ],
)
def test_certainly_before(earlier: Moment, later: Moment, certain: bool) -> None:
    assert certainly_before(earlier, later) is certain
    assert not certainly_before(later, earlier)
    assert disagree(earlier, later) is certain
    assert disagree(later, earlier) is certain


def test_a_day_is_over_with_its_last_instant() -> None:
    assert not is_over_at(moment("2024-03-02"), at("2024-03-02T23:59:59"))
    assert is_over_at(moment("2024-03-02"), at("2024-03-03T00:00"))
