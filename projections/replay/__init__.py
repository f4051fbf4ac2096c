"""Makes what the ledger comes to once more beside the live system, compares the two, and exchanges them."""
