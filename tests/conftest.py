"""Fixtures on real parts. The classes behind them are in tests/servers/ and say what they can do.

    database_server    DatabaseServer, one a session (roles are there, no database of ours)
    empty_database     Database, fresh, not migrated
    database           Database, fresh, migrated (a copy of a template, some 0.1 s)
    module_database    the same, shared by the tests of one module
    broker             Broker, one running Apache Kafka a session; starts where it was stopped
    stoppable_broker   the same, for tests that call broker.stop(), kill(), start()
    study              a study code that no other test uses, so that its topics are its own
    browser            a Playwright Browser on the machine's Chromium, one a module
    asyncapi           the AsyncAPI specification's own JSON Schema, which npm fetches, one a session

`broker`, `browser`, `asyncapi` and `database_server` put the markers `kafka`, `browser`, `asyncapi` and `database` on
the tests that ask for them, directly or through other fixtures. Where the machine has no broker, browser or npm, those
tests are skipped and the last lines say so; where TRIALOG_REQUIRE_KAFKA=1, TRIALOG_REQUIRE_BROWSER=1 or
TRIALOG_REQUIRE_ASYNCAPI=1 is set, any skip among them is a failure.

Tests may run in several processes at once, file by file: a session is one process then, and has servers of its own.
"""

import itertools
import os
import uuid
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from schemas.contracts.asyncapi import ASYNCAPI
from tests.servers.asyncapi import specification_schema
from tests.servers.broker import Broker, find_broker
from tests.servers.chromium import chromium
from tests.servers.errors import Missing
from tests.servers.postgres import Database, DatabaseServer

# No test depends on the speed of the machine, nor on what else it does.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# A terminal that is not there: xdist's processes inherit one of 80 columns, which would fold what commands print.
for _size in ("COLUMNS", "LINES"):
    os.environ.pop(_size, None)

REQUIRED = {
    "kafka": "TRIALOG_REQUIRE_KAFKA",
    "browser": "TRIALOG_REQUIRE_BROWSER",
    "asyncapi": "TRIALOG_REQUIRE_ASYNCAPI",
}
MARKED_BY = {"broker": "kafka", "browser": "browser", "asyncapi": "asyncapi", "database_server": "database"}

_numbers = itertools.count(1)


KINDS = pytest.StashKey[dict[str, str]]()
"""What this process found, by part: "kafka" is "native Apache Kafka"."""


class LastLines:
    """What the tests with a marker of REQUIRED came to, and what tests have to say: the last lines of the run.

    All of it comes in the tests' reports, which reach the process that prints from whichever process ran them.
    """

    def __init__(self) -> None:
        self._outcomes: dict[str, Counter[str]] = {part: Counter() for part in REQUIRED}
        self._kinds: dict[str, str] = {}
        self._reasons: dict[str, str] = {}
        self._said: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = dict(report.user_properties)
        if report.when == "call" and "said" in told:
            self._said.append(str(told["said"]))
        for part in REQUIRED.keys() & told.keys():
            kind, reason = str(told[part]).split("\n", 1)
            self._kinds[part] = kind or self._kinds.get(part, "")
            self._reasons[part] = reason or self._reasons.get(part, "")
            if report.when == "call" or report.outcome != "passed":
                self._outcomes[part][report.outcome] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for said in self._said:
            terminalreporter.write_line(said)
        for part, outcomes in self._outcomes.items():
            if not outcomes:
                continue
            counts = f"{outcomes['passed']} passed, {outcomes['failed']} failed, {outcomes['skipped']} skipped"
            terminalreporter.write_line(f"{part} tests: {counts} ({self._kinds[part] or 'not there'})")
            if outcomes["skipped"]:
                reason = f"{part.upper()} TESTS WERE SKIPPED, {outcomes['skipped']} of them: {self._reasons[part]}"
                terminalreporter.write_sep("!", reason, red=True, bold=True)


@pytest.fixture(autouse=True)
def log_lines_of_its_own() -> Iterator[None]:
    """A command that runs in this process sends log lines to what is standard error then; the next test has another."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def database_server() -> Iterator[DatabaseServer]:
    with DatabaseServer() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(database_server: DatabaseServer) -> str:
    from projections.migrate import migrate  # here, because tests of the inner packages need no migrations

    template = database_server.create("migrated_template")
    migrate(template.url("trialog_owner"))
    return template.name


@pytest.fixture
def empty_database(database_server: DatabaseServer) -> Iterator[Database]:
    yield from _fresh(database_server, None)


@pytest.fixture
def database(database_server: DatabaseServer, migrated_template: str) -> Iterator[Database]:
    yield from _fresh(database_server, migrated_template)


@pytest.fixture(scope="module")
def module_database(database_server: DatabaseServer, migrated_template: str) -> Iterator[Database]:
    yield from _fresh(database_server, migrated_template)


def _fresh(server: DatabaseServer, template: str | None) -> Iterator[Database]:
    server.start()
    database = server.create(f"test_{next(_numbers)}", template=template)
    yield database
    server.start()  # the test may have stopped it
    server.drop(database.name)


@pytest.fixture(scope="session")
def session_broker(pytestconfig: pytest.Config) -> Iterator[Broker | Missing]:
    try:
        found = find_broker(os.environ.get("TRIALOG_KAFKA"))
    except Missing as missing:
        yield missing
        return
    pytestconfig.stash[KINDS]["kafka"] = found.kind
    yield found
    found.close()


@pytest.fixture
def broker(session_broker: Broker | Missing) -> Broker:
    if isinstance(session_broker, Missing):
        pytest.skip(f"no Kafka: {session_broker}")
    session_broker.start()
    return session_broker


@pytest.fixture
def stoppable_broker(broker: Broker) -> Iterator[Broker]:
    if not broker.stoppable:
        pytest.skip("no Kafka that may be stopped: the one of TRIALOG_KAFKA is somebody else's")
    yield broker
    broker.start()


@pytest.fixture
def study() -> str:
    return f"test{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="module")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    try:
        with chromium() as running:
            pytestconfig.stash[KINDS]["browser"] = f"Chromium {running.version}"
            yield running
    except Missing as missing:
        pytest.skip(f"no browser: {missing}")


@pytest.fixture(scope="session")
def asyncapi(pytestconfig: pytest.Config) -> dict[str, Any]:
    try:
        found = specification_schema(ASYNCAPI)
    except Missing as missing:
        pytest.skip(f"no AsyncAPI specification: {missing}")
    pytestconfig.stash[KINDS]["asyncapi"] = f"specification {ASYNCAPI}"
    return found


def pytest_configure(config: pytest.Config) -> None:
    config.stash[KINDS] = {}
    config.pluginmanager.register(LastLines())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, marker in MARKED_BY.items():
            if fixture in getattr(item, "fixturenames", ()) and item.get_closest_marker(marker) is None:
                item.add_marker(marker)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    for part, variable in REQUIRED.items():
        if item.get_closest_marker(part) is None:
            continue
        reason = ""
        if report.skipped:
            reason = str(call.excinfo.value) if call.excinfo else "a skip mark"
            if os.environ.get(variable) == "1":
                report.outcome = "failed"
                report.longrepr = f"skipped, and {variable}=1 forbids it: {reason}"
        report.user_properties.append((part, f"{item.config.stash[KINDS].get(part, '')}\n{reason}"))
    return report
