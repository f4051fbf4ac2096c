"""Where the data are, as each role sees them: PostgreSQL (embedded or by URL) and the log (a table, or Kafka).

Kafka's client, SQLAlchemy and Alembic are imported by who asks for them: together they take a second to load, which a
command that only looks need not wait for.
"""

import functools
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import psycopg

from eventlog.embedded import EmbeddedAppender, EmbeddedReader
from eventlog.errors import LogError
from eventlog.log import Appender, Reader
from projections.embedded_server import EmbeddedServer
from projections.errors import ProjectionError
from schemas.study import StudyDefinition
from schemas.topics import topic_names
from trialog.errors import NotReachable, SettingsError
from trialog.settings import Secret, Settings

if TYPE_CHECKING:
    from eventlog.kafka_client import KafkaSettings
    from eventlog.topics import Topics

Connect = Callable[[], psycopg.Connection[Any]]

CONNECT_SECONDS_MAX = 10


class Stores:
    """Opens what the settings name. A context manager: on leaving, an embedded server that it started is stopped."""

    def __init__(self, settings: Settings, study: StudyDefinition) -> None:
        self._settings = settings
        self._study = study
        self._exit = ExitStack()
        self._server: EmbeddedServer | None = None

    def __enter__(self) -> Self:
        if self._settings.embedded:
            self._server = self._exit.enter_context(EmbeddedServer(self._settings.data_dir / "postgres"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    @property
    def kafka(self) -> "KafkaSettings | None":
        if self._settings.kafka is None:
            return None
        from eventlog.kafka_client import KafkaSettings

        return KafkaSettings(bootstrap_servers=self._settings.kafka, timeout_seconds=self._settings.log_timeout_seconds)

    def prepare(self) -> None:
        """Migrates the database, and creates the topics. Raises NotReachable."""
        self.migrate()
        try:
            self.topics().ensure(self._study.id, self._settings.partitions)
        except LogError as error:
            raise NotReachable(str(error)) from error

    def migrate(self) -> None:
        """Brings the database to the newest state. Raises NotReachable."""
        from projections.migrate import migrate

        passwords = {f"trialog_{role}": secret.value for role, secret in self._settings.role_passwords.items()}
        try:
            migrate(self._url("postgres" if self._settings.embedded else "owner"), passwords=passwords)
        except ProjectionError as error:
            raise NotReachable(str(error)) from error

    def connect_as(self, role: str) -> Connect:
        """A maker of connections as ``app``, ``read``, ``intake`` or ``owner``.

        By URL the role is whatever the URL says: each process is given its own.
        """
        name = f"trialog {self._settings.worker_name}"
        return functools.partial(
            psycopg.connect,
            self._url(role),
            autocommit=True,
            application_name=name,
            connect_timeout=CONNECT_SECONDS_MAX,
        )

    def appender(self) -> Appender:
        if self.kafka is not None:
            from eventlog.kafka import KafkaAppender

            return KafkaAppender(self.kafka)
        return EmbeddedAppender(self.connect_as("intake"), timeout_seconds=self._settings.log_timeout_seconds)

    def reader(self, role: str = "app") -> Reader:
        if self.kafka is not None:
            from eventlog.kafka import KafkaReader

            return KafkaReader(self.kafka)
        return EmbeddedReader(self.connect_as(role))

    def topics(self) -> "Topics":
        """The study's topics; on the embedded log as the owner."""
        if self.kafka is not None:
            from eventlog.kafka_topics import KafkaTopics

            return KafkaTopics(self.kafka)
        from eventlog.topics import EmbeddedTopics

        return EmbeddedTopics(self.connect_as("owner"))

    def topic_names(self) -> tuple[str, ...]:
        return topic_names(self._study.id)

    def _url(self, role: str) -> str:
        if self._server is not None:
            return self._server.url(role if role == "postgres" else f"trialog_{role}")
        chosen: Secret | None = self._settings.database_url
        if role == "intake" and self._settings.intake_url is not None:
            chosen = self._settings.intake_url
        if chosen is None:
            raise SettingsError("DATABASE_URL: not set")
        return chosen.value
