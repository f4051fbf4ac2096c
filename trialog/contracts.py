"""The published contracts on disk: written, and compared with what the code says now."""

from importlib import metadata, resources
from pathlib import Path

import msgspec

from schemas.contracts.files import SCHEMA_FOLDER, contract_files, narrowings
from schemas.contracts.texts import Dictionary, gaps, parse_dictionary
from trialog.errors import AnswerIsNo, SettingsError

MISSING = "is missing"
DIFFERS = "differs from the code"
LEFT_OVER = "is of no type that there is"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One file that is not as the code would write it. ``path`` is within the folder of the contracts."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path} {self.what}"


def current_files() -> dict[str, bytes]:
    """What this code publishes, by path. Raises AnswerIsNo as `files_of` and `dictionary` do."""
    return files_of(dictionary("en"), dictionary("zh"))


def files_of(en: Dictionary, zh: Dictionary) -> dict[str, bytes]:
    """What is published with these texts. Raises AnswerIsNo where one is missing, or belongs to nothing."""
    wanting = [f"schemas/dictionary/en.toml: {gap}" for gap in gaps(en)]
    wanting += [f"schemas/dictionary/zh.toml: {gap}" for gap in gaps(zh)]
    if wanting:
        raise AnswerIsNo("\n".join(["the data dictionary is not whole:", *wanting]))
    return contract_files(en, zh, metadata.version("trialog"))


def dictionary(language: str) -> Dictionary:
    """The texts in one language. Raises AnswerIsNo where they are not in the form that they must have."""
    file = resources.files("schemas.dictionary") / f"{language}.toml"
    try:
        return parse_dictionary(file.read_bytes())
    except msgspec.DecodeError as error:
        raise AnswerIsNo(f"schemas/dictionary/{language}.toml: {error}") from error


def differences(folder: Path, files: dict[str, bytes]) -> list[Difference]:
    """Each file in ``folder`` that is not as in ``files``, and each schema there that is none of them."""
    there = _read(folder, files)
    wrong = [
        Difference(path=path, what=DIFFERS if path in there else MISSING)
        for path, content in files.items()
        if there.get(path) != content
    ]
    return wrong + [Difference(path=path, what=LEFT_OVER) for path in sorted(there.keys() - files.keys())]


def publish(folder: Path, files: dict[str, bytes]) -> list[Difference]:
    """Writes what differs, and returns what differed. Raises AnswerIsNo, with nothing written, where a schema that is
    there takes records that the new one would refuse.
    """
    broken = list(narrowings(_read(folder, files), files))
    if broken:
        remedy = "Nothing was written. Make a new version of the type, and an upcast from the old one."
        raise AnswerIsNo("\n".join(["records that were valid would no longer be:", *broken, remedy]))
    differing = differences(folder, files)
    for each in differing:
        path = folder / each.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[each.path])
    return differing


def _read(folder: Path, files: dict[str, bytes]) -> dict[str, bytes]:
    """The content of those files, and of every schema, that is in the folder."""
    paths = {*files, *(path.relative_to(folder).as_posix() for path in (folder / SCHEMA_FOLDER).glob("*.json"))}
    try:
        return {path: (folder / path).read_bytes() for path in sorted(paths) if (folder / path).is_file()}
    except OSError as error:
        raise SettingsError(f"--into {folder}: cannot be read ({error.strerror})") from error
