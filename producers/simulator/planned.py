"""What the simulator's parts hand to each other: messages, when they are sent, and what answer they should get."""

import datetime as dt
from typing import Literal

import msgspec

Expected = Literal["AA", "AE", "AR", "201", "409", "422"]
"""The first answer to a message. A form about a patient who is not mapped yet may get 202 in the place of 201."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """One message. ``channel`` is a site's instrument that sends it, or the kind of form; ``raw`` are its exact bytes.

    ``at`` is when it is sent, in the study's zone. ``late`` marks results that come days after their specimen.
    """

    at: dt.datetime
    door: Literal["hl7", "form"]
    channel: str
    raw: bytes
    expected: Expected
    late: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole trial, in the order of sending."""

    seed: int
    study: str
    messages: tuple[Planned, ...]
