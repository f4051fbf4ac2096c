"""The text of a seal: a checkpoint (C2SP tlog-checkpoint) in a signed note (C2SP signed-note). Pure.

docs/audit/format.md, “A seal”, has an example and says each line.
"""

import base64
import binascii
import datetime as dt
import re
from collections.abc import Iterable, Sequence

import msgspec

from projections.seals.errors import SealUnreadable, SealUntrusted
from projections.seals.keys import PublicKey, SealKey
from projections.seals.merkle import HASH_BYTES

_SIGNED = "\u2014 "
_DECIMAL = re.compile(r"0|[1-9][0-9]*")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_ID_BYTES = 4


class Signature(msgspec.Struct, frozen=True):
    """One line of signature: the key's name and 4 bytes of id, and what it signed with (64 bytes where Ed25519)."""

    name: str
    key_id: bytes
    signature: bytes


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """What a seal says: the root over the first ``size`` leaves, which are all of the commits up to ``commit``."""

    origin: str
    size: int
    root: bytes
    commit: int
    sealed_at: dt.datetime
    signatures: tuple[Signature, ...] = ()

    @property
    def body(self) -> str:
        """The text that is signed, with its last newline."""
        sealed_at = self.sealed_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\ncommit {self.commit}\nsealed-at {sealed_at}\n"


def write_seal(seal: Seal, keys: Sequence[SealKey]) -> str:
    """The signed text: one line of signature for each key, in the order given."""
    signed = seal.body.encode()
    lines = [f"{_SIGNED}{key.name} {base64.b64encode(key.public.id + key.sign(signed)).decode()}\n" for key in keys]
    return f"{seal.body}\n{''.join(lines)}"


def parse_seal(text: str) -> Seal:
    """What a seal's text says, the signatures unchecked. Raises SealUnreadable, which names the line."""
    body, empty, signatures = text.rpartition("\n\n")
    if not empty:
        raise SealUnreadable("a seal has an empty line between its text and its signatures")
    lines = body.split("\n")
    if len(lines) != 5:
        raise SealUnreadable(f"a seal has 5 lines in front of the empty one, and this has {len(lines)}")
    seal = Seal(
        origin=_origin(lines[0]),
        size=_decimal(2, lines[1]),
        root=_bytes(3, lines[2], HASH_BYTES),
        commit=_decimal(4, _behind(4, "commit ", lines[3])),
        sealed_at=_instant(_behind(5, "sealed-at ", lines[4])),
        signatures=tuple(_signatures(signatures)),
    )
    if seal.body != body + "\n":
        raise SealUnreadable("line 3: the root's base64 is not the one way to write these bytes")
    return seal


def verify_signature(seal_text: str, public_keys: Iterable[PublicKey]) -> tuple[PublicKey, ...]:
    """Those of the trusted keys that signed this seal; at least one.

    Lines of keys that are not trusted are passed over. Raises SealUnreadable; raises SealUntrusted where no trusted key
    signed, and where a line in the name of a trusted key is not its signature over this text.
    """
    seal = parse_seal(seal_text)
    trusted = {(key.name, key.id): key for key in public_keys if key.name == seal.origin}
    signed = seal.body.encode()
    found = []
    for line in seal.signatures:
        key = trusted.get((line.name, line.key_id))
        if key is None:
            continue
        if not key.signed(signed, line.signature):
            raise SealUntrusted(f"the signature of key {key.id.hex()} is not over this text of {seal.size} leaves")
        found.append(key)
    if not found:
        ids = ", ".join(line.key_id.hex() for line in seal.signatures)
        raise SealUntrusted(f"the seal over {seal.size} leaves is signed by {ids}, none of them a key that is trusted")
    return tuple(found)


def _origin(line: str) -> str:
    if not line or "+" in line or any(each.isspace() for each in line):
        raise SealUnreadable("line 1: an origin is not empty and has neither spaces nor a plus sign")
    return line


def _behind(number: int, word: str, line: str) -> str:
    if not line.startswith(word):
        raise SealUnreadable(f"line {number}: it begins with {word.strip()!r}")
    return line.removeprefix(word)


def _decimal(number: int, text: str) -> int:
    if not _DECIMAL.fullmatch(text):
        raise SealUnreadable(f"line {number}: a whole number without leading zeros is wanted")
    return int(text)


def _instant(text: str) -> dt.datetime:
    if not _INSTANT.fullmatch(text):
        raise SealUnreadable("line 5: an instant is written 2026-11-29T12:00:00.000000Z")
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise SealUnreadable("line 5: there is no such instant") from None


def _bytes(number: int, text: str, size: int) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != size:
        raise SealUnreadable(f"line {number}: base64 of {size} bytes is wanted")
    return found


def _signatures(text: str) -> Iterable[Signature]:
    """Each line is U+2014, a space, the key's name, a space, base64. Keys of another kind may sign longer."""
    if not text.endswith("\n"):
        raise SealUnreadable("the last line of signature ends with a newline")
    for number, line in enumerate(text[:-1].split("\n"), start=7):
        name, _, encoded = _behind(number, _SIGNED, line).partition(" ")
        try:
            found = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            found = b""
        if not name or len(found) <= _ID_BYTES:
            raise SealUnreadable(f"line {number}: a line of signature is U+2014, the key's name and base64")
        yield Signature(name, found[:_ID_BYTES], found[_ID_BYTES:])
