"""What X and Y may be, and what is said of a text that names no one time."""

import datetime as dt

import pytest

from schemas.two_times import KnownAt, TrueAt, UnclearTime, parse_known_at, parse_true_at
from tests.rules.drawn import STUDY


def instant(offset_hours: int, *parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.timezone(dt.timedelta(hours=offset_hours)))  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2024-03-02", TrueAt(on=dt.date(2024, 3, 2))),
        ("2024-02-29", TrueAt(on=dt.date(2024, 2, 29))),
        ("2024-03-02T09:30+08:00", TrueAt(at=instant(8, 2024, 3, 2, 9, 30))),
        ("2024-03-02 09:30:15+08:00", TrueAt(at=instant(8, 2024, 3, 2, 9, 30, 15))),
        ("2024-03-02T01:30Z", TrueAt(at=instant(0, 2024, 3, 2, 1, 30))),
        ("2024-03-02T01:30:00.250-05:00", TrueAt(at=instant(-5, 2024, 3, 2, 1, 30, 0, 250_000))),
    ],
)
def test_true_at_is_a_date_or_an_instant_with_its_offset(text: str, meant: TrueAt) -> None:
    assert parse_true_at(text, STUDY) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0", 0),
        ("2310", 2310),
        ("20240302", 20_240_302),
        ("2024-03-02T09:30+08:00", instant(8, 2024, 3, 2, 9, 30)),
        ("2024-03-02T01:30:00.123456Z", instant(0, 2024, 3, 2, 1, 30, 0, 123_456)),
    ],
)
def test_known_at_is_a_commit_or_an_instant_with_its_offset(text: str, meant: int | dt.datetime) -> None:
    assert parse_known_at(text, STUDY) == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2024-03-02T09:30", r"has no offset.* in the study's zone it is 2024-03-02T09:30\+08:00"),
        ("2024-02-30", "is no day of the calendar"),
        ("2024-02-30T09:30Z", "is no instant of the calendar"),
        ("2024-03-02T24:01Z", "is no instant of the calendar"),
        ("yesterday", r"'yesterday' is not a date .* or an instant with its offset, such as 2026-03-02T09:30\+08:00"),
        ("20240302", "is not a date"),
        ("2024-W10-6", "is not a date"),
        ("2024-03-02T09Z", "is not a date"),
        ("", "is not a date"),
        ("0001-01-01", "outside of the calendar"),
        ("9999-12-31T23:00-05:00", "outside of the calendar"),
    ],
)
def test_true_at_refuses_what_names_no_one_time(text: str, said: str) -> None:
    with pytest.raises(UnclearTime, match=said):
        parse_true_at(text, STUDY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2024-03-02", r"is a day of many commits: say the instant, such as 2024-03-02T00:00\+08:00"),
        ("2024-02-30", "is no day of the calendar"),
        ("2024-03-02T09:30", "has no offset"),
        ("-1", "is not the number of a commit"),
        ("head", "is not the number of a commit, or an instant with its offset"),
    ],
)
def test_known_at_refuses_what_names_no_one_point(text: str, said: str) -> None:
    with pytest.raises(UnclearTime, match=said):
        parse_known_at(text, STUDY)


def test_points_of_knowledge_are_ordered_within_a_commit_as_well() -> None:
    def point(commit: int, before: int | None = None) -> KnownAt:
        return KnownAt(commit=commit, committed_at=None, before=before)

    ascending = [point(0), point(3), point(4, 0), point(4, 7), point(4), point(5, 0)]
    assert sorted({each.point for each in ascending}) == [each.point for each in ascending]
    assert [a.is_after(b) for a in ascending for b in ascending] == [
        ascending.index(a) > ascending.index(b) for a in ascending for b in ascending
    ]


def test_a_point_within_a_commit_knows_what_lies_before_it() -> None:
    point = KnownAt(commit=4, committed_at=None, before=7)
    assert (point.knows(3, 99), point.knows(4, 6), point.knows(4, 7), point.knows(5, 0)) == (True, True, False, False)
    whole = KnownAt(commit=4, committed_at=None)
    assert (whole.knows(4, 7), whole.knows(5, 0)) == (True, False)
