"""`python -m analytics.analysing`: reads one request on standard input, and writes the analyses on standard output.

A process of its own, so that resamples keep nobody waiting: neither the projections nor the pages of the same line.
"""

import datetime as dt
import os
import sys

import msgspec

from analytics.analyses import analyse, encode_analyses
from analytics.plans.plan import parse_plan
from analytics.study_table import STUDY_COLUMNS
from schemas.rules.endpoints import EndpointRow
from schemas.study import StudyDefinition

NICENESS = 10
"""Whatever else the machine has to do goes first."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """``rows`` at ``cutoff_on``; ``plan`` is the document of the study's own plan."""

    rows: tuple[EndpointRow, ...]
    plan: bytes
    study: StudyDefinition
    cutoff_on: dt.date


def encode_request(request: Request) -> bytes:
    return msgspec.msgpack.encode(request)


def answer(request: bytes) -> bytes:
    """The canonical bytes of the analyses that a request asks for."""
    asked = msgspec.msgpack.decode(request, type=Request)
    plan = parse_plan(asked.plan, STUDY_COLUMNS)
    return encode_analyses(analyse(asked.rows, plan, plan, asked.study, asked.cutoff_on))


def main() -> None:
    os.nice(NICENESS)
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
