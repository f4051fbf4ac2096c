"""A ledger of more than ten thousand rows, written by the real writer, sealed now and then, and exported."""

import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.mix import mixed_events
from projections.export.archive import Exported, write_export
from projections.seals.keys import SealKey
from projections.seals.outside import FolderPlace
from projections.seals.reading import latest_seal
from projections.seals.sealer import Sealer
from projections.writer import Writer
from schemas.records import Batch, NewRecord, Record
from tests.projections.controls import LAB, STUDY
from tests.servers.postgres import Database
from trialog.exports import enclosures
from trialog.settings import Settings

PARTITIONS = 3

NO_EVENTS = (b"{", b"MSH|^~\\&|ASTM", b'{"specversion":"1.0"}')
SEED_OF_KEY = bytes(range(32))
KEY = SealKey(f"trialog/{STUDY.id}", SEED_OF_KEY)


def fill(
    database: Database,
    outside: Path,
    rows: int,
    *,
    records_a_batch: int = 60,
    batches_a_seal: int = 20,
    unsealed: int = 0,
) -> None:
    """Writes this many rows in batches of one partition each, sealed now and then; the last batches under no seal.

    What was written before is passed over: of more rows, the first ones are the same.
    """
    writer = Writer(lambda: database.connect("trialog_app"), STUDY)
    sealer = sealer_of(database, outside)
    made = list(batches(rows, records_a_batch))
    last = len(made) - unsealed
    for number, batch in enumerate(made, 1):
        if batch.records[-1].offset < writer.next_offset(batch.topic, batch.partition):
            continue
        writer.apply(batch)
        if number == last or (number < last and number % batches_a_seal == 0):
            sealer.seal()
    writer.close()


def sealer_of(database: Database, outside: Path, key: SealKey = KEY) -> Sealer:
    return Sealer(lambda: database.connect("trialog_app"), lambda: [key], [FolderPlace(outside)])


def export(database: Database, path: Path, keys: tuple[SealKey, ...] = (KEY,)) -> Exported:
    """To the last seal."""
    with database.connect("trialog_read") as connection, path.open("wb") as file:
        seal = latest_seal(connection)
        assert seal is not None
        enclosed = enclosures(connection, seal, Settings(), STUDY, signed=bool(keys))
        return write_export(connection, file, seal, enclosed, keys)


def batches(rows: int, records_a_batch: int, seed: int = 5) -> Iterator[Batch]:
    """Events of some subjects, and a record that is none after every hundredth, cut by partition."""
    waiting: dict[tuple[str, int], list[Record]] = defaultdict(list)
    ends: dict[tuple[str, int], int] = defaultdict(int)
    for sent in _records(rows, seed):
        place = (sent.topic, zlib.crc32(sent.key) % PARTITIONS)
        waiting[place].append(_record(sent, place[1], ends[place]))
        ends[place] += 1
        if len(waiting[place]) == records_a_batch:
            yield _batch(waiting.pop(place))
    for records in list(waiting.values()):
        yield _batch(records)


def _records(rows: int, seed: int) -> Iterator[NewRecord]:
    events = mixed_events(STUDY.id, seed=seed, subjects=40)
    for number in range(rows):
        if number % 101 == 100:
            headers = (("content-type", b"text/plain"),)
            yield NewRecord(topic=LAB, key=b"S-%d" % number, value=NO_EVENTS[number % 3], headers=headers)
        else:
            yield next(events).record


def _record(sent: NewRecord, partition: int, offset: int) -> Record:
    return Record(
        topic=sent.topic,
        partition=partition,
        offset=offset,
        key=sent.key,
        value=sent.value,
        headers=sent.headers,
        timestamp_ms=1_700_000_000_000 + offset,
    )


def _batch(records: list[Record]) -> Batch:
    first = records[0]
    return Batch(
        topic=first.topic,
        topic_id=f"id of {first.topic}",
        partition=first.partition,
        log_end=records[-1].offset + 1,
        records=tuple(records),
    )
