"""All files of the published contracts, by their path within the folder that they are written to."""

import json
from collections.abc import Iterator
from typing import Any

from schemas.contracts.asyncapi import SCHEMAS, document
from schemas.contracts.compatibility import incompatibilities
from schemas.contracts.described import PUBLISHED
from schemas.contracts.json_schema import schema_of
from schemas.contracts.markdown import data_dictionary
from schemas.contracts.texts import Dictionary

CONTRACTS = "contracts"
SCHEMA_FOLDER = f"{CONTRACTS}/{SCHEMAS}"
ASYNCAPI_FILE = f"{CONTRACTS}/asyncapi.json"


def contract_files(en: Dictionary, zh: Dictionary, version: str) -> dict[str, bytes]:
    """Path to content; the same code and texts give the same bytes. ``version`` is that of the software."""
    schemas = {f"{SCHEMA_FOLDER}/{type_}.json": _json(schema_of(type_, en)) for type_ in PUBLISHED}
    return {
        **schemas,
        ASYNCAPI_FILE: _json(document(en, version)),
        "data-dictionary.en.md": data_dictionary(en, SCHEMA_FOLDER).encode(),
        "data-dictionary.zh.md": data_dictionary(zh, SCHEMA_FOLDER).encode(),
    }


def narrowings(old: dict[str, bytes], new: dict[str, bytes]) -> Iterator[str]:
    """What new schemas no longer take of what the old ones took, each with its file; other files are not looked at."""
    for path, content in sorted(old.items()):
        if not path.startswith(SCHEMA_FOLDER):
            continue
        if path not in new:
            yield f"{path}: the type is gone; a version that was ever in a log stays readable for ever"
        else:
            yield from (f"{path}: {each}" for each in incompatibilities(json.loads(content), json.loads(new[path])))


def _json(document: Any) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
