"""What the superuser edits in the database, `trialog ledger verify` names; what he makes anew, a kept seal convicts.

One row by chance of each kind; `make tamper` takes more.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from projections.seals.outside import FolderPlace
from projections.seals.reading import seals
from projections.verify import Kept
from schemas.records import Position
from tests.audit.database_tampering import (
    KINDS,
    ROWS,
    Kind,
    Ledger,
    chained_anew,
    filled,
    named,
    sealed_row,
    tampered,
    verified,
)
from tests.audit.ledgers import KEY, fill, sealer_of
from tests.servers.postgres import Database, DatabaseServer

LAST = "(SELECT number FROM trial.commits ORDER BY number DESC LIMIT 1)"


@pytest.fixture(scope="module")
def ledger(
    database_server: DatabaseServer, module_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Ledger:
    return filled(database_server, module_database, tmp_path_factory.mktemp("outside"))


@pytest.fixture
def copied(ledger: Ledger) -> Iterator[Database]:
    copy = ledger.server.create("tampered_by_hand", template=ledger.database.name)
    yield copy
    ledger.server.drop(copy.name)


def test_the_ledger_is_whole_before_anybody_edits_it(ledger: Ledger) -> None:
    found = verified(ledger.database, ledger.kept)
    assert (found.broken, found.rows) == ([], ROWS)
    assert found.sealed is not None
    assert found.sealed.size + found.not_sealed == ROWS
    assert 0 < found.not_sealed < 60


@pytest.mark.parametrize("seed", [1])
@pytest.mark.parametrize("kind", KINDS, ids=[kind.title for kind in KINDS])
def test_an_edit_is_named_with_its_place(kind: Kind, seed: int, ledger: Ledger) -> None:
    row = sealed_row(ledger.database, kind.fits, Random(seed))
    found = tampered(ledger, [kind.statement], row)
    assert named(found, kind.spot(row)), [(each.position, each.what) for each in found.broken]


def test_what_came_after_the_last_seal_is_told_as_not_sealed_and_never_as_proven(ledger: Ledger) -> None:
    whole = verified(ledger.database, ledger.kept)
    edit = f"UPDATE trial.commits SET committed_at = committed_at + interval '1 microsecond' WHERE number = {LAST}"
    found = tampered(ledger, [edit])
    # Nothing shows that time to be another one: and so nothing is said of these rows but that no seal covers them.
    assert found.broken == []
    assert found.not_sealed == whole.not_sealed > 0
    assert found.sealed == whole.sealed


def test_a_chain_made_anew_does_not_fit_under_the_seals(ledger: Ledger, copied: Database) -> None:
    row = sealed_row(ledger.database, "status = 'quarantined'", Random(3))
    _rewrite(copied, row.position)
    found = verified(copied, ())
    assert {each.kind.value for each in found.broken} == {"seals"}
    assert named(found, str(row.position))


def test_seals_made_anew_with_the_real_key_contradict_the_seal_that_was_kept(
    ledger: Ledger, copied: Database, tmp_path: Path
) -> None:
    row = sealed_row(ledger.database, "status = 'quarantined'", Random(3))
    _rewrite(copied, row.position)
    with copied.connect("postgres", autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM trial.seals; DELETE FROM trial.tree_tiles; DELETE FROM trial.seal_keys")
    sealer_of(copied, tmp_path, KEY).seal()
    assert verified(copied, ()).broken == []  # by itself nothing shows: whoever kept no seal cannot know
    found = verified(copied, ledger.kept)
    assert {each.kind.value for each in found.broken} == {"seals"}
    assert any("outside" in f"{each.position} {each.what}" for each in found.broken)


def test_a_database_set_back_has_not_the_rows_of_the_seal_that_was_kept(
    database: Database, database_server: DatabaseServer, tmp_path: Path
) -> None:
    fill(database, tmp_path, 60, records_a_batch=12)
    earlier = database_server.create("set_back", template=database.name)
    try:
        place = FolderPlace(tmp_path)
        with database.connect("trialog_read") as connection:
            (first,) = seals(connection)
        longer = database_server.create("went_on", template=database.name)
        fill(longer, tmp_path, 120, records_a_batch=12)
        database_server.drop(longer.name)
        later = Kept("the later seal outside", place.read(first.number + 1))
        assert verified(earlier, [Kept("the first seal", first.text)]).broken == []
        found = verified(earlier, [later])
    finally:
        database_server.drop(earlier.name)
    assert [each.kind.value for each in found.broken] == ["seals"]
    assert "the later seal outside" in f"{found.broken[0].position} {found.broken[0].what}"


def _rewrite(database: Database, position: Position) -> None:
    """Another reason for the quarantine of a row, and every hash behind it as it must be then."""
    with database.connect("postgres", autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            """UPDATE trial.ledger SET reason = 'other' WHERE topic = %s AND partition = %s AND "offset" = %s""",
            (position.topic, position.partition, position.offset),
        )
        chained_anew(connection, position)
