"""The doors' two keys: from the settings, or, on the embedded default, made once and kept beside the data.

Whoever loses the identity key can no longer tell which hospital number is which subject; whoever loses the spool key
can no longer read what waits at the doors. So both belong into a backup that is kept apart from the data.
"""

import os
import secrets
from pathlib import Path

import msgspec

from trialog.errors import SettingsError
from trialog.settings import KEY_BYTES, Secret, Settings


class DoorKeys(msgspec.Struct, frozen=True):
    """32 bytes each."""

    spool: bytes
    identity: bytes

    def __repr__(self) -> str:
        return "DoorKeys(…)"


def door_keys(settings: Settings) -> DoorKeys:
    """Raises SettingsError where a key is neither set nor may be made."""
    folder = settings.data_dir / "keys"
    return DoorKeys(
        spool=_key(settings.spool_key, "TRIALOG_SPOOL_KEY", folder / "spool.key", settings.embedded),
        identity=_key(settings.identity_key, "TRIALOG_IDENTITY_KEY", folder / "identity.key", settings.embedded),
    )


def _key(setting: Secret | None, name: str, file: Path, may_make: bool) -> bytes:
    if setting is not None:
        return setting.key()
    if not may_make:
        raise SettingsError(f"{name}: not set")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(name, file)
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(key.hex() + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    return key


def _read(name: str, file: Path) -> bytes:
    try:
        key = bytes.fromhex(file.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{name}: the file {file} does not hold {KEY_BYTES} bytes in hexadecimal; restore it")
    return key
