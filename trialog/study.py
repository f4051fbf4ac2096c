"""Reads the study definition: the one that Trialog brings, or the file that a setting names."""

from importlib import resources
from importlib.resources.abc import Traversable

from schemas.study import StudyDefinition, StudyError, parse_study
from trialog.errors import SettingsError
from trialog.settings import Settings


def load_study(settings: Settings) -> StudyDefinition:
    """The definition that the settings name.

    Raises SettingsError where it is not there, or with everything that is wrong with it: file, line, path, what next.
    """
    file = settings.study_file or _brought()
    try:
        return parse_study(file.read_bytes())
    except OSError as error:
        raise SettingsError(f"TRIALOG_STUDY: {file} cannot be read ({error.strerror})") from error
    except StudyError as error:
        count = len(error.problems)
        told = "\n".join(f"  {file}:{problem}" for problem in error.problems)
        raise SettingsError(f"TRIALOG_STUDY: {count} {'problem' if count == 1 else 'problems'}\n{told}") from error


def study_text(settings: Settings) -> bytes:
    """The definition that the settings name, as it is written. Raises SettingsError where it is not there."""
    file = settings.study_file or _brought()
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"TRIALOG_STUDY: {file} cannot be read ({error.strerror})") from error


def _brought() -> Traversable:
    """The one definition in the package."""
    files = [file for file in resources.files("schemas.studies").iterdir() if file.name.endswith(".toml")]
    if len(files) != 1:
        raise SettingsError(f"TRIALOG_STUDY: not set, and Trialog brings {len(files)} studies; name the file of one")
    return files[0]
