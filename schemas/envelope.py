"""The envelope on the wire: CloudEvents 1.0.2, structured JSON, with Trialog's extension attributes.

``time`` is the instant at which the fact happened, or the first instant of what ``timeprecision`` leaves open.
"""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from schemas.moments import Precision

MEDIA_TYPE = "application/cloudevents+json"

Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
EventId = Annotated[str, msgspec.Meta(pattern=r"^[!#-\[\]-~]{1,100}$(?!\n)")]
"""Printable ASCII without a space, a quote or a backslash: ids stand in states, which are bounded, and in addresses."""

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]
SubjectId = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{0,31}$(?!\n)")]


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The attributes in the order in which they are written. ``data`` stays raw until the type is known."""

    specversion: Literal["1.0"]
    id: EventId
    source: Identifier
    type: Identifier
    time: Instant
    timeprecision: Precision
    recordedtime: Instant
    actor: Identifier
    actorrole: Identifier
    protocolversion: Identifier
    datacontenttype: Literal["application/json"]
    dataschema: Identifier
    data: msgspec.Raw
    subject: SubjectId | None = None
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)] | None = None
    causation: Identifier | None = None
    traceparent: Annotated[str, msgspec.Meta(max_length=64)] | None = None


def schema_name(event_type: str) -> str:
    """The name under which the JSON Schema of a type is published.

    >>> schema_name("subject.enrolled.v1")
    'urn:trialog:schema:subject.enrolled.v1'
    """
    return f"urn:trialog:schema:{event_type}"
