"""The command that writes the statistical report, computed again from the ledger as it was known."""

from pathlib import Path
from typing import Annotated

import typer

from projections.errors import UnknownCommit
from projections.knowledge import known_at_head, resolve_known
from schemas.two_times import KnownAt, UnclearTime
from trialog.access import opened_access, refuse_values
from trialog.commands.options import Context, Data, Json, connected, err, on_data, out, print_json
from trialog.commands.two_times import Connection, KnownAtOption
from trialog.errors import SettingsError
from trialog.reports import LANGUAGES_BY_OPTION, Target, record_of, report_of, write_reports
from trialog.stores import Stores

PLACE = "/command/report"


def report(
    folder: Annotated[
        Path | None, typer.Argument(metavar="OUT_DIR", help="The folder that both files go into.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Only this file, in one language.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="Only this file, in one language.")] = None,
    known_at: KnownAtOption = None,
    lang: Annotated[str, typer.Option("--lang", metavar="zh|en|both", help="In which language.")] = "both",
    with_blinded: Annotated[
        bool, typer.Option("--with-blinded", help="Show the blinded marker, for a role of TRIALOG_UNMASKED_ROLES.")
    ] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Writes the statistical report as HTML and PDF, each whole in itself; what it shows is recorded first."""
    # Imported here: no other command need wait for the estimators to load.
    from analytics.load import one_view

    targets = _targets(folder, html, pdf, lang)
    given = on_data(data)
    with Stores(given.settings, given.study) as stores, connected(stores) as connection:
        if with_blinded and not given.settings.sees_values:
            with opened_access(stores, given.settings, given.study) as access:
                refuse_values(access, "report --with-blinded", place=PLACE)
        with err.status("computing from the ledger"), one_view(connection):
            at = _known_at(connection, known_at, given)
            made = report_of(connection, given.settings, given.study, at, with_blinded=with_blinded)
        with opened_access(stores, given.settings, given.study) as access:
            access.record(record_of(made), place=PLACE)
        with err.status("drawing"):
            written = write_reports(made, targets)
    if json:
        print_json({"known_at": at, "endpoint_digest": made.then.snapshot.key.endpoint_digest, "files": written})
        return
    for each in written:
        out.print(f"{each.path}: {each.bytes} bytes, sha256 {each.sha256}", markup=False, soft_wrap=True)


def _targets(folder: Path | None, html: Path | None, pdf: Path | None, lang: str) -> list[Target]:
    """Raises SettingsError."""
    languages = LANGUAGES_BY_OPTION.get(lang)
    if languages is None:
        raise SettingsError(f"--lang {lang}: give one of {', '.join(LANGUAGES_BY_OPTION)}")
    files = [(path, kind) for path, kind in ((html, "html"), (pdf, "pdf")) if path is not None]
    if folder is None and not files:
        raise SettingsError("where to? name a folder, or files with --html and --pdf")
    if folder is not None:
        if files:
            raise SettingsError("a folder and single files ask for different things: give one of them")
        return [Target(folder / f"report-{each}.{kind}", kind, each) for each in languages for kind in ("html", "pdf")]
    if len(languages) > 1:
        raise SettingsError("a single file is in one language: add --lang zh or --lang en, or name a folder")
    return [Target(path, kind, languages[0]) for path, kind in files]


def _known_at(connection: Connection, text: str | None, given: Context) -> KnownAt:
    try:
        return known_at_head(connection) if text is None else resolve_known(connection, text, given.study)
    except (UnclearTime, UnknownCommit) as error:
        raise SettingsError(f"--known-at: {error}") from error
