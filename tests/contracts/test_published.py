"""The committed contracts are what the code says, and take every record that they ever took."""

import json
import shutil
from pathlib import Path

import pytest

from schemas.contracts.compatibility import bare, incompatibilities
from schemas.contracts.described import PUBLISHED
from schemas.upcasts import OLD_VERSIONS
from tests.contracts.documents import CONTRACTS, DOCS, published
from tests.schemas.freeze import freeze
from tests.schemas.frozen import HERE, baselines, read_manifest, standing
from trialog.contracts import current_files, differences


def test_the_committed_files_are_what_the_code_says() -> None:
    assert [str(each) for each in differences(DOCS, current_files())] == [], "run `trialog schema`"


@pytest.mark.parametrize("type_", PUBLISHED)
def test_a_published_schema_takes_whatever_an_earlier_form_of_it_took(type_: str) -> None:
    earlier = baselines(type_)
    assert earlier, "not frozen yet: run `python -m tests.schemas.freeze`"
    assert [each for form in earlier for each in incompatibilities(form, published(type_))] == []


@pytest.mark.parametrize("type_", PUBLISHED)
def test_the_newest_frozen_form_of_a_schema_is_the_published_one(type_: str) -> None:
    assert baselines(type_)[-1] == bare(published(type_)), "run `python -m tests.schemas.freeze`"


@pytest.mark.parametrize("type_", OLD_VERSIONS)
def test_the_schema_of_an_old_version_never_changes_at_all(type_: str) -> None:
    # A value that only the newest version knows must not slip into an old one through a shared enumeration.
    assert baselines(type_) == [bare(published(type_))]


def test_no_type_that_was_ever_frozen_is_gone() -> None:
    frozen = {
        name.split("/")[1].rsplit(".", 2)[0] for name in read_manifest(HERE / "SHA256SUMS") if "baseline/" in name
    }
    assert frozen == set(PUBLISHED)


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Path, Path]:
    """The frozen folder and the published schemas, to be changed at will."""
    for part in ("golden", "baseline"):
        shutil.copytree(HERE / part, tmp_path / "frozen" / part)
    shutil.copy(HERE / "SHA256SUMS", tmp_path / "frozen")
    shutil.copytree(CONTRACTS / "schemas", tmp_path / "schemas")
    return tmp_path / "frozen", tmp_path / "schemas"


def change(schemas: Path, old: str, new: str) -> None:
    path = schemas / "subject.died.v2.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_is_frozen_already_is_not_frozen_again(copies: tuple[Path, Path]) -> None:
    assert freeze(*copies) == []


def test_a_wider_schema_is_frozen_beside_its_earlier_form(copies: tuple[Path, Path]) -> None:
    frozen, schemas = copies
    change(schemas, '"infection",', '"infection",\n        "suicide",')
    assert freeze(*copies) == ["baseline/subject.died.v2.2.json"]
    assert freeze(*copies) == []
    assert len(baselines("subject.died.v2", frozen)) == 2
    assert standing(frozen).sentences() == []


def test_a_narrower_schema_is_not_frozen(copies: tuple[Path, Path]) -> None:
    frozen, schemas = copies
    change(schemas, '"infection",', "")
    with pytest.raises(SystemExit, match=r"^subject\.died\.v2: \$\.data\.cause: no longer takes 'infection'$"):
        freeze(*copies)
    assert len(baselines("subject.died.v2", frozen)) == 1


def test_nothing_is_frozen_while_a_frozen_file_is_changed(copies: tuple[Path, Path]) -> None:
    frozen, _ = copies
    (frozen / "golden" / "visit.done.v1.json").write_bytes(b"{}")
    with pytest.raises(SystemExit, match=r"golden/visit\.done\.v1\.json is frozen and was changed: put it back"):
        freeze(*copies)


def test_the_files_are_text_that_ends_with_its_line() -> None:
    for path, content in current_files().items():
        assert content.endswith(b"\n"), path
        if path.endswith(".json"):
            assert json.loads(content)
