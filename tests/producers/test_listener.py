"""The HL7 door at its socket: good and bad senders, and a stop in the middle of things."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import structlog

from eventlog.embedded import EmbeddedAppender
from producers.hl7.framing import CONTENT_BYTES_MAX, END, VT
from producers.hl7.listener import CONNECTIONS_MAX
from producers.intake import Intake
from producers.spool import State
from schemas.topics import Topic
from tests.producers.controls import NUMBER, SECRETS, blood_count, interleukin
from tests.producers.doors import HL7Door, Sender, acknowledgement, by_id, form, logged, opened
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until


@pytest.fixture
def intake(door_database: Database, tmp_path: Path) -> Iterator[Intake]:
    with opened(door_database, tmp_path / "spool") as found:
        found.take("form/screening", form(number=NUMBER))
        yield found


@pytest.fixture
def door(intake: Intake) -> Iterator[HL7Door]:
    with HL7Door(intake) as found:
        yield found


def test_answer_echoes_control_id_and_names_both_ends(door: HL7Door) -> None:
    with Sender(door.address) as sender:
        msh, msa, *rest = sender.ask(interleukin(control_id="x\\S\\y")).split("\r")
    fields = msh.split("|")
    assert fields[2:6] == ["TRIALOG", "FJMUUH", "LIS-A", "FJMUUH"]
    assert (fields[8], fields[10], fields[11], fields[17]) == ("ACK^R01^ACK", "P", "2.5.1", "UNICODE UTF-8")
    assert msa == "MSA|AA|x\\S\\y"
    assert rest == [""]


def test_answer_of_2_3_1_has_that_versions_form(door: HL7Door) -> None:
    with Sender(door.address) as sender:
        msh, msa, err, _ = sender.ask(blood_count(collected="20250230")).split("\r")
    assert msh.split("|")[8:12] == ["ACK^R01", msh.split("|")[9], "P", "2.3.1"]
    assert msa.split("|")[:3] == ["MSA", "AE", "MSG00001"]
    assert err == "ERR|OBR^1^7^102&Data type error&HL70357"


def test_answer_of_2_5_1_says_where_what_and_what_to_do(door: HL7Door) -> None:
    with Sender(door.address) as sender:
        err = sender.ask(interleukin(code="1-1^X^LN")).split("\r")[2]
    assert err == (
        "ERR||OBX^1^3|103^Table value not found^HL70357|E|||unknown-code|"
        "The code and coding system are not in the study's code map."
    )


def test_sender_with_separators_of_its_own_gets_them_back(door: HL7Door) -> None:
    text = blood_count(control_id="M1").translate(str.maketrans("|^", "!$"))
    with Sender(door.address) as sender:
        msh, msa, _ = sender.ask(text).split("\r")
    assert msh.startswith("MSH!$~\\&!TRIALOG!FJMUUH!BF-6900!")
    assert msa == "MSA!AA!M1"


def test_character_set_of_the_answer_is_that_of_the_message(door: HL7Door) -> None:
    text = blood_count(charset="GB 18030-2000", sender="分析仪", control_id="号1")
    with Sender(door.address) as sender:
        sender.send(VT + text.encode("gb18030") + END)
        while END not in sender._received:
            sender._received += sender._socket.recv(65_536)
        answer = sender._received.removeprefix(VT).decode("gb18030")
    assert "|分析仪|FJMUUH|" in answer
    assert "MSA|AA|号1\r" in answer


def test_message_in_pieces_and_several_in_one_piece(door: HL7Door, door_database: Database) -> None:
    stream = b"".join(VT + blood_count(control_id=f"M{place}", order=f"O{place}").encode() + END for place in range(4))
    with Sender(door.address) as sender:
        for start in range(0, len(stream), 100):
            sender.send(stream[start : start + 100])
        assert [acknowledgement(sender.answer()) for _ in range(4)] == [("AA", f"M{place}") for place in range(4)]
        sender.send(b"noise\r\n" + stream + b"more noise")
        assert [acknowledgement(sender.answer()) for _ in range(4)] == [("AA", f"M{place}") for place in range(4)]
    assert len(by_id(logged(door_database, Topic.LAB))) == 12


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "AE"),
        (bytes(each for each in range(256) if each not in (0x0B, 0x1C)), "AE"),
        (b"MSH", "AE"),
        (b"GET / HTTP/1.1\r\nHost: trial\r\n\r\n", "AE"),
        (blood_count(charset="KLINGON").encode(), "AE"),
        (blood_count().encode("gb18030"), "AE"),
        (blood_count(tail=("NTE|1|L|\0",)).encode(), "AE"),
        (blood_count(processing_id="T").encode(), "AR"),
    ],
)
def test_bad_message_has_its_no_and_the_next_one_its_yes(door: HL7Door, raw: bytes, code: str) -> None:
    with Sender(door.address) as sender:
        sender.send(VT + raw + END)
        answer = sender.answer()
        assert acknowledgement(answer)[0] == code
        assert "ERR|" in answer
        assert not any(secret in answer for secret in SECRETS)
        assert acknowledgement(sender.ask(blood_count())) == ("AA", "MSG00001")


def test_message_over_ten_megabytes_is_told_so(door: HL7Door, intake: Intake) -> None:
    raw = blood_count(control_id="BIG", tail=("NTE|1|L|" + "x" * CONTENT_BYTES_MAX,)).encode()
    with Sender(door.address) as sender:
        answer = sender.ask(raw)
        assert acknowledgement(answer) == ("AE", "BIG")
        assert "larger than 10 MB" in answer
        assert acknowledgement(sender.ask(blood_count())) == ("AA", "MSG00001")
    assert sum(intake.counts().values()) == 0


def test_message_of_just_under_ten_megabytes_is_taken(door: HL7Door) -> None:
    start = blood_count(control_id="LARGE", tail=("NTE|1|L|",))
    raw = start[:-1] + "x" * (CONTENT_BYTES_MAX - len(start.encode())) + "\r"
    assert len(raw.encode()) == CONTENT_BYTES_MAX
    with Sender(door.address) as sender:
        assert acknowledgement(sender.ask(raw)) == ("AA", "LARGE")


def test_frame_cut_short_by_the_next_one_has_its_no(door: HL7Door) -> None:
    with Sender(door.address) as sender:
        sender.send(VT + blood_count(control_id="CUT").encode()[:200])
        sender.send(VT + blood_count(control_id="WHOLE").encode() + END)
        assert acknowledgement(sender.answer()) == ("AE", "CUT")
        assert acknowledgement(sender.answer()) == ("AA", "WHOLE")


def test_sender_that_closes_its_side_in_a_frame_has_its_no(door: HL7Door, intake: Intake) -> None:
    with Sender(door.address) as sender:
        sender.send(VT + blood_count(control_id="CUT").encode()[:200])
        sender.end()
        answer = sender.answer()
        assert acknowledgement(answer) == ("AE", "CUT")
        assert "did not end with FS CR" in answer
        with pytest.raises(ConnectionError):
            sender.answer()
    assert sum(intake.counts().values()) == 0


def test_sender_that_stops_in_a_frame_has_its_no(intake: Intake) -> None:
    with HL7Door(intake, frame_seconds_max=0.2) as door, Sender(door.address) as sender:
        sender.send(VT + blood_count(control_id="SLOW").encode()[:200])
        assert acknowledgement(sender.answer()) == ("AE", "SLOW")
        with pytest.raises(ConnectionError):
            sender.answer()


def test_sender_that_goes_away_before_its_answer_stops_nobody(
    door: HL7Door, intake: Intake, door_database: Database
) -> None:
    for place in range(5):
        with Sender(door.address) as sender:
            sender.send(VT + blood_count(control_id=f"G{place}", order=f"G{place}").encode() + END)
    with Sender(door.address) as sender:
        assert acknowledgement(sender.ask(blood_count())) == ("AA", "MSG00001")
    # What was whole was taken, answered or not.
    wait_until(lambda: len(by_id(logged(door_database, Topic.LAB))) == 18, what="the events of those who left")


def test_connections_beyond_the_limit_are_turned_away(door: HL7Door) -> None:
    senders = [Sender(door.address) for _ in range(CONNECTIONS_MAX)]
    for sender in senders[:: CONNECTIONS_MAX - 1]:
        assert acknowledgement(sender.ask(blood_count())) == ("AA", "MSG00001")
    wait_until(lambda: turned_away(door), what="the end of the door's patience")
    for sender in senders:
        sender.__exit__()

    def open_again() -> bool:
        return not turned_away(door)

    wait_until(open_again, what="room for another connection")


def turned_away(door: HL7Door) -> bool:
    with Sender(door.address) as sender:
        try:
            sender.ask(blood_count())
        except (ConnectionError, BrokenPipeError):
            return True
    return False


def test_many_senders_at_once_each_have_their_own_answers(door: HL7Door, door_database: Database) -> None:
    wrong: list[tuple[str, str]] = []

    def send(name: str) -> None:
        with Sender(door.address) as sender:
            for place in range(5):
                said = acknowledgement(sender.ask(blood_count(control_id=f"{name}-{place}", order=f"{name}-{place}")))
                if said != ("AA", f"{name}-{place}"):
                    wrong.append(said)

    threads = [threading.Thread(target=send, args=(f"T{place}",)) for place in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(by_id(logged(door_database, Topic.LAB))) == 150


@contextmanager
def log_held_up(database: Database) -> Iterator[Callable[[], bool]]:
    """Nobody can append meanwhile. What it gives says whether somebody is trying to."""
    with database.connect("postgres") as holder, database.connect("postgres", autocommit=True) as watcher:
        holder.execute("LOCK TABLE eventlog.counters IN ACCESS EXCLUSIVE MODE")

        def is_waited_for() -> bool:
            found = watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
            return found is not None and found[0] > 0

        yield is_waited_for


def test_stop_lets_what_is_under_way_have_its_answer(door_database: Database, tmp_path: Path) -> None:
    patient = EmbeddedAppender(partial(door_database.connect, "trialog_intake"), timeout_seconds=60)
    with opened(door_database, tmp_path, appender=patient) as intake, HL7Door(intake) as door:
        idle, busy = Sender(door.address), Sender(door.address)
        stopping = threading.Thread(target=door.stop)
        with log_held_up(door_database) as is_waited_for:
            busy.send(VT + blood_count(number="ZY1").encode() + END)
            wait_until(is_waited_for, what="the append")
            stopping.start()
            with pytest.raises(ConnectionError):
                idle.answer()
            assert stopping.is_alive()
        assert acknowledgement(busy.answer()) == ("AA", "MSG00001")
        stopping.join(30)
        assert not stopping.is_alive()
        with pytest.raises(ConnectionError):
            Sender(door.address)
        assert intake.counts()[State.WAITING] == 1


def test_no_line_of_the_log_holds_what_was_sent(
    door: HL7Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with structlog.testing.capture_logs() as logs, Sender(door.address) as sender:
        sender.send(NUMBER.encode() + VT + blood_count().encode()[:-40])
        for text in (blood_count(), blood_count(collected="19700102x"), interleukin(value="ST|{code}||1,234|pg/mL")):
            sender.ask(text)
        sender.send(VT + blood_count().encode()[:-9])
        sender.end()
        sender.answer()
        wait_until(lambda: any(line["event"] == "bytes between hl7 frames" for line in logs), what="the last line")
    written = str(logs) + caplog.text + "".join(capfd.readouterr())
    assert "message refused" in written
    for secret in (*SECRETS, "1,234"):
        assert secret not in written
