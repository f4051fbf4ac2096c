"""What a command waits for before it does anything: only what every command needs."""

import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

# Each takes from a quarter of a second to some seconds to load, and is imported by the commands that need it.
LATER = ("alembic", "faust", "kafka", "lifelines", "litestar", "numpy", "pandas", "reportlab", "scipy", "sqlalchemy")


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    asked = "import sys, trialog.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=120, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("library", LATER)
def test_a_library_that_only_some_commands_need_is_not_loaded_by_all(loaded: set[str], library: str) -> None:
    assert library in packages_distributions(), "a name that nothing has would never be loaded"
    assert library not in loaded


def test_what_the_commands_need_is_loaded(loaded: set[str]) -> None:
    assert {"psycopg", "typer", "trialog"} <= loaded
