"""The settings, read from an environment once and checked all together. Pure: what is a mapping in is a struct out."""

import datetime as dt
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from schemas.topics import PARTITIONS_DEFAULT
from trialog.errors import SettingsError

KEY_BYTES = 32

# Nobody signed in, and the account of a shared machine names nobody either: better no name than a wrong one.
ACTOR_DEFAULT = "unnamed-operator"
ACTOR_ROLE_DEFAULT = "operator"

Value = TypeVar("Value")
Default = TypeVar("Default")


class Address(msgspec.Struct, frozen=True):
    """Where to listen. Port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Secret(msgspec.Struct, frozen=True):
    """A value that no log line and no error shows."""

    value: str

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def key(self) -> bytes:
        """The 32 bytes that the hexadecimal value stands for."""
        return bytes.fromhex(self.value)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """``database_url`` and ``kafka`` None mean the embedded server and the embedded log in ``data_dir``.

    ``intake_url`` is the doors' own role where one process needs both (`serve` reads as one role and takes forms as
    another). ``spool_key`` and ``identity_key`` are None on the embedded default until they are made in ``data_dir``.
    ``cutoff_on`` None means the latest date on which anything in the projections happened.
    ``actor`` and ``actor_role`` are whom the record of accesses names; nobody signs in yet, so they are what the
    settings say. ``unmasked_roles`` may see what quarantined records hold, and values of a blinded marker; nobody may,
    where none is named.
    ``seal_key`` is one private key or several (with spaces between), None means those in ``data_dir``. Seals are kept
    in ``seal_folders``, and also in ``seal_store`` (a URL) and ``seal_topic`` where they are set; one is made after so
    many commits, or when a commit has waited for so many minutes.
    """

    study_file: Path | None = None
    plan_file: Path | None = None
    data_dir: Path = Path("trialog-data")
    http: Address = Address("127.0.0.1", 8080)
    hl7: Address = Address("127.0.0.1", 2575)
    kafka: str | None = None
    partitions: int = PARTITIONS_DEFAULT
    database_url: Secret | None = None
    intake_url: Secret | None = None
    spool_key: Secret | None = None
    identity_key: Secret | None = None
    cutoff_on: dt.date | None = None
    worker_name: str = "worker"
    log_timeout_seconds: float = 10.0
    role_passwords: dict[str, Secret] = {}
    actor: str = ACTOR_DEFAULT
    actor_role: str = ACTOR_ROLE_DEFAULT
    unmasked_roles: frozenset[str] = frozenset()
    seal_key: Secret | None = None
    seal_dirs: tuple[Path, ...] = ()
    seal_store: str | None = None
    seal_topic: str | None = None
    seal_commits: int = 1000
    seal_minutes: float = 5.0

    @property
    def embedded(self) -> bool:
        return self.database_url is None

    @property
    def sees_values(self) -> bool:
        """Whether whoever runs the process has a role that may see values."""
        return self.actor_role in self.unmasked_roles

    @property
    def seal_folders(self) -> tuple[Path, ...]:
        """The folders outside the database in which seals are kept: at least one."""
        return self.seal_dirs or (self.data_dir / "seals",)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], demand: tuple[str, ...] = ()) -> "Settings":
        """Reads every setting, and names all that are wrong, or demanded and missing, in one SettingsError."""
        reader = _Reader(environ)
        settings = cls(
            study_file=reader.read("TRIALOG_STUDY", Path, None),
            plan_file=reader.read("TRIALOG_PLAN", Path, None),
            data_dir=reader.read("TRIALOG_DATA", Path, Path("trialog-data")),
            http=reader.read("TRIALOG_HTTP", parse_address, Address("127.0.0.1", 8080)),
            hl7=reader.read("TRIALOG_HL7", parse_address, Address("127.0.0.1", 2575)),
            kafka=reader.read("TRIALOG_KAFKA", str, None),
            partitions=reader.read("TRIALOG_PARTITIONS", _partitions, PARTITIONS_DEFAULT),
            database_url=reader.read("DATABASE_URL", _postgres_url, None),
            intake_url=reader.read("TRIALOG_INTAKE_DATABASE_URL", _postgres_url, None),
            spool_key=reader.read("TRIALOG_SPOOL_KEY", _key, None),
            identity_key=reader.read("TRIALOG_IDENTITY_KEY", _key, None),
            cutoff_on=reader.read("TRIALOG_CUTOFF", dt.date.fromisoformat, None),
            worker_name=reader.read("TRIALOG_WORKER", str, "worker"),
            log_timeout_seconds=reader.read("TRIALOG_LOG_TIMEOUT_SECONDS", _seconds, 10.0),
            role_passwords={
                role: Secret(environ[name])
                for role in ("owner", "app", "read", "intake")
                if (name := f"TRIALOG_{role.upper()}_PASSWORD") in environ
            },
            actor=reader.read("TRIALOG_ACTOR", _short_name, ACTOR_DEFAULT),
            actor_role=reader.read("TRIALOG_ACTOR_ROLE", _short_name, ACTOR_ROLE_DEFAULT),
            unmasked_roles=reader.read("TRIALOG_UNMASKED_ROLES", _short_names, frozenset()),
            seal_key=reader.read("TRIALOG_SEAL_KEY", Secret, None),
            seal_dirs=reader.read("TRIALOG_SEAL_DIRS", _folders, ()),
            seal_store=reader.read("TRIALOG_SEAL_STORE", _store_url, None),
            seal_topic=reader.read("TRIALOG_SEAL_TOPIC", _topic, None),
            seal_commits=reader.read("TRIALOG_SEAL_COMMITS", _commits, 1000),
            seal_minutes=reader.read("TRIALOG_SEAL_MINUTES", _minutes, 5.0),
        )
        if settings.seal_topic is not None and settings.kafka is None:
            demand = (*demand, "TRIALOG_KAFKA")
        reader.finish(demand)
        return settings


def parse_address(text: str) -> Address:
    """``HOST:PORT``, the host in brackets where it holds colons. Raises ValueError.

    >>> parse_address("127.0.0.1:2575")
    Address(host='127.0.0.1', port=2575)
    """
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError("write HOST:PORT, such as 127.0.0.1:8080")
    return Address(host.strip("[]"), int(port))


class _Reader:
    """Collects what is wrong instead of stopping at the first."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def read(self, name: str, parse: Callable[[str], Value], default: Default) -> Value | Default:
        text = self._environ.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self._problems.append(f"{name}: {error}")
            return default

    def finish(self, demand: tuple[str, ...]) -> None:
        missing = [f"{name}: not set" for name in demand if not self._environ.get(name, "").strip()]
        if problems := self._problems + missing:
            raise SettingsError(
                "settings:\n  " + "\n  ".join(problems) + "\nREADME, “Settings”, says what each is for."
            )


def _partitions(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise ValueError("a whole number from 1 to 256")
    return int(text)


def _short_name(text: str) -> str:
    if len(text) > 200 or not text.isprintable():
        raise ValueError("an id in the study's own register, at most 200 characters on one line")
    return text


def _short_names(text: str) -> frozenset[str]:
    return frozenset(_short_name(name.strip()) for name in text.split(",") if name.strip())


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 600:
        raise ValueError("seconds, from 0.1 to 600")
    return seconds


def _commits(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise ValueError("a whole number from 1 to 1000000")
    return int(text)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0.01 <= minutes <= 1440:
        raise ValueError("minutes, from 0.01 to 1440")
    return minutes


def _folders(text: str) -> tuple[Path, ...]:
    return tuple(Path(each) for each in text.split(os.pathsep) if each)


def _store_url(text: str) -> str:
    scheme, colon, rest = text.partition("://")
    if not colon or not scheme or not rest or "@" in rest:
        raise ValueError("write SCHEME://BUCKET/PREFIX, such as s3://audit/trialog; keys go into the store's own names")
    return text


def _topic(text: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9._-]{1,249}", text):
        raise ValueError("letters, digits, dots, underscores and hyphens, such as trialog.seals")
    return text


def _postgres_url(text: str) -> Secret:
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("write postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE")
    return Secret(text)


def _key(text: str) -> Secret:
    try:
        right = len(bytes.fromhex(text)) == KEY_BYTES
    except ValueError:
        right = False
    if not right:
        raise ValueError("64 hexadecimal digits (32 bytes), such as `openssl rand -hex 32` prints")
    return Secret(text)
