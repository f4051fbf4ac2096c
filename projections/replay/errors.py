"""What can go wrong with a rebuild. Live is whole after each of them, and the next rebuild begins anew.

ProjectionError
└── RebuildError
    ├── Unreadable        live accepted a record that this code cannot read, or that lies under another key
    ├── LedgerDisagrees   the ledger's rows are not what positions and commits say: run `trialog ledger verify`
    ├── LogDiffers        the log's records are not what the ledger says it received
    ├── RebuildRuns       another rebuild is at work
    └── StillRead         somebody's transaction is open on what is to be exchanged; end it, then try again
"""

from projections.errors import ProjectionError


class RebuildError(ProjectionError):
    """Base of all that ends a rebuild."""


class Unreadable(RebuildError):
    """A record that was accepted is no event to this code. Repair the code or the schema: the ledger is right."""


class LedgerDisagrees(RebuildError):
    """Accepted rows are missing from the commits, or an event id was accepted twice. Run `trialog ledger verify`."""


class LogDiffers(RebuildError):
    """The log is another one, was cut, or has other bytes than the ledger. Find out why before anything goes on."""


class RebuildRuns(RebuildError):
    """Only one rebuild runs at a time."""


class StillRead(RebuildError):
    """Nothing is exchanged under a transaction that began before it: that one would see half of each."""
