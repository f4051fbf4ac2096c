"""The trial and its pages, once a module: nothing here writes to it again."""

from collections.abc import Iterator

import pytest

from tests.monitor.serving import Trial, served
from tests.monitor.statistics.course import looked_at
from tests.servers.postgres import Database


@pytest.fixture(scope="module")
def half_way_trial(module_database: Database) -> Iterator[Trial]:
    with looked_at(module_database) as trial:
        yield trial


@pytest.fixture(scope="module")
def half_way_address(half_way_trial: Trial) -> Iterator[str]:
    with served(half_way_trial.monitoring()) as address:
        yield address
