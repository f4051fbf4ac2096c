"""What is frozen: the golden records, and the schemas as they were published. Files are added, none is ever changed.

``golden/<type>.json`` is a whole record as the log holds it, byte for byte; ``<type>+<word>.json`` is a further one.
``baseline/<type>.<n>.json`` is the n-th published form of a type's schema, without descriptions.
``SHA256SUMS`` names the content of each. `sha256sum -c SHA256SUMS` in this folder says the same as the tests.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).parent
MANIFEST = HERE / "SHA256SUMS"

ADD = "add it with `python -m tests.schemas.freeze`"
PUT_BACK = (
    "put it back (`git checkout`): what was ever in a log stays as it is. If the facts must change, make a new version "
    "of the type with an upcast from this one, and a golden record of the new version"
)


class Standing(msgspec.Struct, frozen=True):
    """Frozen files by name: those that are no longer what they were, those that are gone, and those not listed yet."""

    changed: tuple[str, ...]
    gone: tuple[str, ...]
    unlisted: tuple[str, ...]

    def sentences(self) -> list[str]:
        return [
            *(f"{name} is frozen and was changed: {PUT_BACK}" for name in self.changed),
            *(f"{name} is frozen and is gone: {PUT_BACK}" for name in self.gone),
            *(f"{name} is not frozen yet: {ADD}" for name in self.unlisted),
        ]


def standing(folder: Path = HERE) -> Standing:
    """The files of a folder with ``golden``, ``baseline`` and ``SHA256SUMS``, compared."""
    listed, there = read_manifest(folder / MANIFEST.name), _digests(folder)
    return Standing(
        changed=tuple(name for name in sorted(listed) if name in there and there[name] != listed[name]),
        gone=tuple(name for name in sorted(listed) if name not in there),
        unlisted=tuple(name for name in sorted(there) if name not in listed),
    )


def list_new(folder: Path = HERE) -> list[str]:
    """Lists what is not listed, touches no line that is there, and returns the names."""
    new = standing(folder).unlisted
    digests = read_manifest(folder / MANIFEST.name) | {name: _digests(folder)[name] for name in new}
    lines = [f"{digest}  {name}\n" for name, digest in sorted(digests.items())]
    (folder / MANIFEST.name).write_text("".join(lines))
    return list(new)


def read_manifest(path: Path) -> dict[str, str]:
    """Digest by name; empty where there is no manifest yet."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def baselines(type_: str, folder: Path = HERE) -> list[dict[str, Any]]:
    """Every published form of a type's schema, the first one first."""
    paths = (folder / "baseline").glob(f"{type_}.*.json")
    return [json.loads(path.read_bytes()) for path in sorted(paths, key=lambda path: int(path.name.split(".")[-2]))]


def golden_names(folder: Path = HERE) -> list[str]:
    return sorted(path.name.removesuffix(".json") for path in (folder / "golden").glob("*.json"))


def golden(name: str) -> bytes:
    return (HERE / "golden" / f"{name}.json").read_bytes()


def type_of(name: str) -> str:
    """The type of a golden record: ``lab.result-reported.v1+no-number`` is one of ``lab.result-reported.v1``."""
    return name.partition("+")[0]


def _digests(folder: Path) -> dict[str, str]:
    paths = [path for part in ("golden", "baseline") for path in (folder / part).glob("*.json")]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
