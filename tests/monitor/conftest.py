"""A trial in a fresh database, and its pages behind a real server."""

from collections.abc import Iterator

import pytest

from tests.monitor.serving import Trial, served
from tests.servers.postgres import Database


@pytest.fixture
def trial(database: Database) -> Iterator[Trial]:
    trial = Trial(database)
    yield trial
    trial.close()


@pytest.fixture
def address(trial: Trial) -> Iterator[str]:
    """Where the trial's pages are."""
    with served(trial.monitoring()) as address:
        yield address
