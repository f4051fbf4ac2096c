"""The places outside, each on the real thing: a folder, an object store on disk, one that speaks S3, a Kafka topic."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.go import go_program
from tests.servers.waiting import wait_until

S3_SERVER = "github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0"


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """An S3 server in Go, written by others; its address. Raises Missing."""
    program, printed = go_program(S3_SERVER), folder / "s3.txt"
    command = [str(program), "-backend", "memory", "-autobucket", "-host", "127.0.0.1:0"]
    with printed.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT) as process:
        try:
            port: list[str] = []

            def listens() -> bool:
                port[:] = re.findall(r"using port: (\d+)", printed.read_text())
                return bool(port) or process.poll() is not None

            wait_until(listens, within_seconds=30, what="the S3 server")
            assert port, printed.read_text()
            yield f"http://127.0.0.1:{port[0]}"
        finally:
            process.kill()


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """The process's environment with these variables, as an operator sets them for the object store's library."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
