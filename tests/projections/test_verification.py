"""The whole verification: what is tampered with is named with its kind and place, and the rest goes on being checked.

The superuser tampers here, with the triggers switched off, in copies of one small ledger.
"""

import functools
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from projections.seals.keys import PublicKey, SealKey
from projections.seals.outside import FolderPlace
from projections.seals.reading import seals
from projections.seals.sealer import Sealer
from projections.verify import Broken, Kept, Kind, Stage, Verification, verify
from schemas import events as ev
from tests.projections.controls import (
    ENROLLED,
    ENROLLMENT,
    FOLLOWUP,
    LAB,
    OVERSIGHT,
    SCREENED,
    STUDY,
    WAITING,
    MemoryLog,
    correction,
    platelets,
    void,
    writer_on,
)
from tests.schemas.controls import event
from tests.servers.postgres import Database, DatabaseServer

KEY = SealKey("trialog/NCT06486350", bytes(range(32)))
OTHER_KEY = SealKey("trialog/NCT06486350", bytes(32))
LAST_COMMIT, ROWS = 7, 12

_numbers = itertools.count(1)


def fill(database: Database, folder: Path) -> None:
    """Twelve rows in seven commits: seal 1 over three (8 rows), seal 2 over six (11), the last row under none."""
    log = MemoryLog()
    log.send(SCREENED, ENROLLED)
    first, second = platelets("p-1"), platelets("p-2")
    log.send(first, second, platelets("q-1", subject="S-002"), first)
    log.send_bytes(LAB, b"noise")
    log.send(correction("c-1", second, platelets("p-2", "56").facts), topic=LAB)
    log.send(WAITING)
    log.send(void("v-1", "e-enrolled"), topic=ENROLLMENT)
    log.send(event("f-1", ev.ContactedAlive(means="telephone"), happened="2024-03-05"))
    log.send(platelets("q-2", subject="S-002"))
    sealer = Sealer(lambda: database.connect(), lambda: (KEY,), (FolderPlace(folder),))
    writer = writer_on(database)
    for topic, begin, end in ((ENROLLMENT, 0, 2), (LAB, 0, 3), (LAB, 3, 6)):
        writer.apply(log.batch(topic, begin, end))
    sealer.seal()
    for topic, begin, end in ((OVERSIGHT, 0, 1), (ENROLLMENT, 2, 3), (FOLLOWUP, 0, 1)):
        writer.apply(log.batch(topic, begin, end))
    sealer.seal()
    writer.apply(log.batch(LAB, 6, 7))
    writer.close()


@pytest.fixture(scope="module")
def kept(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> list[Kept]:
    """The two seals of the filled ledger, as they lie outside of the database."""
    folder = tmp_path_factory.mktemp("seals")
    fill(module_database, folder)
    place = FolderPlace(folder)
    return [Kept(f"kept seal {number}", place.read(number)) for number in place.numbers()]


@pytest.fixture
def copied(database_server: DatabaseServer, module_database: Database, kept: list[Kept]) -> Iterator[Database]:
    copy = database_server.create(f"verified_{next(_numbers)}", template=module_database.name)
    yield copy
    database_server.drop(copy.name)


def verified(database: Database, *, keys: tuple[PublicKey, ...] = (KEY.public,), **others: Any) -> Verification:
    options: dict[str, Any] = {"workers": 1, **others}
    return verify(functools.partial(psycopg.connect, database.url("trialog_read")), STUDY, keys=keys, **options)


def tamper(database: Database, *statements: str) -> None:
    with database.connect("postgres", autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)


def places(broken: list[Broken]) -> set[tuple[str, str]]:
    return {(each.kind.value, each.position) for each in broken}


def test_ledger_as_the_writer_and_the_signer_left_it_is_whole(copied: Database, kept: list[Kept]) -> None:
    told: dict[Stage, int] = {}
    counted = dict.fromkeys(Stage, 0)

    def count(stage: Stage, rows: int) -> None:
        counted[stage] += rows

    found = verified(copied, kept=kept, report=count, told=told.update)
    assert found.broken == []
    assert (found.rows, found.commit, found.not_sealed, found.since) == (ROWS, LAST_COMMIT, 1, 0)
    assert found.sealed is not None
    assert (found.sealed.size, found.sealed.commit) == (11, 6)
    assert found.sealed.signed_by == (KEY.public.id.hex(),)
    assert told == counted == {Stage.CHAIN: 12, Stage.SEALS: 11, Stage.SUBJECTS: 10}


def test_two_processes_come_to_what_one_comes_to(copied: Database, kept: list[Kept]) -> None:
    tamper(copied, "UPDATE trial.entries SET by = 'x' WHERE event_id = 'q-1'", "DELETE FROM trial.seals")
    counted = dict.fromkeys(Stage, 0)

    def count(stage: Stage, rows: int) -> None:
        counted[stage] += rows

    side_by_side = verified(copied, kept=kept, workers=2, report=count)
    assert side_by_side == verified(copied, kept=kept)
    assert places(side_by_side.broken) == {("entries", f"{LAB}[0]@2")}
    assert counted[Stage.CHAIN] == 12


def test_empty_ledger_is_whole_and_nothing_is_sealed(database: Database) -> None:
    found = verified(database)
    assert (found.rows, found.commit, found.broken, found.sealed, found.not_sealed) == (0, 0, [], None, 0)


S1, S2 = ("states", "subject S-001"), ("states", "subject S-002")
LAST = "topic LIKE '%.lab' AND \"offset\" ="
ZERO_HASH = "chain_hash = decode(repeat('00', 32), 'hex')"

# What is done, and the (kind, position) of everything that is then named: no more and no less.
TAMPERINGS: dict[str, tuple[str, set[tuple[str, str]]]] = {
    "a value that decodes no more": (
        f"UPDATE trial.ledger SET value = 'x' WHERE {LAST} 1",
        {("chain", f"{LAB}[0]@1"), ("events", f"{LAB}[0]@1"), ("trail", f"{LAB}[0]@5"), S1},
    ),
    "a result that says another number": (
        f"""UPDATE trial.ledger SET value = replace(encode(value, 'escape'), '"55"', '"95"')::bytea WHERE {LAST} 2""",
        {("chain", f"{LAB}[0]@2"), ("entries", f"{LAB}[0]@2"), ("trail", f"{LAB}[0]@2"), S2},
    ),
    "an accepted row called a duplicate": (
        f"UPDATE trial.ledger SET status = 'duplicate' WHERE {LAST} 2",
        {("chain", f"{LAB}[0]@2"), ("counts", f"{LAB}[0]"), ("entries", f"{LAB}[0]@2"), ("trail", f"{LAB}[0]@2"), S2},
    ),
    "a duplicate called accepted": (
        f"UPDATE trial.ledger SET status = 'accepted' WHERE {LAST} 3",
        {
            *(("chain", f"{LAB}[0]@3"), ("counts", f"{LAB}[0]"), ("ids", f"{LAB}[0]@3")),
            *(("entries", f"{LAB}[0]@3"), ("trail", f"{LAB}[0]@3")),
        },
    ),
    "another event id": (
        f"UPDATE trial.ledger SET event_id = 'p-9' WHERE {LAST} 6",
        {("chain", f"{LAB}[0]@6"), ("events", f"{LAB}[0]@6"), S2},
    ),
    "another event id on a duplicate": (
        f"UPDATE trial.ledger SET event_id = 'p-9' WHERE {LAST} 3",
        {("chain", f"{LAB}[0]@3"), ("counts", f"{LAB}[0]@3")},
    ),
    "a row that is gone": (
        f"DELETE FROM trial.ledger WHERE {LAST} 6",
        {("offsets", f"{LAB}[0]@6"), ("entries", f"{LAB}[0]@6"), ("trail", f"{LAB}[0]@6"), S2},
    ),
    "a row received at another time": (
        f"UPDATE trial.ledger SET received_at = received_at - interval '1 day' WHERE {LAST} 2",
        {("trail", f"{LAB}[0]@2"), ("seals", "seal 1")},
    ),
    "a row that the log had at another time": (
        f"UPDATE trial.ledger SET log_timestamp_ms = 0 WHERE {LAST} 4",
        {("seals", "seal 1")},
    ),
    "a row changed, with hashes that hide it from the rows behind": (
        f"UPDATE trial.ledger SET reason = 'other', {ZERO_HASH} WHERE {LAST} 4",
        {("chain", f"{LAB}[0]@4"), ("seals", "seal 1")},
    ),
    "a position set back": (
        "UPDATE trial.positions SET next_offset = 6, accepted = 4 WHERE topic LIKE '%.lab'",
        {("chain", f"{LAB}[0]"), ("offsets", f"{LAB}[0]@6"), ("commits", f"{LAB}[0]")},
    ),
    "the counts of a position": (
        "UPDATE trial.positions SET accepted = 4, duplicate = 2 WHERE topic LIKE '%.lab'",
        {("counts", f"{LAB}[0]")},
    ),
    "a commit that is gone": (
        "DELETE FROM trial.commits WHERE number = 7",
        {("commits", f"{LAB}[0]")},
    ),
    "a commit at another time": (
        "UPDATE trial.commits SET committed_at = committed_at + interval '1 microsecond' WHERE number = 3",
        {("seals", "seal 1")},
    ),
    "two commits that changed places": (
        """
        UPDATE trial.commits SET number = 40 WHERE number = 4;
        UPDATE trial.commits SET number = 4 WHERE number = 5;
        UPDATE trial.commits SET number = 5 WHERE number = 40;
        UPDATE trial.commits SET committed_at = (SELECT committed_at FROM trial.commits WHERE number = 3)
        WHERE number IN (4, 5)
        """,
        {("seals", "seal 2")},
    ),
    "an entry that says other facts": (
        """
        UPDATE trial.entries SET facts = replace(encode(facts, 'escape'), '56', '96')::bytea WHERE event_id = 'p-2'
        """,
        {("entries", f"{LAB}[0]@1")},
    ),
    "an entry of another subject": (
        "UPDATE trial.entries SET subject = 'S-002' WHERE event_id = 'p-1'",
        {("entries", f"{LAB}[0]@0")},
    ),
    "an entry that is gone": (
        "DELETE FROM trial.entries WHERE event_id = 'o-waiting'",
        {("entries", f"{OVERSIGHT}[0]@0")},
    ),
    "an entry that nobody sent": (
        """
        INSERT INTO trial.entries
        SELECT (jsonb_populate_record(entry, '{"event_id": "forged", "offset": 9}')).*
        FROM trial.entries AS entry WHERE event_id = 'p-1'
        """,
        {("entries", f"{LAB}[0]@9")},
    ),
    "an entry that nobody sent, at the place of another": (
        """
        INSERT INTO trial.entries
        SELECT (jsonb_populate_record(entry, '{"event_id": "forged"}')).* FROM trial.entries AS entry
        WHERE event_id = 'p-1'
        """,
        {("entries", f"{LAB}[0]@0")},
    ),
    "a trail that says another actor": (
        f"UPDATE trial.audit_trail SET actor = 'nobody' WHERE {LAST} 5",
        {("trail", f"{LAB}[0]@5")},
    ),
    "a trail that says an instant without end": (
        f"UPDATE trial.audit_trail SET received_at = 'infinity' WHERE {LAST} 5",
        {("trail", f"{LAB}[0]@5")},
    ),
    "an entry of a day without end": (
        "UPDATE trial.entries SET happened_on = 'infinity' WHERE event_id = 'p-1'",
        {("entries", f"{LAB}[0]@0")},
    ),
    "a trail that says another change": (
        f"UPDATE trial.audit_trail SET changes = '[]' WHERE {LAST} 5",
        {("trail", f"{LAB}[0]@5")},
    ),
    "a row of the trail that is gone": (
        "DELETE FROM trial.audit_trail WHERE event_id = 'v-1'",
        {("trail", f"{ENROLLMENT}[0]@2")},
    ),
    "a state that is another subject's": (
        """
        UPDATE trial.subjects SET state = (SELECT state FROM trial.subjects WHERE subject = 'S-002')
        WHERE subject = 'S-001'
        """,
        {S1},
    ),
    "a status": (
        "UPDATE trial.subjects SET status = 'dead' WHERE subject = 'S-002'",
        {S2},
    ),
    "a date among the statuses": (
        """
        UPDATE trial.subjects SET statuses = jsonb_set(statuses, '{0,on}', '"2020-01-01"') WHERE subject = 'S-001'
        """,
        {S1},
    ),
    "a state that is gone": (
        "DELETE FROM trial.subjects WHERE subject = 'S-002'",
        {S2},
    ),
    "a subject whom nobody sent": (
        """
        INSERT INTO trial.subjects
        SELECT (jsonb_populate_record(known, '{"subject": "S-009"}')).*
        FROM trial.subjects AS known WHERE subject = 'S-002'
        """,
        {("states", "subject S-009")},
    ),
    "a state of an older fold": (
        "UPDATE trial.subjects SET fold_version = 1 WHERE subject = 'S-002'",
        {("states", "1 subjects")},
    ),
    "a seal that is gone": (
        "DELETE FROM trial.seals WHERE number = 1",
        {("seals", "seal 2")},
    ),
    "a seal's text": (
        "UPDATE trial.seals SET text = replace(text, 'commit 6', 'commit 7'), commit_number = 7 WHERE number = 2",
        {("seals", "seal 2")},
    ),
    "a seal's columns": (
        "UPDATE trial.seals SET size = 12 WHERE number = 2",
        {("seals", "seal 2")},
    ),
    "a seal that is none": (
        "UPDATE trial.seals SET text = 'sealed' WHERE number = 1",
        {("seals", "seal 1")},
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_named_with_its_kind_and_place(name: str, copied: Database) -> None:
    statement, expected = TAMPERINGS[name]
    tamper(copied, statement)
    assert places(verified(copied).broken) == expected


def test_every_kind_is_in_the_table() -> None:
    assert {kind for _, expected in TAMPERINGS.values() for kind, _ in expected} == {kind.value for kind in Kind}


def test_first_of_each_kind_and_partition_is_named_with_the_number_of_all(copied: Database) -> None:
    tamper(copied, "UPDATE trial.audit_trail SET actor_role = 'x'", "UPDATE trial.ledger SET headers = '\\x0000'")
    found = verified(copied).broken
    assert [(each.kind, each.position, each.rows) for each in found if each.kind is not Kind.SEALS] == [
        (Kind.CHAIN, f"{ENROLLMENT}[0]@0", 3),
        (Kind.CHAIN, f"{FOLLOWUP}[0]@0", 1),
        (Kind.CHAIN, f"{LAB}[0]@0", 7),
        (Kind.CHAIN, f"{OVERSIGHT}[0]@0", 1),
        (Kind.TRAIL, f"{ENROLLMENT}[0]@0", 3),
        (Kind.TRAIL, f"{FOLLOWUP}[0]@0", 1),
        (Kind.TRAIL, f"{LAB}[0]@0", 5),
        (Kind.TRAIL, f"{OVERSIGHT}[0]@0", 1),
    ]


def test_row_of_a_wrong_root_is_named_and_what_stands(copied: Database) -> None:
    tamper(copied, "UPDATE trial.ledger SET log_timestamp_ms = 0 WHERE topic LIKE '%.followup'")
    (broken,) = verified(copied).broken
    assert broken.position == "seal 2"
    assert broken.what == (
        f"its root is not that of the ledger's rows; the first row that is another one is {FOLLOWUP}[0]@0 (commit 6)"
    )
    assert broken.stands == "the first 8 rows, up to commit 3"


def test_messages_name_no_value_of_a_patient(copied: Database) -> None:
    tamper(copied, f"UPDATE trial.ledger SET value = value || ' 4711' WHERE {LAST} 1")
    tamper(copied, "UPDATE trial.entries SET facts = '{\"number\": 4711}' WHERE in_force")
    tamper(copied, "UPDATE trial.audit_trail SET changes = '[[\"x\", null, 4711]]'")
    said = str(verified(copied).broken)
    assert "4711" not in said
    assert "facts" in said
    assert "changes" in said


def test_what_another_key_signed_proves_nothing(copied: Database) -> None:
    found = verified(copied, keys=(OTHER_KEY.public,))
    assert places(found.broken) == {("seals", "seal 1"), ("seals", "seal 2")}
    assert (found.sealed, found.not_sealed) == (None, ROWS)


def test_seals_that_were_taken_away_are_missed_with_a_kept_one(copied: Database, kept: list[Kept]) -> None:
    """The owner takes the last seal away, and with it a partition whole, so that chains and commits fit."""
    tamper(
        copied,
        "DELETE FROM trial.seals WHERE number = 2",
        "DELETE FROM trial.ledger WHERE topic LIKE '%.followup'",
        "DELETE FROM trial.positions WHERE topic LIKE '%.followup'",
        "DELETE FROM trial.entries WHERE topic LIKE '%.followup'",
        "DELETE FROM trial.audit_trail WHERE topic LIKE '%.followup'",
        "DELETE FROM trial.commits WHERE number = 6",
        "UPDATE trial.commits SET number = 6 WHERE number = 7",
    )
    assert ("seals", "kept seal 2") not in places(verified(copied).broken)
    assert ("seals", "kept seal 2") in places(verified(copied, kept=kept).broken)


def test_since_a_seal_reads_only_what_follows_it(copied: Database, kept: list[Kept]) -> None:
    # Seal 1 covers LAB 0 to 5: what is changed there is not looked at again, nor is S-002's state made of nothing new.
    tamper(copied, f"UPDATE trial.ledger SET reason = 'other' WHERE {LAST} 4")
    found = verified(copied, since=kept[0])
    assert (found.broken, found.rows, found.since, found.not_sealed) == ([], 4, 8, 1)
    assert found.sealed is not None
    assert found.sealed.commit == 6


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (f"UPDATE trial.ledger SET headers = '' WHERE {LAST} 6", {("chain", f"{LAB}[0]@6")}),
        ("UPDATE trial.ledger SET log_timestamp_ms = 0 WHERE topic LIKE '%.followup'", {("seals", "seal 2")}),
        ("UPDATE trial.subjects SET status = 'dead' WHERE subject = 'S-001'", {S1}),
        (f"UPDATE trial.audit_trail SET actor = '' WHERE {LAST} 6", {("trail", f"{LAB}[0]@6")}),
        ("UPDATE trial.commits SET committed_at = '2020-01-01' WHERE number = 7", {("commits", "commit 7")}),
    ],
)
def test_since_a_seal_what_follows_it_is_verified_wholly(
    statement: str, expected: set[tuple[str, str]], copied: Database, kept: list[Kept]
) -> None:
    tamper(copied, statement)
    assert places(verified(copied, since=kept[0]).broken) == expected


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE trial.ledger SET {ZERO_HASH} WHERE {LAST} 5",
        "UPDATE trial.commits SET last_offset = 4 WHERE number = 3",
        "UPDATE trial.tree_tiles SET hashes = decode(repeat('00', length(hashes)), 'hex')",
        "DELETE FROM trial.tree_tiles",
        f"DELETE FROM trial.ledger WHERE {LAST} 5",
    ],
)
def test_start_that_is_not_under_the_seal_is_refused(statement: str, copied: Database, kept: list[Kept]) -> None:
    tamper(copied, statement)
    found = verified(copied, since=kept[0])
    assert places(found.broken) == {("seals", "kept seal 1")}
    assert "--since" in found.broken[0].what + found.broken[0].stands


def test_start_from_a_seal_that_no_trusted_key_signed_is_refused(copied: Database, kept: list[Kept]) -> None:
    found = verified(copied, since=kept[0], keys=(OTHER_KEY.public,))
    assert places(found.broken) == {("seals", "kept seal 1")}


def test_stored_seals_are_the_kept_ones(copied: Database, kept: list[Kept]) -> None:
    with copied.connect("trialog_read") as connection:
        assert [row.text for row in seals(connection)] == [each.text for each in kept]
