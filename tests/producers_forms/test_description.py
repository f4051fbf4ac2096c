"""The door describes its documents in OpenAPI, and the description is what it does."""

import jsonschema
import pytest
from litestar import Litestar

from producers.forms.door import routes
from tests.producers_forms.site import NOW, STUDY, Site
from tests.producers_forms.test_reading import GOOD


@pytest.mark.parametrize("kind", GOOD)
def test_the_openapi_description_holds_each_documents_schema(door: Site, kind: str):
    described = Litestar(routes(door.intake, STUDY, lambda: NOW)).openapi_schema.to_schema()
    operation = described["paths"][f"/api/forms/{kind}"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid(GOOD[kind])
    assert not validator.is_valid({**GOOD[kind], "mood": "good"})
    assert not validator.is_valid({name: value for name, value in GOOD[kind].items() if name != "form_id"})
    assert set(described["paths"]) == {f"/api/forms/{each}" for each in GOOD}
