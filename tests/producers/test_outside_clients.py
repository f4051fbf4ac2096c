"""Clients that are not ours: `mllp_send` of the hl7 package, and HAPI, the HL7 library of most interface engines."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.intake import Intake
from schemas.events import ControlIdReused, ResultReported
from schemas.topics import Topic
from tests.producers.controls import NUMBER, blood_count, interleukin
from tests.producers.doors import HL7Door, by_id, form, logged, opened
from tests.servers.errors import Missing
from tests.servers.java import class_path, java_path
from tests.servers.postgres import Database

HAPI = Path(__file__).parent / "hapi"
MLLP_SEND = Path(sys.executable).with_name("mllp_send")


@pytest.fixture
def intake(door_database: Database, tmp_path: Path) -> Iterator[Intake]:
    with opened(door_database, tmp_path / "spool") as found:
        found.take("form/screening", form(number=NUMBER))
        yield found


@pytest.fixture
def door(intake: Intake) -> Iterator[HL7Door]:
    with HL7Door(intake) as found:
        yield found


def mllp_send(door: HL7Door, path: Path, *options: str) -> list[str]:
    """What the command prints: an answer for each message of the file."""
    host, port = door.address
    done = subprocess.run(
        [str(MLLP_SEND), *options, "--port", str(port), "--file", str(path), host],
        capture_output=True,
        timeout=60,
        check=True,
    )
    return [answer for answer in done.stdout.decode().split("\x1c\r\n") if answer]


def msa(answer: str) -> str:
    return next(line for line in answer.split("\r") if line.startswith("MSA"))


def test_mllp_send_gets_an_answer_for_each_message(door: HL7Door, door_database: Database, tmp_path: Path) -> None:
    messages = [
        blood_count(control_id="M1"),
        blood_count(control_id="M1", sent="20250304120000"),
        blood_count(control_id="M2", obx=("OBX|1|NM|777-3^PLT^LN||41|furlong|||||F",)),
        blood_count(control_id="M3", kind="ADT^A01"),
    ]
    # One file, as it was captured from a line: each message in its frame, one behind the other.
    path = tmp_path / "captured.hl7"
    path.write_bytes(b"".join(b"\x0b" + message.encode() + b"\x1c\r" for message in messages))
    answers = mllp_send(door, path)
    assert [msa(answer).split("|")[1:3] for answer in answers] == [
        ["AA", "M1"],
        ["AA", "M1"],
        ["AE", "M2"],
        ["AR", "M3"],
    ]
    assert "ERR|OBX^1^6^103&Table value not found&HL70357" in answers[2]
    assert "ERR|MSH^1^9^200&Unsupported message type&HL70357" in answers[3]
    assert len(by_id(logged(door_database, Topic.LAB))) == 3


def test_mllp_send_of_a_file_with_line_feeds(door: HL7Door, tmp_path: Path) -> None:
    path = tmp_path / "edited.hl7"
    path.write_text(
        blood_count(control_id="M1").replace("\r", "\n") + interleukin(control_id="M2").replace("\r", "\r\n")
    )
    assert [msa(answer) for answer in mllp_send(door, path, "--loose")] == ["MSA|AA|M1", "MSA|AA|M2"]


@pytest.fixture(scope="module")
def hapi() -> list[str]:
    """The command that runs the client."""
    try:
        return [java_path(), "-cp", class_path(HAPI / "pom.xml"), str(HAPI / "Client.java")]
    except Missing as missing:
        pytest.skip(f"NO OUTSIDE JAVA CLIENT WAS TRIED: {missing}")


@pytest.mark.slow
def test_hapi_understands_every_answer(hapi: list[str], door: HL7Door, door_database: Database, tmp_path: Path) -> None:
    messages = [
        (interleukin(control_id="L1"), "v251.message.ACK AA L1"),
        (interleukin(control_id="L1", sent="20250304230000"), "v251.message.ACK AA L1"),
        (blood_count(control_id="A1"), "v231.message.ACK AA A1"),
        (interleukin(control_id="L2", value="SN|{code}||^1,234|pg/mL"), "v251.message.ACK AE L2 OBX 1 5 102"),
        (interleukin(control_id="L3", code="1-1^X^LN"), "v251.message.ACK AE L3 OBX 1 3 103"),
        (
            blood_count(control_id="A2", obx=("OBX|1|NM|777-3^PLT^LN||41|furlong|||||F",)),
            "v231.message.ACK AE A2 OBX 1 6 103",
        ),
        (
            "MSH|^~\\&|ADT|FJMUUH|||20250304||ADT^A01^ADT_A01|T1|P|2.5.1\rEVN||20250304\r",
            "v251.message.ACK AR T1 MSH 1 9 200",
        ),
        (interleukin(control_id="L1", value="SN|{code}||^7.5|pg/mL"), "v251.message.ACK AA L1"),
    ]
    paths = []
    for place, (text, _) in enumerate(messages):
        paths.append(tmp_path / f"{place}.hl7")
        paths[-1].write_bytes(text.encode())
    host, port = door.address
    done = subprocess.run(
        [*hapi, host, str(port), *map(str, paths)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stdout.splitlines() == [expected for _, expected in messages], done.stderr[-3000:]
    results = [event.facts for event in by_id(logged(door_database, Topic.LAB)).values()]
    # L1 twice is one result, L1 with other content another; A1 has two.
    assert sum(isinstance(facts, ResultReported) for facts in results) == 4
    flags = by_id(logged(door_database, Topic.OVERSIGHT)).values()
    assert sum(isinstance(event.facts, ControlIdReused) for event in flags) == 1
