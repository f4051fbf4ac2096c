"""What the signer signs, what it refuses to sign, and that a refusal leaves everything as it was."""

import datetime as dt
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from projections.seals.checkpoint import parse_seal, verify_signature, write_seal
from projections.seals.errors import OutsideAway, SealRefused
from projections.seals.keys import SealKey
from projections.seals.outside import FolderPlace
from projections.seals.reading import latest_seal, seal_before, seal_keys, seal_numbered, seals
from tests.projections.seals import naive
from tests.projections.seals.controls import KEY, NAME, OTHER_KEY, Ledger, as_owner, digest, leaves_in, sealer_on
from tests.servers.postgres import Database

THIRD_KEY = SealKey(NAME, bytes(32))


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def sealed_sizes(database: Database) -> list[int]:
    with database.connect("trialog_read") as connection:
        return [row.size for row in seals(connection)]


def test_a_seal_is_over_all_rows_and_signed(ledger: Ledger, database: Database, tmp_path: Path) -> None:
    sealer = sealer_on(database, tmp_path)
    expected = []
    for rows in (1, 9, 300, 40):
        ledger.grow(rows)
        row = sealer.seal().last
        assert row is not None
        with database.connect("trialog_read") as connection:
            leaves = leaves_in(connection)
        expected.append((ledger.rows, ledger.commits, naive.mth(leaves)))
    with database.connect("trialog_read") as connection:
        found = seals(connection)
        assert latest_seal(connection) == found[-1]
        assert seal_numbered(connection, 2) == found[1]
        assert seal_before(connection, found[1].commit) == found[0]
        assert seal_before(connection, found[0].commit) is None
        assert seal_keys(connection) == (KEY.public,)
    assert [(row.size, row.commit, row.root) for row in found] == expected
    assert [row.number for row in found] == [1, 2, 3, 4]
    for row in found:
        seal = parse_seal(row.text)
        assert verify_signature(row.text, [KEY.public]) == (KEY.public,)
        assert (seal.origin, seal.size, seal.commit, seal.root) == (NAME, row.size, row.commit, row.root)
        assert seal.sealed_at == row.sealed_at


def test_every_place_has_every_seal_and_the_public_keys(ledger: Ledger, database: Database, tmp_path: Path) -> None:
    ledger.grow(20)
    sealer_on(database, tmp_path / "a").seal()
    ledger.grow(20)
    sealing = sealer_on(database, tmp_path / "a", tmp_path / "b").seal()
    assert sealing.away == ()
    with database.connect("trialog_read") as connection:
        texts = {f"seal-{row.number:010}.txt": row.text for row in seals(connection)}
    for place in ("a", "b"):
        files = {file.name: file.read_text() for file in (tmp_path / place).iterdir()}
        assert files == {**texts, "public-keys.txt": KEY.public.text + "\n"}


def test_a_seal_is_not_older_than_its_last_commit(ledger: Ledger, database: Database, tmp_path: Path) -> None:
    ledger.grow(10)
    with database.connect("trialog_app", autocommit=True) as connection:
        connection.execute(
            "INSERT INTO trial.commits SELECT 2, topic, 1, 0, 0, '2999-01-01Z' FROM trial.commits WHERE number = 1"
        )
        connection.execute(
            "INSERT INTO trial.ledger SELECT topic, 1, 0, key, headers, value, log_timestamp_ms, received_at, status,"
            ' reason, event_id, chain_hash FROM trial.ledger WHERE "offset" = 0'
        )
    row = sealer_on(database, tmp_path).seal().last
    assert row is not None
    assert row.sealed_at == dt.datetime(2999, 1, 1, tzinfo=dt.UTC)


def test_nothing_new_makes_no_seal(ledger: Ledger, database: Database, tmp_path: Path) -> None:
    sealer = sealer_on(database, tmp_path)
    assert sealer.seal().last is None
    ledger.grow(10)
    assert len(sealer.seal().added) == 1
    again = sealer.seal()
    assert again.added == ()
    assert again.last is not None
    assert sealed_sizes(database) == [10]


def test_two_signers_at_once_make_no_two_seals_of_one_number(
    ledger: Ledger, database: Database, tmp_path: Path
) -> None:
    ledger.grow(500)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            sealer_on(database, tmp_path).seal()
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sealed_sizes(database) == [500]


# What somebody did to a ledger of 40 rows with seals over 20 and 40, and what is said. 10 rows were added since.
CONTRADICTIONS: dict[str, tuple[Callable[[Database, Path], None], str]] = {
    "a seal's root changed in the database": (
        lambda db, _: as_owner(db, "UPDATE trial.seals SET root = sha256('x') WHERE number = 1"),
        "seal 1 in the database says in its text what its row does not",
    ),
    "a seal signed anew over another root": (
        lambda db, _: forged(db, KEY),
        "seal 2 in the database over 40 rows has another root than the stored tree",
    ),
    "a seal signed by a stranger": (lambda db, _: forged(db, THIRD_KEY), "none of them a key that is trusted"),
    "a seal's text is no seal": (
        lambda db, _: as_owner(db, "UPDATE trial.seals SET text = 'x' WHERE number = 2"),
        "seal 2 in the database: a seal has an empty line",
    ),
    "the stored tree changed": (
        lambda db, _: as_owner(db, "UPDATE trial.tree_tiles SET hashes = overlay(hashes placing '\\x00' from 1)"),
        "seal 1 in the database over 20 rows has another root",
    ),
    "the stored tree shortened": (
        lambda db, _: as_owner(db, "UPDATE trial.tree_tiles SET hashes = substr(hashes, 1, 64)"),
        "shorter than",
    ),
    "a seal outside changed": (
        lambda _, place: overwrite(place / "seal-0000000001.txt", "other"),
        "holds another seal 1 than the database",
    ),
    "the last seal outside exchanged for the first": (
        lambda _, place: overwrite(
            place / "seal-0000000002.txt", (place / "seal-0000000001.txt").read_text(encoding="utf-8")
        ),
        "holds another seal 2 than the database",
    ),
    "a seal outside that nobody trusts": (
        lambda _, place: overwrite(place / "seal-0000000003.txt", "other"),
        "seal 3 in .*: a seal has an empty line",
    ),
    "a seal outside after a gap": (
        lambda _, place: overwrite(place / "seal-0000000004.txt", ahead(45, 5)),
        "holds seal 4, and seal 3 is nowhere",
    ),
    "a seal outside over fewer rows than the one before": (
        lambda _, place: overwrite(place / "seal-0000000003.txt", ahead(39, 4)),
        "holds seal 3 over 39 rows, not more than the 40",
    ),
    "a signed seal outside over other rows": (
        lambda _, place: overwrite(place / "seal-0000000003.txt", ahead(50, 5)),
        "holds seal 3 over 50 rows up to commit 5, and the ledger has other rows there",
    ),
    "a signed seal outside over more rows": (
        lambda _, place: overwrite(place / "seal-0000000003.txt", ahead(60, 6)),
        "holds seal 3 over 60 rows, and the ledger has 50: this database is older than its own seals",
    ),
    "a commit taken away": (
        lambda db, _: as_owner(db, "DELETE FROM trial.commits WHERE number = 5", ADD_COMMIT_6),
        "commit 5 is missing",
    ),
    "a row that is not sealed yet taken away": (
        lambda db, _: as_owner(db, 'DELETE FROM trial.ledger WHERE "offset" = 44'),
        "the commits up to 5 name 10 rows that are not sealed yet, and the ledger has 9",
    ),
    "all rows that are not sealed yet taken away": (
        lambda db, _: as_owner(db, 'DELETE FROM trial.ledger WHERE "offset" >= 40'),
        "the commits up to 5 name 10 rows that are not sealed yet, and the ledger has 0",
    ),
    "the last seal taken from the database, its rows written anew": (
        lambda db, _: as_owner(
            db,
            "DELETE FROM trial.seals WHERE number = 2",
            'UPDATE trial.ledger SET chain_hash = sha256(value) WHERE "offset" >= 20',
        ),
        "holds seal 2 over 40 rows up to commit 4, and the ledger has other rows there",
    ),
}
ADD_COMMIT_6 = "INSERT INTO trial.commits VALUES (6, 'bulk.lab', 0, 40, 49, clock_timestamp())"


def forged(database: Database, key: SealKey) -> None:
    """The second seal signed again over another root."""
    with database.connect("postgres", autocommit=True) as connection:
        row = seal_numbered(connection, 2)
        assert row is not None
        seal = parse_seal(row.text)
        text = write_seal(
            type(seal)(**{**{n: getattr(seal, n) for n in seal.__struct_fields__}, "root": bytes(32)}), [key]
        )
        connection.execute("SET session_replication_role = 'replica'")
        connection.execute("UPDATE trial.seals SET text = %s, root = %s WHERE number = 2", (text, bytes(32)))


def ahead(size: int, commit: int) -> str:
    """A seal of the right key over a root that no ledger has."""
    from projections.seals.checkpoint import Seal

    when = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return write_seal(Seal(origin=NAME, size=size, root=bytes(32), commit=commit, sealed_at=when), [KEY])


def overwrite(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_the_signer_refuses(what: str, ledger: Ledger, database: Database, tmp_path: Path) -> None:
    for _ in range(2):
        ledger.grow(20)
        sealer_on(database, tmp_path).seal()
    ledger.grow(10)
    change, said = CONTRADICTIONS[what]
    change(database, tmp_path)
    with database.connect("trialog_read") as connection:
        before, files = connection.execute("SELECT text FROM trial.seals ORDER BY number").fetchall(), digest(tmp_path)
    with pytest.raises(SealRefused, match=said):
        sealer_on(database, tmp_path).seal()
    with database.connect("trialog_read") as connection:
        assert connection.execute("SELECT text FROM trial.seals ORDER BY number").fetchall() == before
    assert digest(tmp_path) == files


def test_a_running_signer_notices_what_was_changed_since(ledger: Ledger, database: Database, tmp_path: Path) -> None:
    sealer = sealer_on(database, tmp_path)
    ledger.grow(20)
    sealer.seal()
    ledger.grow(20)
    forged_text = ahead(30, 3)
    overwrite(tmp_path / "seal-0000000002.txt", forged_text)
    with pytest.raises(SealRefused, match="seal 2 over 30 rows"):
        sealer.seal()


def test_a_database_restored_from_an_older_backup_is_refused(
    ledger: Ledger, database: Database, tmp_path: Path
) -> None:
    """The backup is of the moment after the first seal. Afterwards other rows came, were sealed, and were lost."""
    ledger.grow(20)
    sealer_on(database, tmp_path).seal()
    restored = database.server.create(f"{database.name}_restored", template=database.name)
    ledger.grow(20)
    sealer_on(database, tmp_path).seal()
    with pytest.raises(SealRefused, match="over 40 rows, and the ledger has 20: this database is older"):
        sealer_on(restored, tmp_path).seal()
    anew = Ledger(restored)
    anew.rows, anew.commits = ledger.rows - 20, ledger.commits - 2
    anew.grow(30, said="another row")
    with pytest.raises(SealRefused, match="the ledger has other rows there"):
        sealer_on(restored, tmp_path).seal()
    restored.server.drop(restored.name)


def test_an_empty_database_is_refused_where_seals_are_outside(
    ledger: Ledger, database: Database, tmp_path: Path
) -> None:
    ledger.grow(20)
    sealer_on(database, tmp_path).seal()
    as_owner(database, *(f"DELETE FROM trial.{t}" for t in ("seals", "seal_keys", "tree_tiles", "ledger", "commits")))
    with pytest.raises(SealRefused, match="the ledger has 0"):
        sealer_on(database, tmp_path).seal()


def test_a_seal_that_only_a_place_outside_still_has_is_taken_back_where_it_is_right(
    ledger: Ledger, database: Database, tmp_path: Path
) -> None:
    """As after a failover to a replica that had the rows and not yet their seal."""
    ledger.grow(20)
    sealer_on(database, tmp_path).seal()
    ledger.grow(10)
    replica = database.server.create(f"{database.name}_replica", template=database.name)
    kept = sealer_on(database, tmp_path).seal().last
    ahead_of = Ledger(replica)
    ahead_of.rows, ahead_of.commits = ledger.rows, ledger.commits
    ahead_of.grow(5)
    added = sealer_on(replica, tmp_path).seal().added
    assert added[0] == kept
    assert [(row.number, row.size) for row in added] == [(2, 30), (3, 35)]
    with replica.connect("trialog_read") as connection:
        assert added[1].root == naive.mth(leaves_in(connection))
    replica.server.drop(replica.name)


def test_while_keys_change_both_sign_and_then_the_new_one_alone(
    ledger: Ledger, database: Database, tmp_path: Path
) -> None:
    signing = [KEY]
    sealer = sealer_on(database, tmp_path, keys=lambda: signing)
    texts = []
    for now in ([KEY], [KEY, OTHER_KEY], [OTHER_KEY]):
        signing[:] = now
        ledger.grow(10)
        row = sealer.seal().last
        assert row is not None
        texts.append(row.text)
    # Whoever trusts only the old key follows over the change; whoever came later trusts only the new one.
    assert [verify_signature(text, [KEY.public]) for text in texts[:2]] == [(KEY.public,), (KEY.public,)]
    assert [verify_signature(text, [OTHER_KEY.public]) for text in texts[1:]] == [(OTHER_KEY.public,)] * 2
    with database.connect("trialog_read") as connection:
        assert seal_keys(connection) == (KEY.public, OTHER_KEY.public)
    assert (tmp_path / "public-keys.txt").read_text() == f"{KEY.public.text}\n{OTHER_KEY.public.text}\n"


def test_a_key_that_signed_nothing_before_needs_a_persons_word(
    ledger: Ledger, database: Database, tmp_path: Path
) -> None:
    ledger.grow(10)
    sealer_on(database, tmp_path).seal()
    ledger.grow(10)
    with pytest.raises(SealRefused, match="seal 1 was signed by 7c368252, and that key is not here"):
        sealer_on(database, tmp_path, keys=lambda: [OTHER_KEY]).seal()
    assert sealed_sizes(database) == [10]
    sealer = sealer_on(database, tmp_path, keys=lambda: [OTHER_KEY], after_lost_key=True)
    assert len(sealer.seal().added) == 1
    ledger.grow(10)
    assert len(sealer_on(database, tmp_path, keys=lambda: [OTHER_KEY]).seal().added) == 1


def test_where_no_place_can_be_read_nothing_is_sealed(ledger: Ledger, database: Database, tmp_path: Path) -> None:
    ledger.grow(10)
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutsideAway, match="nothing is sealed"):
        sealer_on(database, FolderPlace(tmp_path / "file" / "seals"), tmp_path / "file").seal()
    assert sealed_sizes(database) == []


def test_a_place_that_was_away_gets_what_it_missed(ledger: Ledger, database: Database, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    sealer = sealer_on(database, here, there)
    ledger.grow(10)
    sealer.seal()
    shutil.move(there, tmp_path / "unplugged")
    there.write_text("in the way")
    for _ in range(2):
        ledger.grow(10)
        assert sealer.seal().away == (str(there),)
    there.unlink()
    shutil.move(tmp_path / "unplugged", there)
    assert sealer.seal().away == ()
    assert digest(there) == digest(here)


def test_a_seal_taken_away_outside_is_put_back(ledger: Ledger, database: Database, tmp_path: Path) -> None:
    for _ in range(3):
        ledger.grow(10)
        sealer_on(database, tmp_path).seal()
    whole = digest(tmp_path)
    (tmp_path / "seal-0000000002.txt").unlink()
    sealer_on(database, tmp_path).seal()
    assert digest(tmp_path) == whole


@pytest.mark.parametrize("role", ["trialog_read", "trialog_intake"])
def test_only_the_application_adds_seals(role: str, database: Database) -> None:
    for table in ("seals", "seal_keys", "tree_tiles"):
        with database.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"INSERT INTO trial.{table} DEFAULT VALUES")
