"""What tests of the statistics on a real database stand on."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.analytics.ledgers import Ledger
from tests.servers.postgres import Database


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    opened = Ledger(database)
    yield opened
    opened.close()


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection]:
    with database.connect(autocommit=True) as opened:
        yield opened
