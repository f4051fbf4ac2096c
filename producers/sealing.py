"""AES-256-GCM and keyed hashes, with a key of its own for each purpose. Pure but for the random nonce."""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from producers.errors import Unreadable, WrongKey

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES


class Sealer:
    """Seals bytes, and names them by a keyed hash. Both keys are derived, so neither tells anything about the other.

    A random nonce of 96 bits is safe for 2**32 sealings under one key (NIST SP 800-38D, 8.3), which is many more
    than the messages of a trial.
    """

    def __init__(self, key: bytes, purpose: str) -> None:
        """``key`` has 32 bytes; raises WrongKey. Different purposes under one key share nothing."""
        if len(key) != KEY_BYTES:
            raise WrongKey(f"the key for {purpose} has {len(key)} bytes and must have {KEY_BYTES}")
        self._aead = AESGCM(_derived(key, f"trialog {purpose} seal"))
        self._mac_key = _derived(key, f"trialog {purpose} name")

    def __repr__(self) -> str:
        return "Sealer(...)"

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Nonce, ciphertext and tag. Only the same ``context`` opens it, so a sealed copy cannot change its place."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Raises Unreadable where one bit differs, or the key or context is another."""
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as error:
            raise Unreadable("sealed bytes do not open: changed, or sealed with another key") from error

    def name(self, *parts: bytes) -> bytes:
        """HMAC-SHA256 over the parts, each with its length before it, so that no two lists of parts sound alike."""
        said = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self._mac_key, said, "sha256")


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(key)
