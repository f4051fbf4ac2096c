"""Every place outside keeps a seal once, and never another under its number."""

import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.seals.errors import OutsideAway, SealRefused
from projections.seals.outside import FolderPlace, Place, file_name, number_in
from projections.seals.reading import SealRow
from tests.projections.seals.controls import Ledger, digest, sealer_on
from tests.projections.seals.places import environment, s3_server
from tests.servers.broker import Broker
from tests.servers.errors import Missing
from tests.servers.postgres import Database


@pytest.fixture
def folder(tmp_path: Path) -> Place:
    return FolderPlace(tmp_path / "a" / "seals")


@pytest.fixture
def store_on_disk(tmp_path: Path) -> Place:
    pytest.importorskip("obstore", reason="the extra `object-store` is not installed")
    from projections.seals.object_store import ObjectPlace

    return ObjectPlace(f"file://{tmp_path}/bucket/seals")


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[Place]:
    pytest.importorskip("obstore", reason="the extra `object-store` is not installed")
    from projections.seals.object_store import ObjectPlace

    try:
        with (
            s3_server(tmp_path) as endpoint,
            environment(
                AWS_ENDPOINT=endpoint, AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", AWS_REGION="us-east-1"
            ),
        ):
            yield ObjectPlace("s3://seals/trial")
    except Missing as missing:
        pytest.skip(f"no S3 server: {missing}")


@pytest.fixture
def topic(broker: Broker) -> Place:
    from eventlog.kafka_client import KafkaSettings
    from trialog.seal_topic import TopicPlace

    return TopicPlace(KafkaSettings(bootstrap_servers=broker.bootstrap), f"seals-{uuid.uuid4().hex[:10]}")


@pytest.fixture(
    params=[
        "folder",
        "store_on_disk",
        pytest.param("s3", marks=pytest.mark.slow),
        pytest.param("topic", marks=pytest.mark.kafka),
    ]
)
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


def test_a_place_gives_back_what_it_took(place: Place) -> None:
    assert place.numbers() == []
    for number in (1, 2, 11):
        place.put(number, f"seal {number} — text\n")
    place.put(2, "seal 2 — text\n")
    place.keep_keys("one\n")
    place.keep_keys("one\ntwo\n")
    assert place.numbers() == [1, 2, 11]
    assert place.numbers(after=2) == [11]
    assert place.numbers(after=11) == []
    assert place.read(11) == "seal 11 — text\n"


def test_a_place_takes_no_other_seal_under_the_same_number(place: Place) -> None:
    place.put(1, "seal 1")
    assert place.numbers() == [1]
    with pytest.raises(SealRefused, match="holds another seal 1"):
        place.put(1, "another seal 1")
    assert place.read(1) == "seal 1"


def test_a_ledger_is_sealed_into_the_place(place: Place, database: Database) -> None:
    ledger = Ledger(database)
    rows: list[SealRow] = []
    for _ in range(2):
        ledger.grow(10)
        rows += sealer_on(database, place).seal().added
    assert [place.read(row.number) for row in rows] == [row.text for row in rows]
    assert sealer_on(database, place).seal().away == ()


def test_a_topic_is_read_again_by_the_next_signer(topic: Place, broker: Broker) -> None:
    from eventlog.kafka_client import KafkaSettings
    from trialog.seal_topic import TopicPlace

    topic.put(1, "seal 1")
    topic.numbers()
    another = TopicPlace(KafkaSettings(bootstrap_servers=broker.bootstrap), topic.name.removeprefix("topic "))
    assert another.numbers() == [1]
    assert another.read(1) == "seal 1"
    topic.put(2, "seal 2")
    assert another.numbers() == [1, 2]


def test_two_seals_of_one_number_in_a_topic_are_refused(topic: Place, broker: Broker) -> None:
    from eventlog.kafka import KafkaAppender
    from eventlog.kafka_client import KafkaSettings
    from schemas.records import NewRecord

    topic.numbers()
    appender = KafkaAppender(KafkaSettings(bootstrap_servers=broker.bootstrap))
    name = topic.name.removeprefix("topic ")
    for text in (b"seal 1", b"seal 1", b"another"):
        appender.append([NewRecord(topic=name, key=b"1", value=text)])
    appender.close()
    with pytest.raises(SealRefused, match="holds another seal 1"):
        topic.numbers()


def test_kafka_that_is_away_is_said_so() -> None:
    from eventlog.kafka_client import KafkaSettings
    from trialog.seal_topic import TopicPlace

    settings = KafkaSettings(bootstrap_servers="127.0.0.1:1", timeout_seconds=0.3)
    with pytest.raises(OutsideAway, match="the topic seals cannot be reached"):
        TopicPlace(settings, "seals").numbers()


def test_a_file_of_a_seal_is_not_written_by_chance(folder: Place, tmp_path: Path) -> None:
    folder.put(1, "seal 1")
    file = tmp_path / "a" / "seals" / "seal-0000000001.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o444
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_folder_that_cannot_be_made_is_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = FolderPlace(tmp_path / "file" / "seals")
    for ask in (place.numbers, lambda: place.put(1, "seal"), lambda: place.read(1), lambda: place.keep_keys("key")):
        with pytest.raises(OutsideAway, match="cannot be used"):
            ask()


def test_other_files_in_a_folder_are_no_seals(folder: Place, tmp_path: Path) -> None:
    folder.put(1, "seal 1")
    before = digest(tmp_path / "a" / "seals")
    for name in ("seal-1.txt", "seal-00000000001.txt", "seal-0000000002.txt.part", ".seal-0000000003.txt", "notes"):
        (tmp_path / "a" / "seals" / name).write_text("x")
    assert folder.numbers() == [1]
    assert digest(tmp_path / "a" / "seals") != before


def test_the_name_of_a_file_says_its_number() -> None:
    assert number_in(file_name(1234567)) == 1234567
    assert number_in("seal-x.txt") is None


@pytest.mark.parametrize("url", ["nonsense://bucket", "s3://"])
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    pytest.importorskip("obstore", reason="the extra `object-store` is not installed")
    from projections.seals.object_store import ObjectPlace

    with pytest.raises(OutsideAway, match="names no object store"):
        ObjectPlace(url)


def test_a_store_that_is_away_is_said_so() -> None:
    pytest.importorskip("obstore", reason="the extra `object-store` is not installed")
    from projections.seals.object_store import ObjectPlace

    with environment(AWS_ENDPOINT="http://127.0.0.1:1", AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b"):
        place = ObjectPlace("s3://seals/trial")
        for ask in (place.numbers, lambda: place.put(1, "seal"), lambda: place.read(1), lambda: place.keep_keys("k")):
            with pytest.raises(OutsideAway, match="s3://seals/trial did not answer"):
                ask()
