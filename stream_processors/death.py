"""How a worker stops for good: one clear line, then the process ends at once and the supervisor starts another.

No tidy shutdown on purpose. After a fence or an error that nobody foresaw, nothing in this process is to be trusted,
and Faust's own shutdown commits offsets. What was written is committed in the database; what was not will come again.
"""

import logging
import os
import sys
import traceback
from typing import NoReturn

from eventlog.errors import LogError
from projections.errors import ProjectionError

logger = logging.getLogger(__name__)

EXIT_STOPPED = 1
EXIT_NOT_REACHABLE = 3


def die(reason: BaseException, *, doing: str, code: int = EXIT_STOPPED) -> NoReturn:
    """Logs what happened, without any value of a record, and ends the process."""
    logger.critical(
        "%s: %s; the process stops, and a new one starts from the database's positions", doing, cause(reason)
    )
    _end(code)


def leave(why: str) -> NoReturn:
    """Ends the process at once, as it was asked to stop."""
    logger.warning("%s; the process ends as it is, and what is not written comes again", why)
    _end(0)


def _end(code: int) -> NoReturn:
    for handler in logging.getLogger().handlers:
        handler.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def cause(reason: BaseException) -> str:
    """The error as it may be logged. Our own messages name no value; of a foreign one only the type and the place."""
    name = type(reason).__name__
    if isinstance(reason, ProjectionError | LogError):
        return f"{name}: {reason}"
    frames = traceback.extract_tb(reason.__traceback__)[-3:]
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{name} at {places}" if places else name
