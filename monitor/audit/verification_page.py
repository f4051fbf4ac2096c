"""Whether the history is whole, and what an outsider can check without us: verification, seals, export. Pure."""

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from monitor.audit import people
from monitor.operation import fingerprint
from monitor.words import Words
from projections.seals.keys import PublicKey
from projections.seals.reading import SealRow
from projections.verifying.carried_on import ChainSeen
from schemas.study import StudyDefinition

SEALS_SHOWN = 50
"""How many seals the page lists, the last ones."""


class SealShown(msgspec.Struct, frozen=True, kw_only=True):
    """``fingerprint`` is enough of the root to compare by eye, ``root`` all of it, hexadecimal."""

    number: str
    sealed_at: str
    covers: str
    size: str
    fingerprint: str
    root: str
    text: str
    address: str
    proof: str | None


class KeyShown(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    text: str


class VerificationPage(msgspec.Struct, frozen=True, kw_only=True):
    """``verified`` is a sentence with its tone; ``unsealed`` says how many rows lie behind the last seal."""

    verified: Markup
    tone: str
    rows: str
    unsealed: str
    all_sealed: bool
    last: SealShown | None
    seals: tuple[SealShown, ...]
    earlier: int
    keys: tuple[KeyShown, ...]
    export: str | None
    zone: str


def verification_page(
    verified: ChainSeen | None,
    rows: int,
    seals: Sequence[SealRow],
    keys: Sequence[PublicKey],
    may_export: bool,
    study: StudyDefinition,
    words: Words,
) -> VerificationPage:
    """``verified`` is what the last verification of the chain came to; ``seals`` are all, the first one first."""
    shown = tuple(_seal(each, study, words) for each in reversed(seals[-SEALS_SHOWN:]))
    unsealed = rows - (seals[-1].size if seals else 0)
    return VerificationPage(
        verified=_verified(verified, study, words),
        tone="look" if verified is None else "good" if verified.broken is None else "wrong",
        rows=words.text("audit_verification.rows", n=rows),
        unsealed=words.text("audit_verification.unsealed", n=unsealed) if unsealed else _all_sealed(rows, words),
        all_sealed=not unsealed,
        last=shown[0] if shown else None,
        seals=shown,
        earlier=max(len(seals) - SEALS_SHOWN, 0),
        keys=tuple(KeyShown(id=key.id.hex(), text=key.text) for key in keys),
        export="/audit/export" if may_export else None,
        zone=people.zone(study, words),
    )


def _verified(seen: ChainSeen | None, study: StudyDefinition, words: Words) -> Markup:
    if seen is None:
        return words.rich("audit_verification.never")
    at = people.to_the_second(seen.at, study)
    if seen.broken is not None:
        return words.rich("audit_verification.broken", where=seen.broken.position, at=at)
    return words.rich("audit_verification.whole", n=seen.commit, at=at)


def _all_sealed(rows: int, words: Words) -> str:
    return words.text("audit_verification.all_sealed" if rows else "audit_verification.empty")


def _seal(seal: SealRow, study: StudyDefinition, words: Words) -> SealShown:
    root = seal.root.hex()
    return SealShown(
        number=words.number(seal.number),
        sealed_at=people.to_the_second(seal.sealed_at, study),
        covers=words.text("line.position", n=seal.commit),
        size=words.number(seal.size),
        fingerprint=fingerprint(root),
        root=root,
        text=seal.text,
        address=f"/audit/seals/{seal.number}",
        proof=f"/audit/seals/{seal.number}/proof" if seal.number > 1 else None,
    )
