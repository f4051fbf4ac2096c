"""The command that publishes the contracts: schemas, AsyncAPI document and data dictionary, for others to build on."""

from pathlib import Path
from typing import Annotated

import typer

from trialog.commands.options import Json, out, print_json
from trialog.errors import AnswerIsNo


def schema(
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="The folder of the contracts.")] = Path("docs"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing, only compare.")] = False,
    json: Json = False,
) -> None:
    """Writes the JSON Schemas, the AsyncAPI document and the data dictionary; exit 1 where old records would break."""
    from trialog.contracts import current_files, differences, publish

    files = current_files()
    found = differences(into, files) if check else publish(into, files)
    if json:
        print_json({"files": len(files), "differences" if check else "written": found})
    elif check:
        for each in found:
            out.print(str(each), markup=False, soft_wrap=True)
    else:
        for each in found:
            out.print(f"wrote {into / each.path}", markup=False, soft_wrap=True)
    if check and found:
        raise AnswerIsNo(f"{len(found)} of the published files are not what the code says: run `trialog schema`")
    if not json:
        out.print(f"{len(files)} files are as the code says")
