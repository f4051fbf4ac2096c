"""The spool keeps exact bytes, unreadable without its key, through crashes."""

from pathlib import Path

import pytest

from producers.errors import SpoolBusy, SpoolFull, Unreadable, WrongKey
from producers.spool import Entry, Spool, State, Why
from tests.producers.controls import SECRETS, interleukin
from tests.producers.doors import SPOOL_KEY

RAW = interleukin().encode()


def reopened(spool: Spool, folder: Path, key: bytes = SPOOL_KEY) -> Spool:
    spool.close()
    return Spool(folder, key)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_is_found_by_the_next_process(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SPOOL_KEY)
    entry = spool.put("hl7", RAW)
    again = reopened(spool, tmp_path)
    assert again.entries(State.PENDING) == [entry]
    assert again.read(entry) == ("hl7", RAW)
    assert again.counts() == {State.PENDING: 1, State.WAITING: 0, State.REFUSED: 0, State.TORN: 0, State.DAMAGED: 0}
    again.close()


def test_nothing_on_disk_shows_what_a_message_says(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SPOOL_KEY)
    spool.put("hl7", RAW)
    spool.refuse(spool.put("hl7", RAW), Why(problem="unknown-code", where="OBX[1]-3"))
    on_disk = b"".join(path.read_bytes() + path.name.encode() for path in files(tmp_path))
    for secret in (*SECRETS, "IL6-BM", "A-2025-0042"):
        assert secret.encode() not in on_disk
    assert {path.stat().st_mode & 0o077 for path in files(tmp_path)} == {0}
    spool.close()


def test_messages_are_listed_in_the_order_of_their_arrival(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SPOOL_KEY)
    put = [spool.put("hl7", b"%d" % number) for number in range(50)]
    assert spool.entries(State.PENDING) == put
    assert [entry.received_at for entry in put] == sorted({entry.received_at for entry in put})
    spool.close()


def test_states_follow_each_other_and_survive_a_restart(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SPOOL_KEY)
    waiting = spool.wait(spool.put("hl7", RAW))
    refused = spool.refuse(spool.put("form/enrolment", b"{}"), Why(problem="not-a-time", where="OBR[1]-7"))
    spool.finish(spool.put("hl7", RAW))
    spool = reopened(spool, tmp_path)
    assert spool.entries(State.WAITING) == [waiting]
    assert spool.entries(State.REFUSED) == [refused]
    assert spool.entries(State.PENDING) == []
    assert spool.why(refused) == Why(problem="not-a-time", where="OBR[1]-7")
    assert spool.read(refused) == ("form/enrolment", b"{}")
    spool.finish(refused)
    assert spool.why(refused) is None
    spool.finish(waiting)
    assert sum(spool.counts().values()) == 0
    assert [path for path in files(tmp_path) if path.suffix in (".msg", ".why")] == []
    spool.close()


def test_file_cut_short_by_a_crash_is_told_apart_and_counted(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SPOOL_KEY)
    entry = spool.put("hl7", RAW)
    whole = tmp_path / "pending" / f"{entry.name}.msg"
    # What a kill between the first byte and the rename leaves behind.
    whole.with_name(f"{entry.name[:-1]}x.part").write_bytes(whole.read_bytes()[:40])
    spool = reopened(spool, tmp_path)
    assert spool.entries(State.PENDING) == [entry]
    assert spool.counts()[State.TORN] == 1
    spool.close()


@pytest.mark.parametrize("kept", [0, 5, 20, 60, -1])
def test_file_cut_short_on_disk_does_not_open(tmp_path: Path, kept: int) -> None:
    spool = Spool(tmp_path, SPOOL_KEY)
    entry = spool.put("hl7", RAW)
    path = tmp_path / "pending" / f"{entry.name}.msg"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(Unreadable):
        spool.read(entry)
    damaged = spool.set_damaged(entry)
    assert spool.entries(State.DAMAGED) == [damaged]
    spool.close()


def test_changed_byte_another_name_or_another_key_does_not_open(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SPOOL_KEY)
    entry, other = spool.put("hl7", RAW), spool.put("hl7", b"other")
    path = tmp_path / "pending" / f"{entry.name}.msg"
    content = path.read_bytes()
    for place in range(0, len(content), 17):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(Unreadable):
            spool.read(entry)
    path.write_bytes(content)
    assert spool.read(entry) == ("hl7", RAW)
    (tmp_path / "pending" / f"{other.name}.msg").write_bytes(content)
    with pytest.raises(Unreadable):
        spool.read(other)
    spool = reopened(spool, tmp_path, key=bytes(32))
    with pytest.raises(Unreadable):
        spool.read(entry)
    spool.close()


def test_fingerprint_names_the_bytes_under_this_key_only(tmp_path: Path) -> None:
    one, other = Spool(tmp_path / "a", SPOOL_KEY), Spool(tmp_path / "b", bytes(32))
    assert one.put("hl7", RAW).fingerprint == one.fingerprint(RAW)
    assert one.fingerprint(RAW) != one.fingerprint(RAW + b"x")
    assert one.fingerprint(RAW) != other.fingerprint(RAW)
    one.close()
    other.close()


def test_second_process_on_one_spool_is_turned_away(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SPOOL_KEY)
    with pytest.raises(SpoolBusy):
        Spool(tmp_path, SPOOL_KEY)
    spool.close()


def test_key_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongKey):
        Spool(tmp_path, b"short")


def test_disk_that_takes_nothing_keeps_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SPOOL_KEY)
    (tmp_path / "pending").rename(tmp_path / "gone")
    with pytest.raises(SpoolFull):
        spool.put("hl7", RAW)
    (tmp_path / "gone").rename(tmp_path / "pending")
    assert spool.entries(State.PENDING) == []
    assert files(tmp_path) == [tmp_path / "lock"]
    spool.close()


def test_entry_that_is_gone_can_be_finished_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SPOOL_KEY)
    spool.finish(Entry("0000000000000001-00", State.PENDING))
    entry = spool.put("hl7", b"")
    assert spool.read(entry) == ("hl7", b"")
    spool.close()
