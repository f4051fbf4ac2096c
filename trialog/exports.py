"""Writes an export to disk: whole under its name, or not at all; and told of before it is there."""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from projections.export.archive import Exported, write_export
from projections.export.readme import readme
from projections.export.written import README, STUDY, VERIFIER
from projections.seals.checkpoint import parse_seal
from projections.seals.keys import SealKey
from projections.seals.reading import SealRow, latest_seal, seal_keys, seal_numbered
from schemas.study import StudyDefinition
from trialog.contracts import current_files
from trialog.errors import AnswerIsNo, SettingsError
from trialog.settings import Settings
from trialog.study import study_text

Told = Callable[["ExportFile"], None]
"""Called when the archive is written and not yet there under its name. Where it raises, the archive never is."""


class ExportFile(msgspec.Struct, frozen=True, kw_only=True):
    """An archive on disk. ``sha256`` is of the whole file, in hexadecimal."""

    path: Path
    sha256: str
    holds: Exported


def nobody_told(_file: ExportFile) -> None:
    """For whoever tells of the export in another way."""


def seal_to_export(connection: psycopg.Connection[Any], number: int | None) -> SealRow:
    """The seal of this number, None for the last one. Raises AnswerIsNo."""
    seal = latest_seal(connection) if number is None else seal_numbered(connection, number)
    if seal is None and number is None:
        raise AnswerIsNo("nothing is sealed yet, and an export ends at a seal: run `trialog ledger seal` first")
    if seal is None:
        raise AnswerIsNo(f"--to-seal {number}: there is no such seal yet; `trialog ledger key show` names the last one")
    return seal


def export_to(
    path: Path,
    connection: psycopg.Connection[Any],
    seal: SealRow,
    settings: Settings,
    study: StudyDefinition,
    keys: Sequence[SealKey],
    told: Told = nobody_told,
) -> ExportFile:
    """Writes everything up to this seal; into a folder under a name that says which. Raises SettingsError."""
    if path.is_dir():
        path = path / f"trialog-{study.id}-seal-{seal.number}.zip"
    if path.exists():
        raise SettingsError(f"{path}: is there already; an export is never written over, name another file")
    enclosed = enclosures(connection, seal, settings, study, signed=bool(keys))
    unnamed = path.with_name(f".{path.name}.writing")
    try:
        with unnamed.open("wb") as file:
            holds = write_export(connection, file, seal, enclosed, keys)
            file.flush()
            os.fsync(file.fileno())
        with unnamed.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        written = ExportFile(path=path, sha256=digest, holds=holds)
        told(written)
        # From here on the data are out. A crash before this line leaves an access that is told of and did not happen,
        # never one that happened untold.
        unnamed.rename(path)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            unnamed.unlink(missing_ok=True)
    return written


def enclosures(
    connection: psycopg.Connection[Any], seal: SealRow, settings: Settings, study: StudyDefinition, *, signed: bool
) -> dict[str, bytes]:
    """What goes into the archive beside the ledger, by path: README, verifier, study definition, contracts."""
    text = readme(study.id, seal.number, parse_seal(seal.text), seal_keys(connection), signed=signed)
    verifier = resources.files("projections.export") / VERIFIER
    return {
        README: text.encode(),
        VERIFIER: verifier.read_bytes(),
        STUDY: study_text(settings),
        **current_files(),
    }
