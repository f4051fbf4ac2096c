"""What is published of the events for others to build on: JSON Schemas, the AsyncAPI document, the data dictionary.

All of it is computed from the structs and from the texts in `schemas/dictionary`; `trialog schema` writes the files.
"""
