"""The built-in study under a code of a test's own, so that its topics are its own too."""

from importlib import resources
from pathlib import Path

from schemas.study import StudyDefinition, parse_study

BUILT_IN = "NCT06486350"


def study_file(folder: Path, code: str) -> Path:
    file = folder / f"{code}.toml"
    file.write_bytes(_renamed(code))
    return file


def renamed_study(code: str) -> StudyDefinition:
    return parse_study(_renamed(code))


def _renamed(code: str) -> bytes:
    toml = (resources.files("schemas.studies") / f"{BUILT_IN.lower()}.toml").read_bytes()
    return toml.replace(f'id = "{BUILT_IN}"'.encode(), f'id = "{code.upper()}"'.encode(), 1)
