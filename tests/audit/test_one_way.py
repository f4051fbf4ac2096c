"""Each thing in an export has one way only to be written; the same said in another way is refused, and named."""

import datetime as dt

import pytest

from projections.export.verify_trialog import COMMIT, ROW, WRONG, binary, microseconds, parse_line, row_hashes
from projections.export.written import ExportedCommit, ExportedRow, commit_line, row_line

AT = dt.datetime(2026, 11, 29, 20, 0, 0, 5, dt.timezone(dt.timedelta(hours=8)))
LINE = (
    '{"offset":7,"commit":3,"committed_at":"2026-11-29T12:00:00.000005Z","key":"Uy0wMDE=","headers":"AAAAAA==",'
    '"value":null,"log_time_ms":-1,"received_at":"2026-11-29T12:00:00.000005Z","status":"quarantined",'
    '"reason":"a \\"quote\\", a tab\\t, 中文","event_id":null,"chain":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",'
)


def written_row() -> str:
    row = ExportedRow(
        offset=7,
        commit=3,
        committed_at=AT,
        key=b"S-001",
        headers=bytes(4),
        value=None,
        log_timestamp_ms=-1,
        received_at=AT,
        status="quarantined",
        reason='a "quote", a tab\t, 中文',
        event_id=None,
        chain_hash=bytes(32),
    )
    return row_line("nct06486350.lab", 2, row).decode()


def test_a_row_is_written_as_the_format_says() -> None:
    assert written_row().startswith(LINE)


def test_a_commit_is_written_as_the_format_says() -> None:
    commit = ExportedCommit(
        number=3, topic="nct06486350.lab", partition=2, first_offset=7, last_offset=9, committed_at=AT
    )
    assert commit_line(commit).decode() == (
        '{"number":3,"topic":"nct06486350.lab","partition":2,"first_offset":7,"last_offset":9,'
        '"committed_at":"2026-11-29T12:00:00.000005Z"}\n'
    )


def test_what_is_written_is_read_and_has_the_leaf_hash_that_it_says() -> None:
    row = parse_line(written_row().encode(), ROW)
    _, leaf = row_hashes(b"", "nct06486350.lab", 2, row)
    assert leaf == binary(row["leaf"])


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (',"commit"', ', "commit"'),
        ('"offset":7', '"offset":7.0'),
        ('"offset":7', '"offset":07'),
        ("中", "\\u4e2d"),
        ("\\t", "\\u0009"),
        ('\\"', "\\u0022"),
        ('"reason":', '"reason":null,"reason":'),
        ('"event_id":null,', ""),
        ('"event_id":null', '"event_id":null,"more":1'),
        ('"offset":7,"commit":3', '"commit":3,"offset":7'),
        ("}\n", "}\r\n"),
        ("}\n", "} \n"),
        ("}\n", "}"),
        ("{", "\ufeff{"),
    ],
)
def test_a_line_said_in_another_way_is_refused(there: str, instead: str) -> None:
    line = written_row()
    assert there in line
    with pytest.raises(WRONG):
        row_hashes(b"", "nct06486350.lab", 2, parse_line(line.replace(there, instead, 1).encode(), ROW))


@pytest.mark.parametrize("line", [b"", b"\n", b"[]\n", b"null\n", b"{}\n", b"\xff\n", b"[" * 100_000])
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(WRONG):
        parse_line(line, COMMIT)


@pytest.mark.parametrize("text", ["QQ", "QQ=", "QR==", "QQ==\n", "Q Q==", "QQ==QQ==", "-_8=", "QQ===", None])
def test_bytes_in_another_base64_are_refused(text: str | None) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - base64's own error or ours
        binary(text)


@pytest.mark.parametrize(
    "instant",
    [
        "2026-11-29 12:00:00.000005Z",
        "2026-11-29T12:00:00.000005z",
        "2026-11-29T12:00:00.000005",
        "2026-11-29T12:00:00Z",
        "2026-11-29T12:00:00.005Z",
        "2026-11-29T12:00:00.000005+00:00",
        "2026-11-31T12:00:00.000005Z",
    ],
)
def test_an_instant_in_another_form_is_refused(instant: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - datetime's own error or ours
        microseconds(instant)


def test_an_instant_is_microseconds_since_1970() -> None:
    assert microseconds("1970-01-01T00:00:00.000001Z") == 1
    assert microseconds("1969-12-31T23:59:59.999999Z") == -1
    assert microseconds("2026-11-29T12:00:00.000005Z") == 1_795_953_600_000_005
