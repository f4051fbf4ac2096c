"""The signer killed before any line of its code: no half seal, no contradiction, and the next one goes on.

A child process seals and is ended, without any clean-up, before the n-th line that it runs in `SHELL`. Then the next
signer seals. n goes up, in steps, until the child lives on.
"""

import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import projections.seals
from projections.seals.checkpoint import parse_seal, verify_signature
from projections.seals.reading import seals
from tests.projections.seals import naive
from tests.projections.seals.controls import KEY, Ledger, leaves_in, sealer_on
from tests.servers.postgres import Database

SHELL = {
    str(Path(projections.seals.__file__).with_name(name))
    for name in ("earlier.py", "outside.py", "reading.py", "sealer.py", "tiles.py")
}
STEP = 19


def killed_before_line(number: int, database: Database, place: Path) -> bool:
    child = os.fork()
    if child == 0:
        code = 2
        try:
            sealer = sealer_on(database, place)
            left = number

            def count(_frame: FrameType, event: str, _argument: Any) -> Any:
                nonlocal left
                if event == "line":
                    left -= 1
                    if left == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                return count

            sys.settrace(lambda frame, *_: count if frame.f_code.co_filename in SHELL else None)
            sealer.seal()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), code
    return code != 0


def assert_whole(database: Database, place: Path) -> int:
    """Every seal in the database is over the ledger's own rows and signed; every seal outside is one of them."""
    with database.connect("trialog_read") as connection:
        stored, leaves = seals(connection), leaves_in(connection)
    assert [row.number for row in stored] == list(range(1, len(stored) + 1))
    for row in stored:
        assert verify_signature(row.text, [KEY.public]) == (KEY.public,)
        assert parse_seal(row.text).root == row.root == naive.mth(leaves[: row.size])
    texts = {f"seal-{row.number:010}.txt": row.text for row in stored}
    found = {file.name: file.read_text() for file in place.glob("seal-*")}
    assert found.items() <= texts.items()
    return len(texts) - len(found)


@pytest.mark.slow
def test_a_killed_signer_leaves_no_half_seal(database: Database, tmp_path: Path) -> None:
    """Each kill finds the same: one seal over 3 rows, and 2 more commits of 2 rows."""
    ledger, begun = Ledger(database), tmp_path / "begun"
    ledger.grow(3)
    sealer_on(database, begun).seal()
    ledger.grow(4, rows_a_commit=2)
    kills, behind, line, killed = 0, 0, 1, True
    while killed:
        copy = database.server.create(f"{database.name}_killed", template=database.name)
        place = tmp_path / f"before line {line}"
        shutil.copytree(begun, place)
        killed = killed_before_line(line, copy, place)
        behind += assert_whole(copy, place)
        assert sealer_on(copy, place).seal().away == ()
        assert assert_whole(copy, place) == 0
        with copy.connect("trialog_read") as connection:
            assert [row.size for row in seals(connection)] == [3, 7]
        copy.server.drop(copy.name)
        kills, line = kills + killed, line + STEP
    assert kills > 12
    assert behind > 0, "at least once the seal was in the database and not yet outside"
