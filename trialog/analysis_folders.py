"""Writes a finished analysis to disk as a folder: whole under its name, or not at all; told of before it is there."""

import datetime as dt
import os
import shutil
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import psycopg

from analytics.folder.contents import Folder, Origin, folder
from analytics.folder.withholding import without
from analytics.plan_as_of import PlanAsOf, plan_as_of
from analytics.plans.plan import Plan
from projections.seals.reading import seal_over
from schemas.events import RecordExported
from schemas.study import StudyDefinition
from trialog.access import Access
from trialog.errors import SettingsError

CONTENT = "analysis-folder"
PLACE = "/command/stats"
BEFORE_ALL = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""When the empty ledger was committed, for files that must say it."""


def folder_of(
    connection: psycopg.Connection[Any],
    study: StudyDefinition,
    own: Plan | None,
    found: PlanAsOf,
    hidden: tuple[str, ...],
) -> Folder:
    """What is hidden goes with the estimates that read it; the others are computed again, and are the same."""
    if hidden:
        plan, cutoff_on = without(found.plan, hidden), found.analyses.cutoff_on
        if not plan.estimates:
            raise SettingsError("every estimate of the plan reads what this role may not see: nothing is exported")
        found = plan_as_of(connection, study, plan, own, found.known_at, cutoff_on)
    sealed = seal_over(connection, found.known_at.commit)
    origin = Origin(
        position=str(found.known_at),
        at=found.known_at.committed_at or BEFORE_ALL,
        seal=None if sealed is None else f"{sealed.number}, root {sealed.root.hex()}",
        withheld=hidden,
        trialog=metadata.version("trialog"),
    )
    return folder(found.analyses, found.plan, found.table, origin)


def write_folder(path: Path, made: Folder, access: Access) -> None:
    """Raises SettingsError where the path is taken or cannot be written, LogUnavailable where it cannot be recorded."""
    if path.exists():
        raise SettingsError(f"{path}: is there already; an export is never written over, name another folder")
    unnamed = path.with_name(f".{path.name}.writing")
    try:
        unnamed.mkdir()
        for name, content in made.files.items():
            _written(unnamed / name, content)
        access.record(RecordExported(content=CONTENT, rows=made.rows, sha256=made.digest), place=PLACE)
        # From here on the data are out: a crash before this line leaves an export that is told of and did not happen.
        unnamed.rename(path)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            shutil.rmtree(unnamed)


def _written(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
