"""The audited trial and its pages, once a module: nothing here writes to it again."""

from collections.abc import Iterator

import pytest

from tests.monitor.audit.course import AuditedTrial, audited
from tests.monitor.serving import served
from tests.servers.postgres import Database


@pytest.fixture(scope="module")
def trial(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuditedTrial]:
    with audited(module_database, tmp_path_factory.mktemp("seals")) as trial:
        yield trial


@pytest.fixture(scope="module")
def address(trial: AuditedTrial) -> Iterator[str]:
    with served(trial.monitoring()) as address:
        yield address
