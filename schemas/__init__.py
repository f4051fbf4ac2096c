"""What the facts of a trial are and what they mean. Pure: the standard library and msgspec, no I/O, no clock."""
