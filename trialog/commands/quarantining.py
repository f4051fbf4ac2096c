"""Commands on what is held back: quarantined records of the log, and messages that a door of this machine refused."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from projections.quarantine import kind_of
from schemas.events import ActionRefused
from schemas.events.access import QuarantineRead, Via
from schemas.events.quarantine import RedriveOutcome, Repaired
from trialog.access import opened_access, refuse_values
from trialog.commands.options import Data, Json, connected, on_data, out, print_json, table
from trialog.errors import AnswerIsNo, SettingsError
from trialog.held import IN_THE_LOG, Content, Held, content_of, held_here
from trialog.redriving import PLACE, Because, Driven, advice
from trialog.selected import Redriving, Selection
from trialog.stores import Stores

Reason = Annotated[str | None, typer.Option("--reason", metavar="REASON", help="Only what is held for this reason.")]
REASON_LENGTH_MAX = 2000


def list_held(data: Data = None, reason: Reason = None, json: Json = False) -> None:
    """Lists what is held back: the place, the reason and whether it was driven again since, never a value."""
    given = on_data(data)
    with Stores(given.settings, given.study) as stores, connected(stores) as connection:
        found = [each for each in held_here(connection, given.settings) if reason in (None, kind_of(each.reason))]
    if json:
        print_json(found)
        return
    if not found:
        out.print("nothing is quarantined")
        return
    shown = table("held", "at", "received", "reason")
    # Whole on its line, however narrow the terminal is: it is what the other commands are given.
    shown.columns[0].min_width = max(len(each.held) for each in found)
    for each in found:
        again = "" if each.redriven_at is None else f"\ndriven again {_instant(each.redriven_at)} by {each.redriven_by}"
        shown.add_row(each.held, each.at, f"{each.received_at:%Y-%m-%d %H:%M}", each.reason + again)
    out.print(shown)
    remain = sum(not each.settled for each in found)
    out.print(f"{len(found)} held, {len(found) - remain} of them driven again since, {remain} remain")


def show(
    held: Annotated[str, typer.Argument(metavar="ID", help="A position, or a message's fingerprint.")],
    data: Data = None,
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="With its values, for a role of TRIALOG_UNMASKED_ROLES.")
    ] = False,
    json: Json = False,
) -> None:
    """Shows the bytes of one thing held back, by structure with its values masked, and where the decoder stopped.

    Whoever looks is recorded before anything is shown.
    """
    given = on_data(data)
    with (
        Stores(given.settings, given.study) as stores,
        connected(stores) as connection,
        opened_access(stores, given.settings, given.study) as access,
    ):
        if unmasked and not given.settings.sees_values:
            refuse_values(access, "quarantine show --unmasked", place=PLACE)
        content = content_of(connection, given.settings, held)
        if content is None:
            access.record(ActionRefused(action="quarantine show", why="not-held"), place=PLACE)
            raise AnswerIsNo(f"{held} is not held back here; `trialog quarantine list` says what is")
        access.record(QuarantineRead(held=content.held.held, via=Via.COMMAND, masked=not unmasked), place=PLACE)
    if json:
        print_json(content.as_document(unmasked))
    else:
        _print_content(content, unmasked)


def redrive(
    held: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Positions, or messages' fingerprints.")
    ] = None,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="Why; it is kept for ever.")] = "",
    reason: Reason = None,
    everything: Annotated[bool, typer.Option("--all", help="All that may have become good by a repair.")] = False,
    repaired: Annotated[Repaired | None, typer.Option("--repaired", help="What was repaired.")] = None,
    corrected: Annotated[
        Path | None, typer.Option("--corrected", metavar="FILE", help="The right record, for one that is wrong itself.")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Drives what is held back again, after a repair of schema, code map or identity map; exit 1 where some stays held.

    What is good by now goes into the log with an event that says who did it and why; the original stays quarantined.
    What is still bad changes nothing. Doing it twice adds nothing.
    """
    given = on_data(data)
    selection = _selection(held, reason, everything)
    why = _because(because, repaired, corrected)
    right = None if corrected is None else _read_corrected(corrected, selection)
    with (
        Stores(given.settings, given.study) as stores,
        connected(stores) as connection,
        opened_access(stores, given.settings, given.study) as access,
    ):
        chosen = selection.chosen(held_here(connection, given.settings))
        refused = _refused(selection, chosen, right)
        if refused is not None:
            access.record(ActionRefused(action="quarantine redrive", why=refused[0]), place=PLACE)
            raise AnswerIsNo(refused[1])
        redriving = Redriving(
            stores=stores,
            settings=given.settings,
            study=given.study,
            connection=connection,
            access=access,
            because=why,
        )
        driven = list(redriving.drive(chosen, right))
    before = [each for each in chosen if each.settled]
    if json:
        print_json({"driven": driven, "driven_before": before})
    else:
        _print_driven(driven, before)
    if any(each.outcome is RedriveOutcome.STILL_HELD for each in driven):
        raise AnswerIsNo("not all of it is good: what is still held stays as it was")


def _selection(held: list[str] | None, reason: str | None, everything: bool) -> Selection:
    if sum((bool(held), reason is not None, everything)) != 1:
        raise SettingsError("name what to drive again, or a --reason, or --all: one of the three")
    return Selection(named=frozenset(held or ()), reason=reason, everything=everything)


def _because(because: str, repaired: Repaired | None, corrected: Path | None) -> Because:
    if not because.strip() or len(because) > REASON_LENGTH_MAX or "\0" in because:
        raise SettingsError(
            f"--because TEXT: say why, in at most {REASON_LENGTH_MAX} characters and without a patient's name"
        )
    if corrected is not None and repaired not in (None, Repaired.RECORD):
        raise SettingsError("--corrected gives the record itself: leave --repaired out, or say `record`")
    return Because(reason=because, repaired=Repaired.RECORD if corrected is not None else repaired)


def _read_corrected(file: Path, selection: Selection) -> bytes:
    if len(selection.named) != 1:
        raise SettingsError("--corrected FILE stands for one record: name exactly one")
    try:
        return file.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"--corrected: {file} cannot be read ({error.strerror})") from error


def _refused(selection: Selection, chosen: Sequence[Held], corrected: bytes | None) -> tuple[str, str] | None:
    """The rule that forbids it, and the sentence for whoever asked; None where it may go on."""
    missing = sorted(selection.named - {each.held for each in chosen})
    if missing:
        return "not-held", f"not held back here: {', '.join(missing)}; nothing was driven again"
    if corrected is not None and any(each.at != IN_THE_LOG for each in chosen):
        return "message-is-its-source's", "a message is corrected by its source, which sends it again"
    return None


def _print_content(content: Content, unmasked: bool) -> None:
    held = content.held
    lines = table("", "")
    lines.show_header = False
    lines.add_row("held", held.held)
    lines.add_row("at", held.at)
    lines.add_row("reason", held.reason)
    if (what := advice(held.reason)) is not None:
        lines.add_row("what to do", what)
    lines.add_row("received", _instant(held.received_at))
    lines.add_row("length", f"{len(content.value or b'')} bytes")
    if content.where is not None:
        lines.add_row("field", content.where)
    if content.stopped is not None:
        lines.add_row("stopped at", str(content.stopped))
    if held.redriven_at is not None:
        lines.add_row("driven again", f"{_instant(held.redriven_at)} by {held.redriven_by}: {', '.join(held.events)}")
    out.print(lines)
    out.print(content.shown(unmasked), markup=False, soft_wrap=True)


def _print_driven(driven: Sequence[Driven], before: Sequence[Held]) -> None:
    for settled in before:
        assert settled.redriven_at is not None
        when = f"{_instant(settled.redriven_at)} by {settled.redriven_by}"
        out.print(f"{settled.held}: was driven again on {when}; nothing done", markup=False, soft_wrap=True)
    for each in driven:
        out.print(f"{each.held}: {_said(each)}", markup=False, soft_wrap=True)
    counts = Counter(each.outcome for each in driven)
    out.print(
        f"{counts[RedriveOutcome.TAKEN]} taken, {counts[RedriveOutcome.WAITING]} wait for their patient, "
        f"{counts[RedriveOutcome.STILL_HELD]} still held, {len(before)} driven again before"
    )


def _said(each: Driven) -> str:
    if each.outcome is RedriveOutcome.TAKEN:
        return f"in the log as {', '.join(each.events)}"
    if each.outcome is RedriveOutcome.WAITING:
        return "good; it waits for its patient"
    what = advice(each.still or "")
    return f"still held, {each.still}" + ("" if what is None else f": {what}")


def _instant(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S %Z}"
