"""The two study files as bytes: the one that Trialog brings, and the invented second one."""

from importlib import resources
from pathlib import Path

from schemas.study import StudyDefinition, parse_study

SECOND_FILE = Path(__file__).with_name("cll.toml")
SECOND_TOML = SECOND_FILE.read_bytes()
SECOND: StudyDefinition = parse_study(SECOND_TOML)

FIRST_TOML = (resources.files("schemas.studies") / "nct06486350.toml").read_bytes()
FIRST: StudyDefinition = parse_study(FIRST_TOML)


def changed(*changes: tuple[str, str]) -> bytes:
    """The second study's file with each first text, which stands in it, replaced once by the second one."""
    toml = SECOND_TOML.decode()
    for old, new in changes:
        assert old in toml, f"{old!r} is not in the file"
        toml = toml.replace(old, new, 1)
    return toml.encode()
