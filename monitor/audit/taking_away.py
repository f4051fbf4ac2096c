"""What a reader may take away: seals, proofs, the archive. Each is recorded before it is given out. Part of the shell.

A seal says nothing of any value. A proof holds the row's exact bytes, and the archive those of all rows: blinded values
too, and what people wrote. So a proof of a row of which something is hidden, and the archive, are given only to who may
see everything; whoever may not is refused, and that is recorded as well.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING

import msgspec

from monitor.audit import addresses, asking
from monitor.audit.reader import blinding_for
from projections.seals.proof_files import write_consistency, write_inclusion
from projections.seals.proofs import prove_consistency, prove_inclusion
from projections.seals.reading import SealRow, seal_numbered
from schemas.events import ActionRefused, RecordExported

if TYPE_CHECKING:
    from monitor.audit.answers import Audit

PIECE_BYTES = 1 << 18

Export = Callable[[IO[bytes]], int]
"""Writes the archive into a file and gives the number of rows in it. Raises NotSealed where nothing is sealed yet."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file to keep; ``content`` is all of it, in pieces where it is large."""

    name: str
    media_type: str
    content: bytes | Iterator[bytes]


class MayNot(Exception):
    """Not given to this reader; ``key`` is the text that says so."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def seal(audit: "Audit", number: str) -> File:
    """The text of a seal. Raises NotThere."""
    found = _seal(audit, number)
    return File(name=f"seal-{found.number}.txt", media_type="text/plain; charset=utf-8", content=found.text.encode())


def consistency_proof(audit: "Audit", number: str) -> File:
    """That a seal extends the one before it. Raises NotThere, NotSealed, SealRefused."""
    found = _seal(audit, number)
    with audit.reader.view() as connection:
        text = write_consistency(prove_consistency(connection, found.number - 1, found.number))
    name = f"seal-{found.number}-extends-{found.number - 1}.tlog-consistency"
    return File(name=name, media_type="text/plain; charset=utf-8", content=text.encode())


def inclusion_proof(audit: "Audit", topic: str, partition: str, offset: str) -> File:
    """That a row is under the last seal. Raises NotThere, MayNot, Refused, NotSealed, SealRefused."""
    with audit.reader.view() as connection:
        one = audit.found(connection, topic, partition, offset)
        event = one.event
        blinding = blinding_for(connection, audit.study, [] if event is None else [event])
        if not audit.sees_everything and (event is None or blinding.hides_something(event)):
            audit.record(ActionRefused(action="download-proof", why="holds-what-is-hidden"), "proof", None)
            raise MayNot("audit_missing.proof_withheld")
        text = write_inclusion(prove_inclusion(connection, one.position)).encode()
    exported = RecordExported(content="proof", rows=1, sha256=hashlib.sha256(text).hexdigest())
    audit.record(exported, "proof", None if event is None else event.subject)
    name = f"{addresses.short(one.position).replace('[', '-').replace(']@', '-')}.tlog-proof"
    return File(name=name, media_type="text/plain; charset=utf-8", content=text)


def archive(audit: "Audit", export: Export | None) -> File:
    """The archive of everything up to the last seal. Raises NotThere, MayNot, Refused, NotSealed."""
    if export is None:
        raise audit.not_there("audit_missing.no_export")
    if not audit.sees_everything:
        audit.record(ActionRefused(action="download-export", why="holds-what-is-hidden"), "export", None)
        raise MayNot("audit_missing.export_withheld")
    # Whole before any of it is given out: its digest is in the record of the access.
    made = tempfile.TemporaryFile()  # noqa: SIM115 - it is given out after this function is left
    try:
        rows = export(made)
        made.seek(0)
        digest = hashlib.file_digest(made, "sha256").hexdigest()
        audit.record(RecordExported(content="ledger-archive", rows=rows, sha256=digest), "export", None)
    except BaseException:
        made.close()
        raise
    return File(name=f"{audit.study.id}-ledger.zip", media_type="application/zip", content=_pieces(made))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _seal(audit: "Audit", number: str) -> SealRow:
    if not asking.is_number(number):
        raise audit.not_there("audit_missing.seal")
    with audit.reader.view() as connection:
        found = seal_numbered(connection, int(number))
    if found is None:
        raise audit.not_there("audit_missing.seal")
    return found
