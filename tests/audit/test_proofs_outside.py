"""Proof files that this system writes, read by the outsider's verifier; and what it says of edited ones."""

from pathlib import Path
from random import Random

import pytest

from projections.export import verify_trialog
from projections.export.verify_trialog import both_roots, check_proof, parse_key, path_root
from projections.seals import proof_files, proofs
from projections.seals.keys import SealKey
from schemas.records import Position
from tests.audit.ledgers import KEY, fill
from tests.projections.controls import ENROLLMENT
from tests.servers.postgres import Database

KEYS = dict([parse_key(KEY.public.text)])
Proofs = dict[str, str]


@pytest.fixture(scope="module")
def given(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Proofs:
    """A proof of inclusion and one of consistency, as `trialog ledger prove` writes them."""
    fill(module_database, tmp_path_factory.mktemp("outside"), 300, records_a_batch=12, batches_a_seal=5)
    with module_database.connect("trialog_read") as connection:
        row = proofs.prove_inclusion(connection, Position(ENROLLMENT, 0, 7))
        extends = proofs.prove_consistency(connection, 2)
    return {"inclusion": proof_files.write_inclusion(row), "consistency": proof_files.write_consistency(extends)}


def test_a_proof_of_one_row_names_the_row_and_the_seal(
    given: Proofs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "row.tlog-proof").write_text(given["inclusion"])
    assert verify_trialog.main(["inclusion", str(tmp_path / "row.tlog-proof"), "--key", KEY.public.text]) == 0
    said = capsys.readouterr().out
    assert said.startswith("PROVEN: nct06486350.enrollment[0]@7 is row ")
    assert " of the 300 sealed 20" in said


def test_a_proof_of_two_seals_names_both(given: Proofs) -> None:
    said = check_proof(given["consistency"], "consistency", KEYS)
    assert said.startswith("the 300 rows sealed 20")
    assert " begin with the 120 sealed 20" in said


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_a_proof_with_any_byte_edited_proves_nothing(kind: str, given: Proofs) -> None:
    chance, content = Random(4), given[kind].encode()
    for _ in range(150):
        edited = bytearray(content)
        edited[chance.randrange(len(content))] ^= chance.randrange(1, 256)
        with pytest.raises(verify_trialog.WRONG):
            check_proof(edited.decode(), kind, KEYS)


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_under_another_key_or_as_another_kind_it_proves_nothing(kind: str, given: Proofs, tmp_path: Path) -> None:
    other = SealKey(KEY.name, bytes(32)).public.text
    with pytest.raises(ValueError, match="no key that you gave signed it"):
        check_proof(given[kind], kind, dict([parse_key(other)]))
    (tmp_path / "proof").write_text(given[kind])
    wrong = "consistency" if kind == "inclusion" else "inclusion"
    assert verify_trialog.main([wrong, str(tmp_path / "proof"), "--key", KEY.public.text]) == 1


def test_a_proof_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    assert verify_trialog.main(["inclusion", str(tmp_path / "no"), "--key", KEY.public.text]) == 2


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0), (1, 1)])
def test_a_leaf_outside_of_the_tree_has_no_path(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="the path does not fit"):
        path_root(index, size, bytes(32), [])


@pytest.mark.parametrize(("first", "second"), [(0, 4), (5, 4), (-1, 4)])
def test_a_tree_extends_no_larger_and_no_empty_one(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="the path does not fit"):
        both_roots(first, second, [bytes(32)] * 3, bytes(32))
