"""What can go wrong with the projections.

ProjectionError
├── Fenced              the log is not the one that was applied so far; fatal: stop the process
├── FoldVersionDiffers  other code wrote the states; fatal: run `trialog replay --swap`
├── Unwritable          the ledger itself refuses a record, even as quarantined; fatal: stop the process
├── DatabaseAway        the database does not answer; nothing is known to be lost; try again later
├── DatabaseNotReady    the schemas, tables or roles are not there: run `trialog migrate`
├── UnknownCommit       a commit is asked for that there is not yet
├── UnknownEvent        an event is asked for that the ledger never accepted
└── ServerNotStarted    the embedded PostgreSQL did not come up
"""


class ProjectionError(Exception):
    """Base of all that the projections raise."""


class Fenced(ProjectionError):
    """The log and the ledger disagree: another topic, an end behind the position, a hole, other bytes or rows. Stop."""


class FoldVersionDiffers(ProjectionError):
    """The subjects' states were written by code with another fold version. Stop, then run `trialog replay --swap`."""


class Unwritable(ProjectionError):
    """The database refuses a record's ledger row even as quarantined, so nothing behind it can be applied. Stop."""


class DatabaseAway(ProjectionError):
    """The connection was lost or refused. The batch is applied wholly or not at all: apply it again later."""


class DatabaseNotReady(ProjectionError):
    """A schema, table or role is missing, or this connection may not make it. Run `trialog migrate` as the owner."""


class UnknownCommit(ProjectionError):
    """There is no commit of that number yet."""


class UnknownEvent(ProjectionError):
    """No event of that id was ever accepted."""


class ServerNotStarted(ProjectionError):
    """The embedded PostgreSQL did not come up; its log lies in the data folder under ``log``."""
