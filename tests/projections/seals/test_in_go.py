"""Seals and proofs are accepted, and changed ones refused, by Go's own implementation: x/mod/sumdb, note and tlog."""

import subprocess
from pathlib import Path

import pytest

from projections.seals import proof_files as files
from projections.seals.proofs import prove_consistency, prove_inclusion
from schemas.records import Position
from tests.projections.seals.controls import KEY, OTHER_KEY, TOPIC, Ledger, sealer_on
from tests.servers.errors import Missing
from tests.servers.go import go_program
from tests.servers.postgres import Database

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return go_program(Path(__file__).parent / "in_go", tmp_path_factory.mktemp("go") / "outside")
    except Missing as missing:
        pytest.skip(f"no Go, or not golang.org/x/mod: {missing}")


def judged(outside: Path, what: str, text: str, *keys: str) -> tuple[int, str]:
    done = subprocess.run([outside, what, *keys], input=text, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout.strip().split("\n")[-1]


def test_go_accepts_our_seals_and_proofs_and_refuses_changed_ones(
    outside: Path, database: Database, tmp_path: Path
) -> None:
    ledger, trusted = Ledger(database), KEY.public.text
    signing = [KEY]
    for _ in range(2):
        ledger.grow(333)
        sealer_on(database, tmp_path, keys=lambda: signing).seal()
        signing.append(OTHER_KEY)
    seal = (tmp_path / "seal-0000000002.txt").read_text()
    root = seal.split("\n")[2]
    assert judged(outside, "seal", seal, trusted) == (0, f"666 leaves, root {root}, 1 trusted signatures")
    assert judged(outside, "seal", seal, trusted, OTHER_KEY.public.text) == (
        0,
        f"666 leaves, root {root}, 2 trusted signatures",
    )
    assert judged(outside, "seal", seal.replace("\n666\n", "\n667\n"), trusted) == (
        1,
        "invalid signature for key trialog/NCT06486350+7c368252",
    )
    first = (tmp_path / "seal-0000000001.txt").read_text()
    assert judged(outside, "seal", first, OTHER_KEY.public.text) == (1, "note has no verifiable signatures")
    with database.connect("trialog_read") as connection:
        for offset in (0, 255, 256, 332, 333, 665):
            text = files.write_inclusion(prove_inclusion(connection, Position(TOPIC, 0, offset)))
            assert judged(outside, "inclusion", text, trusted) == (0, f"index {offset} of 666")
            moved = text.replace(f"\nindex {offset}\n", f"\nindex {offset ^ 1}\n")
            assert judged(outside, "inclusion", moved, trusted) == (1, "invalid transparency proof")
        text = files.write_consistency(prove_consistency(connection, 1, 2))
    assert judged(outside, "consistency", text, trusted) == (0, "666 extends 333")
    head, hashed, rest = text.split("\n", 2)
    shorter = f"{head}\n{rest}"
    assert len(hashed) == 44
    assert judged(outside, "consistency", shorter, trusted) == (1, "invalid transparency proof")
