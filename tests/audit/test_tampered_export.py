"""The tamper table, on an export of 10,200 rows: 300 tries here, 10,000 with `make tamper`."""

import os
import zipfile
from pathlib import Path
from random import Random

import pytest

from projections.export import verify_trialog
from projections.export.archive import Exported
from projections.seals.keys import SealKey
from tests.audit import outsider
from tests.audit.insider import Change
from tests.audit.ledgers import KEY
from tests.audit.table import DETECTED, LOCATED, UNNOTICED, Counted, kinds, shares, table
from tests.audit.tampering import Archived, Try, Verifier, names

KEY_TEXT = KEY.public.text
Archive = tuple[Path, Exported]


@pytest.fixture(scope="module")
def whole(archive: Archive) -> Archived:
    return Archived.read(archive[0], KEY_TEXT)


@pytest.fixture(scope="module")
def counted(archive: Archive) -> list[Counted]:
    return table(archive[0], tries=300, seed=1, at_once=min(2, os.cpu_count() or 1))


def test_300_tries_are_spread_over_every_kind() -> None:
    many = dict(zip((kind.title for kind in kinds()), shares(300), strict=True))
    assert sum(many.values()) == 306  # beside them, 6 of what is not promised
    assert min(many.values()) >= 3
    assert sum(shares(10_000)) == 10_200


def test_edits_by_whoever_has_no_key_are_all_located(counted: list[Counted]) -> None:
    outside = [each for each in counted if each.kind.must == LOCATED]
    assert [(each.kind.title, each.wrong) for each in outside if each.wrong] == []
    assert sum(each.located for each in outside) == sum(each.tries for each in outside) == 240


def test_rewritings_by_whoever_has_a_key_are_all_detected(counted: list[Counted]) -> None:
    inside = [each for each in counted if each.kind.must == DETECTED]
    assert [(each.kind.title, each.wrong) for each in inside if each.wrong] == []
    assert sum(each.detected for each in inside) == sum(each.tries for each in inside) == 60


def test_without_a_kept_seal_a_rewriting_with_the_real_key_is_not_noticed(counted: list[Counted]) -> None:
    """What is not promised: else it would be something other than the kept seal that convicts the insider above."""
    (nobody,) = [each for each in counted if each.kind.must == UNNOTICED]
    assert (nobody.tries, nobody.detected) == (6, 0)


def test_the_whole_export_has_no_difference(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_trialog.main([str(archive[0]), "--key", KEY_TEXT]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "rows: 10200, seals: 9, manifest: signed"
    assert printed[1].startswith("trustworthy: 10200 of 10200 rows, to commit 175, 20")
    assert printed[2] == "WHOLE: rows as they were sealed, files as the manifest says"


def test_unpacked_it_is_as_whole_and_extends_a_kept_seal(
    archive: Archive, whole: Archived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_text(f"# of the protocol\n{KEY_TEXT}\n")
    (tmp_path / "kept").write_text(whole.seal(4))
    with zipfile.ZipFile(archive[0]) as packed:
        packed.extractall(tmp_path / "unpacked")
    asked = [str(tmp_path / "unpacked"), "--key", str(tmp_path / "key"), "--kept", str(tmp_path / "kept")]
    assert verify_trialog.main(asked) == 0
    assert "; the seal that you kept holds" in capsys.readouterr().out


def test_a_difference_says_file_row_and_what_stays_trustworthy(
    archive: Archive, whole: Archived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "rows/nct06486350.lab.2.jsonl"
    lines = list(whole.lines[name])
    lines[1000] = outsider.changed(lines[1000], outsider.value, Random(1))
    with zipfile.ZipFile(tmp_path / "edited.zip", "w") as edited:
        for path, content in whole.with_lines(name, lines).items():
            edited.writestr(path, content)
    assert verify_trialog.main([str(tmp_path / "edited.zip"), "--key", KEY_TEXT]) == 1
    trusted, *told = capsys.readouterr().out.splitlines()[1:]
    assert trusted.startswith("trustworthy: 10199 of 10200 rows, to commit 175, 20")
    assert told == [
        f"{name}: is missing, not in the manifest, or not what the manifest says",
        f"nct06486350.lab[2]@1000: line 1001 of {name}: what was received, or its status, is not as chained",
    ]


def test_another_key_than_the_pinned_one_proves_nothing(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    other = SealKey(KEY.name, bytes(32)).public.text
    assert verify_trialog.main([str(archive[0]), "--key", other]) == 1
    assert "trustworthy: none" in capsys.readouterr().out


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not an archive", b"rows"])
def test_what_is_no_archive_is_wrong_use(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(damage)
    assert verify_trialog.main([str(tmp_path / "x.zip"), "--key", KEY_TEXT]) == 2


def test_a_damaged_file_inside_is_told_and_the_others_are_read(
    archive: Archive, whole: Archived, tmp_path: Path
) -> None:
    content = bytearray(archive[0].read_bytes())
    with zipfile.ZipFile(archive[0]) as packed:
        found = packed.getinfo("rows/nct06486350.lab.1.jsonl")
    at = found.header_offset + len(found.filename) + 200
    content[at : at + 40] = bytes(40)
    (tmp_path / "damaged.zip").write_bytes(content)
    export = verify_trialog.Export(tmp_path / "damaged.zip")
    verify_trialog.verify(export, dict([verify_trialog.parse_key(KEY_TEXT)]), None)
    files = {place for place, kind in export.differences if kind == "file"}
    assert files == {"rows/nct06486350.lab.1.jsonl"}


def test_a_row_that_could_not_be_checked_against_the_one_before_is_not_among_the_trustworthy(whole: Archived) -> None:
    """A line that nobody can read, set before a row, must not hide that the row is another one."""
    name = "rows/nct06486350.lab.2.jsonl"
    lines = list(whole.lines[name])
    lines[500] = outsider.changed(lines[500], outsider.value, Random(1))
    lines.insert(500, b"{}\n")
    told = Verifier(whole).check(Try(whole.with_lines(name, lines)))
    assert any(names(each, "nct06486350.lab[2]@500") for each in told.differences)
    assert told.summary[1].startswith("trustworthy: 10199 of 10200 rows, ")


def test_of_rows_that_are_missing_none_behind_the_last_seal_before_them_is_trustworthy(whole: Archived) -> None:
    name = "rows/nct06486350.lab.2.jsonl"
    lines = list(whole.lines[name])
    del lines[1000]
    told = Verifier(whole).check(Try(whole.with_lines(name, lines)))
    assert told.summary[1].startswith("trustworthy: 3600 of 3600 rows, to commit 60, ")
    assert "seals.txt, seal 4: it covers 4800 rows, and these 4859 are others" in told.differences


@pytest.mark.parametrize(
    ("change", "trustworthy"),
    [
        (outsider.value, "10197 of 10200 rows"),
        (outsider.earlier("received_at"), "10197 of 10200 rows"),
        (outsider.chain, "10194 of 10200 rows"),  # a chain hash is a part of two rows: its own and the next one
        (outsider.leaf, "none"),  # without its leaf's hash no root can be computed over a row
    ],
)
def test_every_row_but_the_edited_ones_stays_trustworthy(change: Change, trustworthy: str, whole: Archived) -> None:
    """One early row of each of three partitions is edited."""
    lines = {name: list(whole.lines[name]) for name in whole.rows}
    for name in whole.rows[:3]:
        lines[name][7] = outsider.changed(lines[name][7], change, Random(1))
    told = Verifier(whole).check(Try({**whole.files, **{name: b"".join(each) for name, each in lines.items()}}))
    assert told.detected
    assert told.summary[1].startswith(f"trustworthy: {trustworthy}")
