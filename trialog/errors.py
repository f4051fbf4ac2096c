"""What the front door answers with, and its exit codes.

TrialogError
├── SettingsError      exit 2: settings are missing or wrong; all of them are named at once
├── AnswerIsNo         exit 1: the question was understood and the answer is no (a broken chain, a difference)
└── NotReachable       exit 3: a part (the database, Kafka, a running Trialog) does not answer
"""

from typing import ClassVar


class TrialogError(Exception):
    """Base of all that ends a command with a sentence instead of a traceback."""

    exit_code: ClassVar[int] = 1


class AnswerIsNo(TrialogError):
    exit_code = 1


class SettingsError(TrialogError):
    exit_code = 2


class NotReachable(TrialogError):
    exit_code = 3
