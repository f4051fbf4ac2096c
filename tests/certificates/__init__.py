"""Numbers that other programs computed: each with its program, version, data set and call."""
