"""The source tree as the tests of its shape read it."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "analytics",
    "eventlog",
    "monitor",
    "producers",
    "projections",
    "schemas",
    "stream_processors",
    "trialog",
)


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def modules(*folders: str) -> Iterator[Path]:
    """The Python files under these first-level folders, in order."""
    for folder in folders:
        yield from sorted(path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def kept_files() -> list[Path]:
    """Every file that git keeps or would keep: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return sorted(path for path in set(paths) if path.is_file())


def text_of(path: Path) -> str | None:
    """The file's text; None for a picture or another binary."""
    content = path.read_bytes()
    return None if b"\0" in content or content.startswith(b"%PDF-") else content.decode("utf-8")
