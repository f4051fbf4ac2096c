"""The command that takes the ledger out, for an auditor who checks it alone."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from projections.seals.keys import SealKey
from schemas.events import RecordExported
from trialog.access import opened_access
from trialog.commands.options import Context, Data, Json, context, demand_data, err, out, print_json
from trialog.exports import ExportFile, export_to, seal_to_export
from trialog.seal_keys import SealKeys
from trialog.stores import Stores


def export(
    path: Annotated[Path, typer.Argument(metavar="OUT", help="The archive, or the folder that it goes into.")],
    to_seal: Annotated[int | None, typer.Option("--to-seal", min=1, metavar="N", help="Not to the last seal.")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Writes one archive with every row up to a seal, all seals, and what it takes to check them without Trialog."""
    given = context(data=data)
    demand_data(given.settings)
    keys = _keys_within_reach(given)
    with (
        Stores(given.settings, given.study) as stores,
        closing(stores.connect_as("read")()) as connection,
        opened_access(stores, given.settings, given.study) as access,
    ):

        def told(file: ExportFile) -> None:
            exported = RecordExported(content="ledger", rows=file.holds.rows, sha256=file.sha256)
            access.record(exported, place="/command/ledger-export")

        seal = seal_to_export(connection, to_seal)
        with err.status(f"writing {seal.size} rows"):
            written = export_to(path, connection, seal, given.settings, given.study, keys, told)
    if json:
        print_json({"path": str(written.path), "sha256": written.sha256, "holds": written.holds})
    else:
        _say(written, keys)


def _keys_within_reach(given: Context) -> tuple[SealKey, ...]:
    """Those that sign the manifest: none where only the signer's own user may read them."""
    try:
        return SealKeys(given.settings, given.study).there()
    except PermissionError:
        return ()


def _say(written: ExportFile, keys: tuple[SealKey, ...]) -> None:
    holds = written.holds
    signers = ", ".join(each.public.id.hex() for each in keys)
    for line in (
        f"{written.path}: {holds.rows} rows in {holds.files} files, to seal {holds.seal} (commit {holds.commit})",
        f"sha256 {written.sha256}",
        f"manifest signed by {signers}" if signers else "the manifest is not signed: no sealing key is here",
    ):
        out.print(line, markup=False, soft_wrap=True)
    if holds.behind:
        out.print(
            f"rows that came after seal {holds.seal} and are not in it: {holds.behind}; to have them, `trialog ledger "
            "seal`, then export again",
            soft_wrap=True,
        )
