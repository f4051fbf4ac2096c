"""The keys that seal: from the settings, or made once and kept beside the data, one file a key, for its owner alone.

Several may sign at once, so that a new key can be given to the auditors before the old one goes. docs/audit/keys.md
says when to do what.
"""

import os
from pathlib import Path

from projections.seals.errors import SealUnreadable
from projections.seals.keys import SealKey, make_key, origin_of, parse_private_key
from schemas.study import StudyDefinition
from trialog.errors import AnswerIsNo, SettingsError
from trialog.settings import Settings

_SUFFIX = ".key"
_NOBODY_ELSE = 0o077


class SealKeys:
    """The keys of one study's seals."""

    def __init__(self, settings: Settings, study: StudyDefinition) -> None:
        self._setting = settings.seal_key
        self._folder = settings.data_dir / "keys" / "seals"
        self.name = origin_of(study.id)

    def signing(self) -> tuple[SealKey, ...]:
        """Those that sign now, in the order of their ids; the first one is made where there is none.

        A made key alone seals nothing that another key has begun to seal: the signer refuses (see `Sealer`). Raises
        SettingsError.
        """
        return self.there() or (self._make(),)

    def there(self) -> tuple[SealKey, ...]:
        """Those that sign now, none where there is none yet. Raises SettingsError."""
        if self._setting is not None:
            return tuple(self._parse("TRIALOG_SEAL_KEY", text) for text in self._setting.value.split())
        return tuple(self._load(file) for file in sorted(self._folder.glob(f"*{_SUFFIX}")))

    def new(self) -> SealKey:
        """Makes the first key, or the first after a loss. Raises AnswerIsNo where there is one."""
        if there := self.there():
            raise AnswerIsNo(f"key {there[0].public.id.hex()} is there; `trialog ledger key rotate` adds another")
        return self._make()

    def rotate(self) -> SealKey:
        """Makes one more key; from the next seal on both sign. Raises AnswerIsNo, SettingsError."""
        if not self.there():
            raise AnswerIsNo("there is no key yet: `trialog ledger key new` makes one")
        return self._make()

    def retire(self, key_id: str) -> None:
        """Destroys the private part of a key; the others sign on. Raises AnswerIsNo, SettingsError."""
        if self._setting is not None:
            raise SettingsError("TRIALOG_SEAL_KEY: the keys come from this setting; take the key out of it")
        ids = [key.public.id.hex() for key in self.there()]
        if key_id not in ids:
            raise AnswerIsNo(f"no key {key_id} signs here; those that do: {', '.join(ids) or 'none'}")
        if ids == [key_id]:
            raise AnswerIsNo(f"{key_id} is the only key: `trialog ledger key rotate` first, and seal once with both")
        self._file(key_id).unlink()

    def _make(self) -> SealKey:
        if self._setting is not None:
            raise SettingsError(
                "TRIALOG_SEAL_KEY: the keys come from this setting; make one where it is not set, and add it there"
            )
        key = make_key(self.name)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._file(key.public.id.hex())
        unnamed = file.with_suffix(".making")
        with os.fdopen(os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(key.private_text + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        unnamed.rename(file)
        return key

    def _file(self, key_id: str) -> Path:
        return self._folder / f"{key_id}{_SUFFIX}"

    def _load(self, file: Path) -> SealKey:
        if file.stat().st_mode & _NOBODY_ELSE:
            raise SettingsError(f"{file}: others than its owner may read this key; see docs/audit/keys.md, “Stolen”")
        return self._parse(str(file), file.read_text())

    def _parse(self, where: str, text: str) -> SealKey:
        try:
            key = parse_private_key(text)
        except SealUnreadable as error:
            raise SettingsError(f"{where}: {error}") from None
        if key.name != self.name:
            raise SettingsError(f"{where}: the key is named {key.name}, and this study's seals {self.name}")
        return key
