"""What can go wrong at the doors besides wrong data from outside, which is an answer and no exception.

DoorError
├── SpoolBusy         another process works on this spool: give each process a folder of its own
├── SpoolFull         the spool cannot keep a message now; the source gets no good answer
├── Unreadable        a spooled message is not what was written: damaged, or sealed with another key
├── WrongKey          a key has the wrong length, or the identity map was written with another one
├── NotTaken          a message's events would not be admitted to the ledger
└── RegisterAway      the database with the identity map and the receipts does not answer; try again later
"""


class DoorError(Exception):
    """Base of all that the doors raise."""


class SpoolBusy(DoorError):
    """Another process has this spool open. Two would publish each other's messages while they are being taken."""


class SpoolFull(DoorError):
    """The spool's disk refused to keep a message (full, read-only, gone). Nothing was accepted."""


class Unreadable(DoorError):
    """A spooled message does not open: its file is cut short or changed, or the spool's key is another one."""


class WrongKey(DoorError):
    """The key is not 32 bytes, or it is not the one that the identity map was written with."""


class RegisterAway(DoorError):
    """The identity map's database did not answer. Nothing was accepted; what was spooled goes on when it is back."""


class NotTaken(DoorError):
    """What a message says would be quarantined. The intake turns this into a refusal; nobody else sees it."""
