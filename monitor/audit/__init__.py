"""The audit explorer: who said what, when and why, what it changed, and which numbers stand on it.

Pure: `asking` (what an address asks for), `blinding`, `saying` (facts and changes in words) and the page modules, which
make what the templates place. `routes` and `reader` are the shell.
"""
