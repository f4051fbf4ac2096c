"""What an export holds, where it ends, and that it is there whole and told of, or not at all."""

import base64
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eventlog.topics import EmbeddedTopics
from projections.export.archive import Exported, write_export
from projections.seals.keys import SealKey
from projections.seals.outside import FolderPlace
from projections.seals.reading import latest_seal, seal_numbered
from projections.seals.sealer import Sealer
from schemas.codec import decode
from schemas.events import Facts, RecordExported
from schemas.events.event import Event
from tests.audit.ledgers import KEY
from tests.projections.controls import ENROLLED, LAB, SCREENED, STUDY, MemoryLog, platelets, writer_on
from tests.servers.postgres import Database
from trialog.cli import app
from trialog.errors import NotReachable
from trialog.exports import ExportFile, export_to, seal_to_export
from trialog.settings import Settings

ENROLLMENT_ROWS, LAB_ROWS = "rows/nct06486350.enrollment.0.jsonl", "rows/nct06486350.lab.0.jsonl"


@pytest.fixture
def sealed(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Five rows in two commits under seal 1, one more row under seal 2, and a last one under none."""
    log = MemoryLog()
    log.send(SCREENED, ENROLLED, platelets("p-1"))
    log.send_bytes(LAB, b"\x00\xff no event", headers=(("content-type", b"text/plain"),))
    log.send_bytes(LAB, None, key=None)
    writer = writer_on(database)
    sealer = Sealer(lambda: database.connect("trialog_app"), lambda: [KEY], [FolderPlace(tmp_path / "outside")])
    log.apply_all(writer)
    sealer.seal()
    for number in (2, 3):
        log.send(platelets(f"p-{number}"))
        log.apply_all(writer)
        if number == 2:
            sealer.seal()
    writer.close()
    EmbeddedTopics(lambda: database.connect("trialog_owner")).ensure("NCT06486350")
    monkeypatch.setenv("DATABASE_URL", database.url("trialog_read"))
    monkeypatch.setenv("TRIALOG_INTAKE_DATABASE_URL", database.url("trialog_intake"))
    monkeypatch.setenv("TRIALOG_DATA", str(tmp_path / "data"))
    return database


def recorded(database: Database) -> list[Facts]:
    """What the log has of oversight: the exports that were told of."""
    with database.connect("trialog_owner") as connection:
        rows = connection.execute("SELECT value FROM eventlog.records WHERE topic LIKE '%.oversight'").fetchall()
    events = [decode(value) for (value,) in rows]
    return [event.facts for event in events if isinstance(event, Event)]


def written(database: Database, seal: int = 2, keys: tuple[SealKey, ...] = (KEY,)) -> tuple[Exported, bytes]:
    buffer = io.BytesIO()
    with database.connect("trialog_read") as connection:
        found = seal_numbered(connection, seal)
        assert found is not None
        return write_export(connection, buffer, found, {"study.toml": b"study"}, keys), buffer.getvalue()


def files(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(content: bytes, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files(content)[name].splitlines()]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["ledger", "export", *arguments], env={"COLUMNS": "200"})


def test_rows_have_the_exact_bytes_and_the_verdict(sealed: Database) -> None:
    _, content = written(sealed)
    accepted, no_event, nothing, _ = rows(content, LAB_ROWS)
    assert (accepted["status"], accepted["event_id"], accepted["reason"]) == ("accepted", "p-1", None)
    assert json.loads(base64.b64decode(accepted["value"]))["id"] == "p-1"
    assert (no_event["value"], no_event["status"]) == ("AP8gbm8gZXZlbnQ=", "quarantined")  # base64 of \x00\xff no event
    assert base64.b64decode(no_event["headers"]) == b"\0\0\0\1\0\0\0\x0ccontent-type\0\0\0\x0atext/plain"
    assert (nothing["key"], nothing["value"]) == (None, None)
    assert [row["log_time_ms"] for row in (accepted, no_event)] == [1_700_000_000_000, 1_700_000_000_001]


def test_it_ends_at_its_seal_and_says_how_many_rows_are_behind(sealed: Database) -> None:
    holds, content = written(sealed, 1)
    assert holds == Exported(seal=1, rows=5, commit=2, files=8, behind=2, signed=True)
    assert [len(rows(content, name)) for name in (ENROLLMENT_ROWS, LAB_ROWS)] == [2, 3]
    later, more = written(sealed, 2)
    assert (later.rows, later.behind, len(rows(more, LAB_ROWS))) == (6, 1, 4)
    assert files(more)["seals.txt"].startswith(files(content)["seals.txt"])


def test_manifest_hashes_every_other_file(sealed: Database) -> None:
    _, content = written(sealed)
    packed = files(content)
    text = packed.pop("manifest.txt").decode()
    listed = {line[66:]: line[:64] for line in text.split("\n\n")[0].splitlines()[1:]}
    assert listed == {name: hashlib.sha256(inside).hexdigest() for name, inside in packed.items()}
    assert text.startswith("trialog/NCT06486350/export\n")


def test_the_same_ledger_and_seal_give_the_same_bytes(sealed: Database) -> None:
    assert written(sealed)[1] == written(sealed)[1]


def test_without_a_key_the_manifest_has_no_signature(sealed: Database) -> None:
    holds, content = written(sealed, keys=())
    assert not holds.signed
    assert "\n\n" not in files(content)["manifest.txt"].decode()


def test_the_command_writes_an_archive_that_its_own_verifier_finds_whole(sealed: Database, tmp_path: Path) -> None:
    ended = run(str(tmp_path))
    assert ended.exit_code == 0, ended.output
    path = tmp_path / "trialog-NCT06486350-seal-2.zip"
    said = ended.stdout.splitlines()
    assert said[0].startswith(f"{path}: 6 rows in ")
    assert said[0].endswith(" files, to seal 2 (commit 3)")
    assert said[1] == f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert said[2] == "the manifest is not signed: no sealing key is here"
    assert recorded(sealed) == [RecordExported(content="ledger", rows=6, sha256=said[1].removeprefix("sha256 "))]
    assert said[3] == (
        "rows that came after seal 2 and are not in it: 1; to have them, `trialog ledger seal`, then export again"
    )
    packed = files(path.read_bytes())
    assert {"README.md", "study.toml", "contracts/asyncapi.json", "data-dictionary.zh.md"} <= packed.keys()
    assert "contracts/schemas/lab.result-reported.v1.json" in packed
    (tmp_path / "verify.py").write_bytes(packed["verify_trialog.py"])
    checked = subprocess.run(
        [sys.executable, "-I", "verify.py", path.name, "--key", KEY.public.text],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.startswith("rows: 6, seals: 2, manifest: not signed: of files other than rows and seals")


def test_the_manifest_is_signed_where_the_sealing_key_is(
    sealed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIALOG_SEAL_KEY", KEY.private_text)
    ended = run(str(tmp_path / "signed.zip"), "--to-seal", "1", "--json")
    assert ended.exit_code == 0, ended.output
    said = json.loads(ended.stdout)
    assert said["holds"] == {
        "seal": 1,
        "rows": 5,
        "commit": 2,
        "files": said["holds"]["files"],
        "behind": 2,
        "signed": True,
    }
    text = files((tmp_path / "signed.zip").read_bytes())["manifest.txt"].decode()
    assert f"\n\n\u2014 {KEY.name} " in text


def test_readme_inside_says_it_in_both_languages(sealed: Database, tmp_path: Path) -> None:
    assert run(str(tmp_path / "x.zip")).exit_code == 0
    text = files((tmp_path / "x.zip").read_bytes())["README.md"].decode()
    for part in ("first 6 rows", "账本的前 6 行", KEY.public.fingerprint, "not signed", "未签名"):
        assert part in text


def test_a_file_that_is_there_is_never_written_over(sealed: Database, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"earlier")
    ended = run(str(tmp_path / "x.zip"))
    assert "is there already" in str(ended.exception)
    assert (tmp_path / "x.zip").read_bytes() == b"earlier"


def test_an_export_that_cannot_be_told_of_is_not_there(sealed: Database, tmp_path: Path) -> None:
    told: list[ExportFile] = []

    def refuse(written: ExportFile) -> None:
        told.append(written)
        raise NotReachable("the access could not be recorded")

    with sealed.connect("trialog_read") as connection:
        seal = seal_to_export(connection, None)
        with pytest.raises(NotReachable):
            export_to(tmp_path / "x.zip", connection, seal, Settings(), STUDY, [KEY], refuse)
    assert [(each.holds.rows, len(each.sha256)) for each in told] == [(6, 64)]
    assert [path.name for path in tmp_path.iterdir() if "x.zip" in path.name] == []


def test_nothing_sealed_is_nothing_to_export(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url("trialog_read"))
    ended = run(str(tmp_path / "x.zip"))
    assert "run `trialog ledger seal` first" in str(ended.exception)


def test_a_seal_that_is_not_there_is_named(sealed: Database, tmp_path: Path) -> None:
    assert "--to-seal 3: there is no such seal" in str(run(str(tmp_path / "x.zip"), "--to-seal", "3").exception)


def test_the_last_seal_is_the_default(sealed: Database) -> None:
    with sealed.connect("trialog_read") as connection:
        last = latest_seal(connection)
    assert last is not None
    assert files(written(sealed)[1])["last-seal.txt"].decode() == last.text
    assert STUDY.id in last.text
