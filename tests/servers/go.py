"""Programs in Go that others wrote, or that use what others wrote. Go fetches what they need and keeps it."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.servers.alone import alone
from tests.servers.errors import Missing

BUILD_SECONDS = 300


def go_program(source: str | Path, target: Path | None = None) -> Path:
    """Builds a program: of a published module, such as ``example.org/module/cmd/name@v1.2.3``, or in a folder.

    A published one is kept in Go's own folder of programs, one of a folder is written to ``target``. Raises Missing
    where there is no Go, or it does not reach the modules.
    """
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        raise Missing("no Go (it builds the programs of others that judge ours; Debian: apt-get install golang-go)")
    if isinstance(source, Path):
        assert target is not None, "where to write the program of a folder"
        _run([go, "build", "-o", str(target), "."], source)
        return target
    name, _, version = source.rpartition("/")[2].partition("@")
    kept = Path(_run([go, "env", "GOCACHE"], Path.cwd()).strip()) / "trialog-tests" / version
    with alone():  # a program that is being written cannot be run
        if not (kept / name).exists():
            _run([go, "install", source], Path.cwd(), GOBIN=str(kept))
    return kept / name


def _run(command: list[str], folder: Path, **more: str) -> str:
    """Without a work space or flags of the machine, and with the version of Go that is there."""
    environ = {**os.environ, "GOWORK": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", **more}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Missing(f"go {command[1]} took longer than {BUILD_SECONDS} s") from error
    if done.returncode != 0:
        raise Missing(f"go {command[1]} failed: {done.stderr.strip()[-300:]}")
    return done.stdout
