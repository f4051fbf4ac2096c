"""What can go wrong with seals and proofs.

ProjectionError
└── SealError
    ├── SealUnreadable  a seal, key or proof is not written as docs/audit/format.md says
    ├── SealUntrusted   no key that is trusted signed the seal, or a signature of one is wrong
    ├── SealRefused     the next seal would contradict an earlier one; fatal: a person must look before more is signed
    ├── NotSealed       what is asked for lies behind the last seal, or there is no such seal or row
    └── OutsideAway     a place outside the database does not answer; nothing is lost; try again later
"""

from projections.errors import ProjectionError


class SealError(ProjectionError):
    """Base of all that seals and proofs raise."""


class SealUnreadable(SealError):
    """The text is not a seal, a key or a proof in the format that docs/audit/format.md fixes."""


class SealUntrusted(SealError):
    """None of the trusted keys signed this text, or a trusted key's signature is not over this text."""


class SealRefused(SealError):
    """The ledger and an earlier seal contradict each other. Sign nothing: find out which of them was changed."""


class NotSealed(SealError):
    """There is no seal over what is asked for yet, or it does not exist."""


class OutsideAway(SealError):
    """A place outside the database cannot be read or written now. The seals in the database are whole: try again."""
