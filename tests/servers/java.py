"""A Java class path from a pom.xml, resolved by Maven into its own cache, for servers and foreign clients in Java."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from tests.servers.alone import alone
from tests.servers.errors import Missing

JAVA_MIN = 17
RESOLVE_SECONDS = 300


def java_path() -> str:
    """The `java` to run. Raises Missing where there is none, or an older one than Java 17."""
    java = shutil.which("java")
    if java is None:
        raise Missing(f"no java (Java {JAVA_MIN} or later is wanted)")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found.group(1)) < JAVA_MIN:
        raise Missing(f"java is too old: Java {JAVA_MIN} or later is wanted")
    return java


def class_path(pom: Path) -> str:
    """All jars that the pom's dependencies need at run time, as `java -cp` takes them.

    Maven keeps the jars; the list is kept in `target/` beside the pom until the pom changes or a jar is gone.
    Raises Missing where there is no Maven or it cannot reach its repository.
    """
    kept = pom.parent / "target" / f"classpath-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}.txt"
    with alone():  # Maven's cache is not made for two that fill it at once
        if not kept.exists() or not all(Path(jar).exists() for jar in kept.read_text().split(":")):
            _resolve(pom, kept)
        return kept.read_text()


def _resolve(pom: Path, kept: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing("no mvn (Maven resolves the Java parts of the tests)")
    kept.parent.mkdir(exist_ok=True)
    resolving = [maven, "-q", "-B", "-f", str(pom), "dependency:build-classpath", "-DincludeScope=runtime"]
    try:
        done = subprocess.run(
            [*resolving, f"-Dmdep.outputFile={kept}"],
            capture_output=True,
            text=True,
            timeout=RESOLVE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Missing(f"mvn did not resolve {pom.parent.name} within {RESOLVE_SECONDS} s") from error
    if done.returncode != 0:
        raise Missing(f"mvn could not resolve {pom.parent.name}: {done.stdout.strip()[:300]}")
