"""The statistical report of a trial: read from the ledger as it was known, and written to files."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import psycopg

from monitor.words import LANGUAGES, Language, Words
from projections.seals.reading import latest_seal, seal_keys
from schemas.events.access import SubjectRead, Via
from schemas.study import StudyDefinition
from schemas.two_times import KnownAt
from trialog.errors import SettingsError
from trialog.settings import Settings
from trialog.study import load_plan

if TYPE_CHECKING:
    from monitor.report.content import Report, Sealed

LANGUAGES_BY_OPTION: dict[str, tuple[Language, ...]] = {"zh": ("zh",), "en": ("en",), "both": LANGUAGES}


class Target(NamedTuple):
    """A file to write. ``kind`` is "html" or "pdf"."""

    path: Path
    kind: str
    language: Language


class WrittenFile(msgspec.Struct, frozen=True, kw_only=True):
    """``sha256`` is in hexadecimal."""

    path: str
    language: Language
    sha256: str
    bytes: int


def report_of(
    connection: psycopg.Connection[Any],
    settings: Settings,
    study: StudyDefinition,
    known_at: KnownAt,
    *,
    with_blinded: bool = False,
) -> "Report":
    """Everything is computed anew from the ledger's rows. Raises SettingsError for a plan that is wrong."""
    # Imported here: no other command need wait for the estimators, or for what draws.
    from analytics.analyses import analyse
    from analytics.computation import timelines_of
    from analytics.load import entries_from_ledger
    from analytics.plans.plan import parse_plan
    from analytics.recompute import study_of
    from analytics.study_table import STUDY_COLUMNS
    from monitor.report.content import Report
    from monitor.report.courses import blasts_of

    document = load_plan(settings)
    entries = entries_from_ledger(connection, known_at.commit, known_at.before)
    timelines = timelines_of(entries, settings.cutoff_on, study)
    then = study_of(timelines, study, known_at, settings.cutoff_on)
    plan = None if document is None else parse_plan(document, STUDY_COLUMNS)
    rows = [then.rows[subject] for subject in sorted(then.rows)]
    return Report(
        study=study,
        then=then,
        analyses=None if plan is None else analyse(rows, plan, plan, study, then.cutoff_on),
        seal=_sealed(connection, known_at),
        blasts={subject: blasts_of(theirs, study, then.cutoff_on) for subject, theirs in entries.items()},
        sees_values=settings.sees_values,
        with_blinded=with_blinded,
        plan=plan,
    )


def _sealed(connection: psycopg.Connection[Any], known_at: KnownAt) -> "Sealed | None":
    from monitor.report.content import Sealed

    seal = latest_seal(connection)
    if seal is None:
        return None
    return Sealed(
        number=seal.number,
        rows=seal.size,
        commit=seal.commit,
        root=seal.root.hex(),
        sealed_at=seal.sealed_at,
        keys=tuple(key.fingerprint for key in seal_keys(connection)),
        covers=seal.commit >= known_at.commit,
    )


def record_of(report: "Report") -> SubjectRead:
    """What is recorded before anything is written: the report shows the course of every subject."""
    return SubjectRead(
        via=Via.COMMAND,
        view="report",
        true_at=report.then.cutoff_on.isoformat(),
        known_at=report.then.known_at.commit,
    )


def write_reports(report: "Report", targets: Sequence[Target]) -> tuple[WrittenFile, ...]:
    """Each file appears whole or not at all, and an older one of its name is replaced. Raises SettingsError."""
    from monitor.report.html import html_of
    from monitor.report.pdf import pdf_of

    made = {"html": html_of, "pdf": pdf_of}
    return tuple(_write(target, made[target.kind](report, Words(target.language))) for target in targets)


def _write(target: Target, body: bytes) -> WrittenFile:
    path = target.path
    unnamed = path.with_name(f".{path.name}.writing")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unnamed.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        unnamed.replace(path)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            unnamed.unlink(missing_ok=True)
    return WrittenFile(
        path=str(path), language=target.language, sha256=hashlib.sha256(body).hexdigest(), bytes=len(body)
    )
