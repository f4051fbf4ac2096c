"""The keys that seal: Ed25519, in the texts of the signed-note format (C2SP signed-note). Pure but for `make_key`.

A public key is ``name+8 hexadecimal digits+base64``; a private one the same behind ``PRIVATE+KEY+``, with the 32 bytes
of the seed (RFC 8032) in place of the public key, as Go's golang.org/x/mod/sumdb/note writes it.
"""

import base64
import binascii
import hashlib

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from projections.seals.errors import SealUnreadable

ED25519 = b"\x01"
ORIGIN = "trialog/"
_PRIVATE = "PRIVATE+KEY+"
_KEY_BYTES = 32


class PublicKey(msgspec.Struct, frozen=True):
    """``name`` is the origin of the seals that it signs; ``public`` the 32 bytes of the key."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The 4 bytes by which a line of signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the 32 bytes of the key, to be compared by two people over the telephone."""
        digits = hashlib.sha256(self.public).hexdigest()
        return " ".join(digits[at : at + 4] for at in range(0, 64, 4))

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Whether this is this key's signature over this text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


class SealKey(msgspec.Struct, frozen=True):
    """A private key. ``seed`` is shown by no representation."""

    name: str
    seed: bytes

    def __repr__(self) -> str:
        return f"SealKey({self.public.id.hex()})"

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.name, self._private().public_key().public_bytes_raw())

    @property
    def private_text(self) -> str:
        return f"{_PRIVATE}{self.name}+{self.public.id.hex()}+{base64.b64encode(ED25519 + self.seed).decode()}"

    def sign(self, text: bytes) -> bytes:
        """The 64 bytes of the signature over this text."""
        return self._private().sign(text)

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def origin_of(study_id: str) -> str:
    """The first line of a study's seals, which is the name of their keys as well.

    >>> origin_of("NCT06486350")
    'trialog/NCT06486350'
    """
    return ORIGIN + study_id


def make_key(name: str) -> SealKey:
    """A new key. ``name`` has neither spaces nor a plus sign."""
    return SealKey(_named(name), Ed25519PrivateKey.generate().private_bytes_raw())


def parse_public_key(text: str) -> PublicKey:
    """Raises SealUnreadable, also where the key's id is not that of the key."""
    name, key_id, public = _parts(text.strip(), "a public key is written name+8 hexadecimal digits+base64")
    key = PublicKey(name, public)
    if key.id.hex() != key_id:
        raise SealUnreadable(f"public key of {name}: its id {key_id} is not that of its bytes; get the text again")
    return key


def parse_public_keys(text: str) -> tuple[PublicKey, ...]:
    """One key a line; empty lines and lines that begin with # say nothing. Raises SealUnreadable."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(parse_public_key(line) for line in lines if line and not line.startswith("#"))


def parse_private_key(text: str) -> SealKey:
    """Raises SealUnreadable, whose message shows nothing of the key."""
    how = "a private key is written PRIVATE+KEY+name+8 hexadecimal digits+base64"
    if not text.strip().startswith(_PRIVATE):
        raise SealUnreadable(how)
    name, key_id, seed = _parts(text.strip().removeprefix(_PRIVATE), how)
    key = SealKey(name, seed)
    if key.public.id.hex() != key_id:
        raise SealUnreadable(f"private key of {name}: its id {key_id} is not that of its bytes; restore it")
    return key


def _parts(text: str, how: str) -> tuple[str, str, bytes]:
    """Name, key id in hexadecimal, and the 32 bytes behind the byte that says Ed25519."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        found = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise SealUnreadable(how) from None
    if len(found) != 1 + _KEY_BYTES or found[:1] != ED25519:
        raise SealUnreadable(how + "; of one byte 1 (Ed25519) and 32 bytes")
    return _named(name), key_id, found[1:]


def _named(name: str) -> str:
    if not name or "+" in name or any(each.isspace() for each in name):
        raise SealUnreadable("a key's name is not empty and has neither spaces nor a plus sign")
    return name
