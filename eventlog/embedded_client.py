"""How the embedded log's database is reached, and what its failures mean to the log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from eventlog.errors import LogUnavailable, TopicsMissing

Connect = Callable[[], psycopg.Connection[Any]]


def opened(connect: Connect) -> psycopg.Connection[Any]:
    """A connection on which each statement is a transaction."""
    connection = connect()
    connection.autocommit = True
    return connection


def partitions(connection: psycopg.Connection[Any], topic: str) -> int:
    """How many partitions the topic has. Raises TopicsMissing."""
    row = connection.execute("SELECT partitions FROM eventlog.topics WHERE topic = %s", (topic,)).fetchone()
    if row is None:
        raise missing(topic)
    return int(row[0])


def missing(what: str) -> TopicsMissing:
    return TopicsMissing(f"{what} is not in the embedded log; create the study's topics with `trialog topics`")


@contextmanager
def as_log_errors() -> Iterator[None]:
    """What psycopg raises, as the log's own errors."""
    try:
        yield
    except psycopg.errors.UndefinedObject as error:
        raise missing("a topic or partition") from error
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName) as error:
        raise missing("the schema eventlog") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise LogUnavailable(
            f"the embedded log did not answer ({type(error).__name__}); is PostgreSQL running? Try again, with the "
            "same event ids"
        ) from error
