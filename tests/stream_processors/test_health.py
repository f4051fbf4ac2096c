"""A sign of life, and what is said of it."""

import datetime as dt
from pathlib import Path

import msgspec
import pytest

from stream_processors.health import Doing, Health, SignOfLife, complaint, main

NOW = dt.datetime(2024, 3, 1, 8, 0, tzinfo=dt.UTC)


def sign(**said: object) -> SignOfLife:
    return SignOfLife(**({"beat_at": NOW, "doing": Doing.IDLE} | said))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (sign(), None),
        (sign(assigned=["a.lab[0]"], doing=Doing.WRITING, writing_since=NOW - dt.timedelta(seconds=120)), None),
        (sign(beat_at=NOW - dt.timedelta(seconds=30)), None),
        (sign(beat_at=NOW - dt.timedelta(seconds=31)), "no sign of life since 2024-03-01T07:59:29+00:00"),
        (sign(doing=Doing.STARTING), "starting: no partitions assigned yet"),
        (
            sign(doing=Doing.WRITING, writing_since=NOW - dt.timedelta(seconds=121)),
            "one bundle has been in the writing since 2024-03-01T07:57:59+00:00",
        ),
    ],
    ids=["idle", "writing", "just not silent", "silent", "starting", "stuck"],
)
def test_what_is_said_of_a_sign_of_life(seen: SignOfLife, reason: str | None) -> None:
    assert complaint(seen, NOW) == reason


def test_the_file_says_what_the_worker_did(tmp_path: Path) -> None:
    path = tmp_path / "run" / "worker.json"
    health = Health(path)
    health.ready()
    health.takes_up()
    health.applied(commit=7)
    health.takes_up()
    health.applied(commit=None)
    health.beat(["s.lab[0]", "s.lab[1]"])
    read = msgspec.json.decode(path.read_bytes(), type=SignOfLife)
    assert (read.doing, read.assigned, read.writing_since) == (Doing.IDLE, ["s.lab[0]", "s.lab[1]"], None)
    assert read.applied_commit == 7, "a bundle that brought nothing new names no commit"
    assert read.applied_at is not None
    assert list(path.parent.iterdir()) == [path], "nothing half-written stays behind"


def test_the_check_of_a_container_answers_by_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "worker.json"
    assert main([str(path)]) == 1
    health = Health(path)
    health.beat([])
    assert main([str(path)]) == 1, "still starting"
    health.ready()
    health.beat([])
    assert main([str(path)]) == 0
    path.write_text("{")
    assert main([str(path)]) == 1
    assert main([]) == 2
    assert "well" in capsys.readouterr().out
