"""The published files as they are committed, and the texts that they were made from."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from schemas.contracts.described import PUBLISHED
from schemas.contracts.texts import Dictionary
from trialog.contracts import dictionary

DOCS = Path(__file__).parents[2] / "docs"
CONTRACTS = DOCS / "contracts"
EN: Dictionary = dictionary("en")
ZH: Dictionary = dictionary("zh")


def published(type_: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((CONTRACTS / "schemas" / f"{type_}.json").read_bytes())
    return document


VALIDATORS = {type_: Draft202012Validator(published(type_)) for type_ in PUBLISHED}
