"""A worker inside the tests' own process must not end it."""

from types import SimpleNamespace
from typing import NoReturn

import pytest

from stream_processors import death


@pytest.fixture(autouse=True)
def _no_worker_ends_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(code: int) -> NoReturn:
        raise AssertionError(f"the worker would have ended the process with {code}")

    monkeypatch.setattr(death, "os", SimpleNamespace(_exit=refused))
