"""Seals: signed Merkle roots over the ledger, kept outside as well, and the proofs under them. docs/audit/format.md.

Pure: `merkle`, `leaves`, `checkpoint`, `keys`. On a connection: `tiles`, `reading`, `sealer`, `keeper`, `proofs`.
Places outside the database: `outside`, `object_store`.
"""
