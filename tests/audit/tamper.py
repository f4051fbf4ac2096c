"""`python -m tests.audit.tamper [--tries N] [--seed N] [--print]`: the tamper table, and docs/audit/tamper.md with it.

Exits 1 where an edit was not located or detected as it must be; then nothing is written.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from projections.migrate import migrate
from tests.audit.database_tampering import KINDS, ROWS, Ledger, filled, named, sealed_row, tampered
from tests.audit.ledgers import KEY, export, fill
from tests.audit.table import UNNOTICED, Counted, lines, table
from tests.audit.tampering import Archived
from tests.servers.postgres import DatabaseServer

FILE = Path(__file__).parents[2] / "docs" / "audit" / "tamper.md"
EXPORT_ROWS = 10_200
SHARE_OF_DATABASE = 500  # of so many tries on the export, one of each kind on the database

HEAD = """\
# The tamper table

`make tamper` wrote this page; `make test` runs a stratified part of it. Somebody edits; the tests see whether it is
noticed, and what is named. **located**: the file and the row are named. **detected**: exit code 1. Each edit is made by
chance (seed {seed}), in a whole ledger that the real writer wrote and the real signer sealed.

## An export, checked by `verify_trialog.py`

{tries:,} edits of an export of {rows:,} rows, {files} files and {seals} seals, with the real public key given. The
first {located} kinds are by somebody who has no key; half of the edits of rows and commits come with a manifest made
anew. The others are by an insider who makes every hash, seal and manifest anew; where he has the real key, a seal that
was kept from before is given too.

{table}

The last line is what no proof can promise: who holds the key, where nobody kept a seal, can tell another history. That
is why an auditor keeps one.
"""
DATABASE = """
## The database, checked by `trialog ledger verify`

Edits by PostgreSQL's superuser, the append-only triggers switched off: {each} of each kind, each in a copy of a ledger
of {rows} rows, with the seals that lie outside of the database. Every edited row is under a seal. What came after the
last seal is told as not sealed yet, never as proven; `tests/audit/test_tampered_database.py` shows that, and what an
insider meets who makes chain and seals anew.

| edit | tries | located |
|---|---:|---:|
"""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.audit.tamper", description=__doc__)
    parser.add_argument("--tries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--print", action="store_true", help="write no page")
    given = parser.parse_args(arguments)
    with DatabaseServer() as server, tempfile.TemporaryDirectory() as name:
        began = time.monotonic()
        page, wrong = _export_page(server, Path(name), given.tries, given.seed)
        more, unnamed = _database_page(server, Path(name), max(1, given.tries // SHARE_OF_DATABASE), given.seed)
    page += more
    sys.stdout.write(page)
    sys.stderr.write(f"{time.monotonic() - began:.0f} s on {os.cpu_count()} cores\n")
    sys.stderr.writelines(f"NOT AS IT MUST BE: {each}\n" for each in (*wrong, *unnamed))
    if wrong or unnamed:
        return 1
    if not given.print:
        FILE.write_text(page, encoding="utf-8")
    return 0


def _export_page(server: DatabaseServer, folder: Path, tries: int, seed: int) -> tuple[str, list[str]]:
    database = server.create("exported")
    migrate(database.url("trialog_owner"))
    fill(database, folder / "outside", EXPORT_ROWS)
    holds = export(database, folder / "export.zip")
    counted = table(folder / "export.zip", tries, seed)
    page = HEAD.format(
        seed=seed,
        tries=sum(each.tries for each in counted if each.kind.must != UNNOTICED),
        rows=holds.rows,
        files=holds.files,
        seals=Archived.read(folder / "export.zip", KEY.public.text).seals,
        located=sum(each.kind.must == "located" for each in counted),
        table="\n".join(lines(counted)),
    )
    return page, list(_wrong(counted, seed))


def _wrong(counted: Sequence[Counted], seed: int) -> Iterator[str]:
    for each in counted:
        if each.wrong:
            yield f"{each.kind.title}: tries {', '.join(map(str, each.wrong))} of seed {seed}"


def _database_page(server: DatabaseServer, folder: Path, each: int, seed: int) -> tuple[str, list[str]]:
    database = server.create("tampered")
    migrate(database.url("trialog_owner"))
    ledger = filled(server, database, folder / "outside-of-the-second")
    page, unnamed = DATABASE.format(each=each, rows=ROWS), []
    for kind in KINDS:
        missed = [number for number in range(each) if not _named(ledger, kind.title, f"{seed}-{number}")]
        page += f"| {kind.title} | {each} | {each - len(missed)} |\n"
        unnamed += [f"{kind.title}: {number} of seed {seed}" for number in missed]
    return page, unnamed


def _named(ledger: Ledger, title: str, seed: str) -> bool:
    kind = next(kind for kind in KINDS if kind.title == title)
    row = sealed_row(ledger.database, kind.fits, Random(f"{title}-{seed}"))
    return named(tampered(ledger, [kind.statement], row), kind.spot(row))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
