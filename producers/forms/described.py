"""The documents' JSON Schemas in the OpenAPI description. The handlers take bytes, so they cannot tell themselves."""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from producers.forms.documents import FORMS
from schemas.study import StudyDefinition


def operation_of(kind: str, study: StudyDefinition) -> type[Operation]:
    """The operation that takes a kind of document, with the document's schema as its request body."""

    @dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            media = OpenAPIMediaType(schema=_schema_of(kind, study))
            self.request_body = RequestBody(content={"application/json": media}, required=True)

    return Described


def _schema_of(kind: str, study: StudyDefinition) -> Schema:
    """The schema as msgspec generates it. Its own id makes the references within it its own."""

    class Generated(Schema):
        def to_schema(self) -> dict[str, Any]:
            described = _with_numbers(msgspec.json.schema(FORMS[kind]))
            _say_sites(described["$defs"][FORMS[kind].__name__], study)
            return {"$id": f"urn:trialog:form:{kind}", **described}

    return Generated()


def _say_sites(form: dict[str, Any], study: StudyDefinition) -> None:
    """The type knows no study; the description says which sites this one has, and whether one has to be named."""
    sites: list[str | None] = [site.id for site in study.sites]
    if len(sites) > 1:
        form["required"].append("site")
    else:
        sites.append(None)
    form["properties"]["site"] = {"enum": sites}


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
