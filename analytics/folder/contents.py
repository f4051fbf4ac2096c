"""The files of the folder, and what they say of where they come from. Pure: the same analysis gives the same bytes."""

import datetime as dt
import hashlib

import msgspec

from analytics.analyses import Analyses, encode_analyses
from analytics.folder.numbers import Number, numbers, write_numbers
from analytics.folder.plan_text import write_plan
from analytics.folder.readme import readme
from analytics.folder.scripts import parts_of, scripts
from analytics.folder.table_files import write_csv, write_dataset_json
from analytics.folder.withholding import columns_of
from analytics.plans.plan import Plan
from analytics.plans.table import Table

SUMS = "SHA256SUMS"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where an analysis comes from: ``position`` names the point in the ledger and ``at`` is when it was committed.

    ``seal`` names the first seal over that position with its root, None where it is not sealed yet. ``withheld`` are
    the columns that whoever exported may not see. ``trialog`` is the version of the program.
    """

    position: str
    at: dt.datetime
    seal: str | None
    withheld: tuple[str, ...]
    trialog: str


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """``files`` by name; ``digest`` is the SHA-256 of SHA256SUMS, and so of all of them."""

    files: dict[str, bytes]
    numbers: tuple[Number, ...]
    rows: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.files[SUMS]).hexdigest()


def folder(analyses: Analyses, plan: Plan, table: Table, origin: Origin) -> Folder:
    """``plan`` is the one that the analyses are of, as it was run, and ``table`` what it read."""
    shown = columns_of(table, plan)
    found = tuple(numbers(analyses.results.results))
    data = write_csv(shown)
    files = {
        "data.csv": data,
        "data.json": write_dataset_json(
            shown, plan.columns, analyses.study, plan.identity or "", origin.at, origin.trialog
        ),
        "plan.toml": write_plan(plan),
        "results.json": encode_analyses(analyses) + b"\n",
        "results.csv": write_numbers(found),
        **scripts(plan),
    }
    about = {
        "position": origin.position,
        "seal": origin.seal or "-",
        "withheld": ", ".join(origin.withheld) or "-",
        "trialog": origin.trialog,
        "parts": ", ".join(("analysis_table.py", *parts_of(plan))),
        "data_digest": hashlib.sha256(data).hexdigest(),
    }
    files["README.txt"] = readme(analyses, found, about).encode()
    files[SUMS] = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()
    return Folder(files=files, numbers=found, rows=shown.rows)
