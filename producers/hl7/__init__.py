"""The HL7 v2 door: ORU^R01 of versions 2.3.1 and 2.5.1 over MLLP.

The `hl7` package (0.4.5) serves the tests as an outside client and as a second reader. The door does not parse with it:
it logs values that it cannot unescape, strips blanks that belong to the message, and names no place where it fails.
"""
