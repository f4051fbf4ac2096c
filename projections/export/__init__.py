"""The export: one archive that an auditor checks alone, on another machine, without any of our code but one file."""
