"""The AsyncAPI specification's own JSON Schema, from the package in which its makers keep it. npm fetches that."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.servers.alone import alone
from tests.servers.errors import Missing

PACKAGE = Path(__file__).parent / "asyncapi_specs" / "package.json"
INSTALL_SECONDS = 180


def specification_schema(version: str) -> dict[str, Any]:
    """The schema of AsyncAPI documents of this version, such as "3.0.0", with all that it refers to inside.

    npm keeps the package in `target/` beside `package.json` until that changes. No script of a package is run.
    Raises Missing where there is no npm or it cannot reach its registry.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("no npm (it fetches the AsyncAPI specification's own schema; Debian: apt-get install npm)")
    target = PACKAGE.parent / "target" / hashlib.sha256(PACKAGE.read_bytes()).hexdigest()[:12]
    schema = target / "node_modules" / "@asyncapi" / "specs" / "schemas" / f"{version}.json"
    with alone():
        if not schema.exists():
            _install(npm, target)
    document: dict[str, Any] = json.loads(schema.read_bytes())
    return document


def _install(npm: str, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(PACKAGE, target)
    installing = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
    try:
        done = subprocess.run(
            installing, cwd=target, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Missing(f"npm did not install @asyncapi/specs within {INSTALL_SECONDS} s") from error
    if done.returncode != 0:
        raise Missing(f"npm could not install @asyncapi/specs: {(done.stderr or done.stdout).strip()[:300]}")
