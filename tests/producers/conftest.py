"""The database of a door: migrated, with the topics of the study's embedded log."""

import pytest

from tests.producers.doors import make_topics
from tests.servers.postgres import Database


@pytest.fixture
def door_database(database: Database) -> Database:
    make_topics(database)
    return database
