"""The demonstration: the whole line up, a seeded trial sent through its real doors, and the numbers at the end."""

import time
from contextlib import closing

from rich.console import Console

from analytics.reading import StoredSnapshot, latest_snapshot
from monitor.status import status
from producers.simulator.planned import Plan
from projections import reading
from projections.verify import verify_chain
from projections.verifying.carried_on import CarriedOn
from schemas.study import StudyDefinition
from trialog.errors import AnswerIsNo, NotReachable
from trialog.line import Line
from trialog.log_ends import LogEnds
from trialog.outcome import Outcome
from trialog.simulation import send_with_progress

CAUGHT_UP_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.2


def run_demo(line: Line, study: StudyDefinition, plan: Plan, console: Console, pace: float | None) -> Outcome:
    """Sends the plan, waits until every number is up to date, and verifies the chain.

    Raises NotReachable where the line does not catch up, AnswerIsNo where it died.
    """
    sent = send_with_progress(plan, hl7=line.hl7, http=line.http, console=console, pace=pace)
    with console.status("waiting until every number is up to date"), closing(line.stores.connect_as("read")()) as read:
        wait_until_caught_up(line, study)
        broken = verify_chain(read)
        with LogEnds(line.stores) as ends:
            chain = CarriedOn(lambda: False).look(read)
            now = status(read, study, ends, prespecified=line.prespecified, chain=chain)
    return Outcome(sent=sent, status=now, broken=broken)


def wait_until_caught_up(line: Line, study: StudyDefinition) -> StoredSnapshot:
    """Returns the snapshot of the newest commit once the log is wholly applied. Raises NotReachable, AnswerIsNo."""
    until = time.monotonic() + CAUGHT_UP_SECONDS_MAX
    with closing(line.stores.connect_as("read")()) as read, LogEnds(line.stores) as ends:
        while time.monotonic() < until:
            if line.died.wait(LOOK_SECONDS):
                raise AnswerIsNo(f"a part of the line has died: {line.failure}")
            applied = {(row.topic, row.partition): row.next_offset for row in reading.positions(read)}
            if any(end > applied.get(place, 0) for place, end in ends().items()):
                continue
            snapshot = latest_snapshot(read)
            if snapshot is not None and snapshot.last_commit >= reading.head(read).commit:
                return snapshot
    raise NotReachable(f"study {study.id}: the numbers were not up to date after {CAUGHT_UP_SECONDS_MAX:g} s")
