"""The commands of the front door, grouped by what they are for."""
