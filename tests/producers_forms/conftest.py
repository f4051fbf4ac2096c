from collections.abc import Iterator

import pytest

from tests.producers_forms.site import Site, site
from tests.servers.postgres import Database


@pytest.fixture(scope="module")
def door(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One door for the tests of a module; each test speaks of subjects and forms of its own."""
    with site(module_database, tmp_path_factory.mktemp("door")) as running:
        yield running
