"""Reads the study definition: the one that Trialog brings, or the file that a setting names."""

from importlib import resources

from schemas.study import StudyDefinition, StudyError, parse_study
from trialog.errors import SettingsError
from trialog.settings import Settings

BUILT_IN = "nct06486350.toml"


def load_study(settings: Settings) -> StudyDefinition:
    """The definition that the settings name. Raises SettingsError where it is not there or contradicts itself."""
    try:
        if settings.study_file is None:
            return parse_study((resources.files("schemas.studies") / BUILT_IN).read_bytes())
        return parse_study(settings.study_file.read_bytes())
    except OSError as error:
        raise SettingsError(f"TRIALOG_STUDY: {settings.study_file} cannot be read ({error.strerror})") from error
    except StudyError as error:
        raise SettingsError(f"{settings.study_file or BUILT_IN}: {error}") from error
