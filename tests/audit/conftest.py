"""One export of more than ten thousand rows, shared by the tests of this folder."""

from pathlib import Path

import pytest

from projections.export.archive import Exported
from tests.audit.ledgers import export, fill
from tests.servers.postgres import DatabaseServer

ROWS = 10_200


@pytest.fixture(scope="session")
def archive(
    database_server: DatabaseServer, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Exported]:
    """The path of the archive, and what it holds."""
    folder = tmp_path_factory.mktemp("export")
    database = database_server.create("exported", template=migrated_template)
    fill(database, folder / "seals", ROWS)
    exported = export(database, folder / "export.zip")
    database_server.drop(database.name)
    return folder / "export.zip", exported
