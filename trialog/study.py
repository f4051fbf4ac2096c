"""Reads the study definition: the one that Trialog brings, or the file that a setting names."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.study import StudyDefinition, StudyError, parse_study
from trialog.errors import SettingsError
from trialog.settings import Settings

if TYPE_CHECKING:
    from analytics.plans.plan import Plan
    from analytics.prespecified import Prespecified

PLAN_SUFFIX = ".plan.toml"


def load_study(settings: Settings) -> StudyDefinition:
    """The definition that the settings name.

    Raises SettingsError where it is not there, or with everything that is wrong with it: file, line, path, what next.
    """
    text = study_text(settings)
    try:
        return parse_study(text)
    except StudyError as error:
        file = settings.study_file or _brought()
        count = len(error.problems)
        told = "\n".join(f"  {file}:{problem}" for problem in error.problems)
        raise SettingsError(f"TRIALOG_STUDY: {count} {'problem' if count == 1 else 'problems'}\n{told}") from error


def load_plan(settings: Settings) -> bytes | None:
    """The document of the study's analysis plan: the file that the settings name, else the one beside the study's file.

    None where there is none. Raises SettingsError where it cannot be read, or with everything that is wrong with it.
    """
    # Imported here: most commands need no plan, and need not wait for the estimators to load.
    from analytics.plans.plan import PlanError, parse_plan
    from analytics.study_table import STUDY_COLUMNS

    file = _plan_file(settings)
    if file is None:
        return None
    try:
        document = file.read_bytes()
        parse_plan(document, STUDY_COLUMNS)
    except OSError as error:
        raise SettingsError(f"TRIALOG_PLAN: {file} cannot be read ({error.strerror})") from error
    except PlanError as error:
        told = "\n".join(f"  {file}:{problem}" for problem in error.problems)
        raise SettingsError(f"TRIALOG_PLAN: {len(error.problems)} problems\n{told}") from error
    return document


def own_plan(settings: Settings) -> "Plan | None":
    """The study's analysis plan, read; None for a study without one. Raises what `load_plan` raises."""
    from analytics.plans.plan import parse_plan
    from analytics.study_table import STUDY_COLUMNS

    document = load_plan(settings)
    return None if document is None else parse_plan(document, STUDY_COLUMNS)


def prespecified(settings: Settings, study: StudyDefinition) -> "Prespecified":
    """What the study's plan asks for, of the numbers that are shown. Raises what `load_plan` raises."""
    from analytics.prespecified import Prespecified

    return Prespecified(own_plan(settings), study.endpoints)


def _plan_file(settings: Settings) -> Path | Traversable | None:
    return settings.plan_file or _beside(settings.study_file or _brought())


def _beside(study: Path | Traversable) -> Path | Traversable | None:
    """``study.plan.toml`` beside ``study.toml``."""
    name = study.name.removesuffix(".toml") + PLAN_SUFFIX
    if isinstance(study, Path):
        return file if (file := study.with_name(name)).is_file() else None
    return next((file for file in resources.files("schemas.studies").iterdir() if file.name == name), None)


def study_text(settings: Settings) -> bytes:
    """The definition that the settings name, as it is written. Raises SettingsError where it is not there."""
    file = settings.study_file or _brought()
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"TRIALOG_STUDY: {file} cannot be read ({error.strerror})") from error


def _brought() -> Traversable:
    """The one definition in the package."""
    files = [
        file
        for file in resources.files("schemas.studies").iterdir()
        if file.name.endswith(".toml") and not file.name.endswith(PLAN_SUFFIX)
    ]
    if len(files) != 1:
        raise SettingsError(f"TRIALOG_STUDY: not set, and Trialog brings {len(files)} studies; name the file of one")
    return files[0]
