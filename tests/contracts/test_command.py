"""`trialog schema`, as a person runs it in a folder of their own."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.contracts.described import PUBLISHED
from tests.contracts.documents import DOCS
from trialog import contracts
from trialog.cli import app
from trialog.contracts import publish
from trialog.errors import AnswerIsNo

# A schema for each type and version, the AsyncAPI document, and the dictionary in two languages.
FILES = len(PUBLISHED) + 3
DEATH = "contracts/schemas/subject.died.v2.json"


def run(*command: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what ended it."""
    done = CliRunner().invoke(app, ["schema", *command])
    ended = done.exception
    assert ended is None or isinstance(ended, AnswerIsNo | SystemExit)
    return (ended.exit_code if isinstance(ended, AnswerIsNo) else done.exit_code), done.stdout, str(ended or "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert run("--into", str(tmp_path))[0] == 0
    return tmp_path


def test_it_writes_what_is_committed(folder: Path) -> None:
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.is_file()}
    assert {"contracts/asyncapi.json", "data-dictionary.en.md", "data-dictionary.zh.md", DEATH} <= written
    assert len(written) == FILES
    for path in written:
        assert (folder / path).read_bytes() == (DOCS / path).read_bytes()


def test_it_says_what_it_wrote_and_writes_nothing_twice(folder: Path) -> None:
    (folder / DEATH).unlink()
    code, printed, _ = run("--into", str(folder))
    assert code == 0
    assert printed == f"wrote {folder / DEATH}\n{FILES} files are as the code says\n"
    assert run("--into", str(folder))[1] == f"{FILES} files are as the code says\n"


def test_check_of_what_was_just_written_is_clean(folder: Path) -> None:
    assert run("--into", str(folder), "--check") == (0, f"{FILES} files are as the code says\n", "")


def test_check_names_what_is_missing_differs_or_is_left_over_and_writes_nothing(folder: Path) -> None:
    (folder / "contracts" / "asyncapi.json").unlink()
    (folder / "data-dictionary.zh.md").write_text("edited by hand")
    shutil.copy(folder / DEATH, folder / "contracts" / "schemas" / "subject.born.v1.json")

    code, printed, ended = run("--into", str(folder), "--check")

    assert code == 1
    assert printed.splitlines() == [
        "contracts/asyncapi.json is missing",
        "data-dictionary.zh.md differs from the code",
        "contracts/schemas/subject.born.v1.json is of no type that there is",
    ]
    assert ended == "3 of the published files are not what the code says: run `trialog schema`"
    assert not (folder / "contracts" / "asyncapi.json").exists()


def test_json_is_one_document_and_nothing_else(folder: Path) -> None:
    (folder / DEATH).unlink()
    code, printed, _ = run("--into", str(folder), "--check", "--json")
    assert code == 1
    assert json.loads(printed) == {"files": FILES, "differences": [{"path": DEATH, "what": "is missing"}]}
    assert json.loads(run("--into", str(folder), "--json")[1]) == {
        "files": FILES,
        "written": [{"path": DEATH, "what": "is missing"}],
    }
    assert json.loads(run("--into", str(folder), "--json")[1]) == {"files": FILES, "written": []}


def test_what_would_refuse_records_that_were_valid_is_not_written(folder: Path) -> None:
    wider = (folder / DEATH).read_bytes().replace(b'"infection",', b'"infection",\n        "suicide",')
    (folder / DEATH).write_bytes(wider)
    (folder / "contracts" / "asyncapi.json").unlink()

    code, printed, ended = run("--into", str(folder))

    assert (code, printed) == (1, "")
    assert f"{DEATH}: $.data.cause: no longer takes 'suicide'" in ended
    assert "Make a new version of the type" in ended
    assert (folder / DEATH).read_bytes() == wider
    assert not (folder / "contracts" / "asyncapi.json").exists()


def test_a_type_that_is_gone_is_not_passed_over(folder: Path) -> None:
    files = {path: content for path, content in contracts.current_files().items() if path != DEATH}
    with pytest.raises(AnswerIsNo, match=r"subject\.died\.v2\.json: the type is gone"):
        publish(folder, files)


def test_nothing_is_published_while_a_text_is_missing() -> None:
    whole, lacking = contracts.dictionary("en"), contracts.dictionary("zh")
    del lacking.types["visit.done.v1"]
    with pytest.raises(AnswerIsNo, match=r"schemas/dictionary/zh\.toml: types\.visit\.done\.v1: no text"):
        contracts.files_of(whole, lacking)
