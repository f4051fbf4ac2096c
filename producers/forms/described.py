"""The documents' JSON Schemas in the OpenAPI description. The handlers take bytes, so they cannot tell themselves."""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from producers.forms.documents import FORMS


def operation_of(kind: str) -> type[Operation]:
    """The operation that takes a kind of document, with the document's schema as its request body."""

    @dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            media = OpenAPIMediaType(schema=_schema_of(kind))
            self.request_body = RequestBody(content={"application/json": media}, required=True)

    return Described


def _schema_of(kind: str) -> Schema:
    """The schema as msgspec generates it. Its own id makes the references within it its own."""

    class Generated(Schema):
        def to_schema(self) -> dict[str, Any]:
            return {"$id": f"urn:trialog:form:{kind}", **_with_numbers(msgspec.json.schema(FORMS[kind]))}

    return Generated()


def _with_numbers(schema: Any) -> Any:
    """A decimal is taken as a JSON number too, exactly as it is written; msgspec describes it as a text only."""
    if isinstance(schema, list):
        return [_with_numbers(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    described = {name: _with_numbers(each) for name, each in schema.items()}
    if described.get("format") == "decimal":
        described["type"] = ["number", "string"]
    return described
