"""What a machine may not have.

ServerError
├── Missing      the machine lacks a part (no Docker, no Java, no Chromium); the message is the reason for a skip
└── NotStarted   the part is there and did not come up; the message holds the end of its log
"""


class ServerError(Exception):
    """Base of what the servers of the tests raise."""


class Missing(ServerError):
    """The machine cannot run this part. Not an error of Trialog, and never silent."""


class NotStarted(ServerError):
    """The part is installed and did not answer in time."""
