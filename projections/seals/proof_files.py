"""The texts of proofs, and their verification with public keys alone. docs/audit/format.md, “Proof files”. Pure.

That one row is under a seal: the C2SP format tlog-proof, whose line ``extra`` holds the leaf and what the row's chain
hash is over. That one seal extends another: a text of our own in the same manner.
"""

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterable, Sequence

import msgspec

from projections.seals import leaves, merkle
from projections.seals.checkpoint import Seal, parse_seal, verify_signature
from projections.seals.errors import SealUnreadable, SealUntrusted
from projections.seals.keys import PublicKey

INCLUSION = "c2sp.org/tlog-proof@v1"
CONSISTENCY = "trialog.consistency-proof@v1"

_LENGTH = struct.Struct(">I")


class InclusionProof(msgspec.Struct, frozen=True, kw_only=True):
    """That a row is the leaf at ``index`` under a seal. ``chained`` is what the row's chain hash is over."""

    index: int
    leaf: bytes
    chained: bytes
    path: tuple[bytes, ...]
    seal: str


class ConsistencyProof(msgspec.Struct, frozen=True, kw_only=True):
    """That the second seal's tree begins with all of the first's. Both seals are texts."""

    path: tuple[bytes, ...]
    first: str
    second: str


def write_inclusion(proof: InclusionProof) -> str:
    extra = _sized(proof.leaf) + _sized(proof.chained)
    lines = [INCLUSION, f"extra {_base64(extra)}", f"index {proof.index}", *map(_base64, proof.path)]
    return "\n".join(lines) + "\n\n" + proof.seal


def parse_inclusion(text: str) -> InclusionProof:
    """Raises SealUnreadable; checks nothing else."""
    head, _, seal = text.partition("\n\n")
    lines = head.split("\n")
    if len(lines) < 3 or lines[0] != INCLUSION:
        raise SealUnreadable(f"a proof of inclusion begins with the lines {INCLUSION}, extra, index")
    leaf, chained = _two(_decoded(_behind("extra ", lines[1])))
    index = _behind("index ", lines[2])
    if not index.isdecimal():
        raise SealUnreadable("index: a whole number is wanted")
    parse_seal(seal)
    return InclusionProof(index=int(index), leaf=leaf, chained=chained, path=tuple(map(_hash, lines[3:])), seal=seal)


def write_consistency(proof: ConsistencyProof) -> str:
    lines = [CONSISTENCY, *map(_base64, proof.path)]
    return "\n".join(lines) + f"\n\n{proof.first}\n{proof.second}"


def parse_consistency(text: str) -> ConsistencyProof:
    """Raises SealUnreadable; checks nothing else."""
    parts = text.split("\n\n")
    lines = parts[0].split("\n")
    if len(parts) != 5 or lines[0] != CONSISTENCY:
        raise SealUnreadable(f"a proof of consistency begins with the line {CONSISTENCY} and ends with two seals")
    first, second = f"{parts[1]}\n\n{parts[2]}\n", f"{parts[3]}\n\n{parts[4]}"
    for seal in (first, second):
        parse_seal(seal)
    return ConsistencyProof(path=tuple(map(_hash, lines[1:])), first=first, second=second)


def verify_inclusion(proof: InclusionProof, public_keys: Iterable[PublicKey]) -> Seal:
    """The seal under which the row is. Raises SealUnreadable, and SealUntrusted where the proof does not hold."""
    verify_signature(proof.seal, public_keys)
    seal = parse_seal(proof.seal)
    if not proof.leaf.startswith(leaves.FORMAT):
        raise SealUntrusted("the leaf is not one of Trialog's ledger")
    if hashlib.sha256(proof.chained).digest() != proof.leaf[-merkle.HASH_BYTES :]:
        raise SealUntrusted("the row is not the one of which the leaf has the chain hash")
    hashed = merkle.leaf_hash(proof.leaf)
    if not merkle.verify_inclusion(hashed, proof.index, seal.size, proof.path, seal.root):
        raise SealUntrusted(f"the leaf at index {proof.index} is not under the seal over {seal.size} rows")
    return seal


def verify_consistency(proof: ConsistencyProof, public_keys: Sequence[PublicKey]) -> tuple[Seal, Seal]:
    """The two seals. Raises SealUnreadable, and SealUntrusted where the proof does not hold."""
    for text in (proof.first, proof.second):
        verify_signature(text, public_keys)
    first, second = parse_seal(proof.first), parse_seal(proof.second)
    if first.origin != second.origin:
        raise SealUntrusted(f"the seals are of {first.origin} and of {second.origin}")
    if not merkle.verify_consistency(first.size, first.root, second.size, second.root, proof.path):
        raise SealUntrusted(
            f"the seal over {second.size} rows does not extend that over {first.size}: rows were changed between them"
        )
    return first, second


def _sized(said: bytes) -> bytes:
    return _LENGTH.pack(len(said)) + said


def _two(extra: bytes) -> tuple[bytes, bytes]:
    """Two sized parts and nothing else."""
    parts = []
    for _ in range(2):
        if len(extra) < _LENGTH.size:
            break
        (size,) = _LENGTH.unpack_from(extra)
        parts.append(extra[_LENGTH.size : _LENGTH.size + size])
        if len(parts[-1]) != size:
            break
        extra = extra[_LENGTH.size + size :]
    else:
        if not extra:
            return parts[0], parts[1]
    raise SealUnreadable("extra: two parts are wanted, each with its length in front")


def _base64(said: bytes) -> str:
    return base64.b64encode(said).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SealUnreadable("a line of the proof is not base64") from None


def _hash(line: str) -> bytes:
    hashed = _decoded(line)
    if len(hashed) != merkle.HASH_BYTES:
        raise SealUnreadable(f"a hash of the proof has {len(hashed)} bytes, not {merkle.HASH_BYTES}")
    return hashed


def _behind(word: str, line: str) -> str:
    if not line.startswith(word):
        raise SealUnreadable(f"the proof has no line {word.strip()!r} where it belongs")
    return line.removeprefix(word)
