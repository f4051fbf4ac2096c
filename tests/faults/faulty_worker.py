"""A real worker process with faults put in: run as `python -m tests.faults.faulty_worker SETTINGS`.

The faults are in this file alone: a database connection that fails or is killed between write and commit, and an agent
that lets exceptions out. Everything else is the worker as it is.
"""

import logging
import os
import random
import signal
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from eventlog.kafka_client import KafkaSettings
from projections.writer import Writer
from schemas.study import StudyDefinition, parse_study
from stream_processors import app as worker_app
from stream_processors.app import ProjectionApp, WorkerSettings
from stream_processors.bundles import Bundle
from stream_processors.worker import run


class FaultySettings(msgspec.Struct, kw_only=True, frozen=True):
    """``shares`` are the probabilities of each fault, by its name in `FAULTS`, per commit or per bundle.

    ``session_seconds`` are by default the least that the broker allows: after them a killed worker's partitions are
    free.
    """

    bootstrap: str
    group: str
    study: str
    database_url: str
    health_file: str
    seed: int
    bundle_records_max: int
    shares: dict[str, float]
    session_seconds: float = 6.0
    stop_seconds: float = 20.0


FAULTS = (
    "lost-before-commit",  # the connection goes while everything is written and nothing committed
    "lost-after-commit",  # all is committed, and nobody heard it
    "unforeseen-before-commit",  # an error that no code knows
    "killed-before-commit",
    "killed-after-commit",
    "let-out-before-write",  # an exception leaves the agent
    "let-out-after-write",
)


class LetOut(Exception):
    """Leaves the agent on purpose."""


class Faults:
    """Draws from a seed whether a fault strikes, and counts those that did in the log."""

    def __init__(self, settings: FaultySettings) -> None:
        assert settings.shares.keys() <= set(FAULTS)
        self._shares = settings.shares
        self._chance = random.Random(settings.seed)

    def strikes(self, fault: str) -> bool:
        struck = self._chance.random() < self._shares.get(fault, 0.0)
        if struck:
            sys.stderr.write(f"FAULT {fault}\n")
            sys.stderr.flush()
        return struck


def study_named(name: str) -> StudyDefinition:
    """The study of the repository under another id, so that its topics are the test's own."""
    toml = files("schemas.studies").joinpath("nct06486350.toml").read_bytes()
    return msgspec.structs.replace(parse_study(toml), id=name)


def faulty_connection(faults: Faults) -> type[psycopg.Connection[Any]]:
    class FaultyConnection(psycopg.Connection[Any]):
        def commit(self) -> None:
            if faults.strikes("lost-before-commit"):
                self.close()
                raise psycopg.OperationalError("lost before the commit, on purpose")
            if faults.strikes("unforeseen-before-commit"):
                raise RuntimeError("unforeseen, on purpose")
            if faults.strikes("killed-before-commit"):
                os.kill(os.getpid(), signal.SIGKILL)
            super().commit()
            if faults.strikes("killed-after-commit"):
                os.kill(os.getpid(), signal.SIGKILL)
            if faults.strikes("lost-after-commit"):
                self.close()
                raise psycopg.OperationalError("lost after the commit, on purpose")

    return FaultyConnection


def let_exceptions_out(faults: Faults) -> None:
    """Puts a leak around the agent's work."""
    write = worker_app.write

    async def leaky(app: ProjectionApp, bundle: Bundle) -> None:
        if faults.strikes("let-out-before-write"):
            raise LetOut
        await write(app, bundle)
        if faults.strikes("let-out-after-write"):
            raise LetOut

    worker_app.write = leaky


def main(arguments: list[str]) -> None:
    settings = msgspec.json.decode(arguments[0], type=FaultySettings)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    faults = Faults(settings)
    let_exceptions_out(faults)
    study = study_named(settings.study)
    connection = faulty_connection(faults)
    run(
        WorkerSettings(
            kafka=KafkaSettings(bootstrap_servers=settings.bootstrap),
            group=settings.group,
            topics=tuple(f"{settings.study}.{topic}" for topic in ("enrollment", "lab", "followup", "oversight")),
            health_file=Path(settings.health_file),
            bundle_records_max=settings.bundle_records_max,
            session_seconds=settings.session_seconds,
            heartbeat_seconds=1.0,
            stop_seconds=settings.stop_seconds,
        ),
        lambda: Writer(lambda: connection.connect(settings.database_url), study),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
