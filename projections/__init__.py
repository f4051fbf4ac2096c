"""What the log comes to: the ledger, the subjects' states, the audit trail; written by `writer`, read by `reading`."""
