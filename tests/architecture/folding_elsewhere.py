"""Run by tests/architecture/test_purity.py in a process of its own: folds, and prints what that came to and touched.

Python's audit events name every file, socket, process and import that the interpreter is asked for.
"""

import json
import sys
from itertools import islice

from benchmarks.mix import mixed_events
from schemas.changes import encode_changes
from schemas.codec import decode, encode
from schemas.events.event import Event
from schemas.explanation import explain
from schemas.lineage import lineages_of
from schemas.subject import digest, encode_state, fold

TOUCHES = ("open", "os.", "socket.", "subprocess.", "import", "shutil.", "glob.", "pathlib.", "urllib.", "ctypes.")


def main() -> None:
    values = [sent.record.value for sent in islice(mixed_events("elsewhere", seed=4, subjects=1), 600)]
    come_to(values[:10])  # once, so that what Python itself loads at first use is loaded
    touched: list[str] = []
    listening = True

    def heard(event: str, _: object) -> None:
        if listening and event.startswith(TOUCHES):
            touched.append(event)

    sys.addaudithook(heard)
    came_to = come_to(values)
    listening = False
    json.dump({"events": len(values), "came_to": came_to, "touched": touched}, sys.stdout)


def come_to(values: list[bytes]) -> list[str]:
    events = [event for event in map(decode, values) if isinstance(event, Event)]
    state = fold("B-0001", events)
    return [
        digest(state),
        encode_state(state).decode(),
        encode(events[-1]).decode(),
        str([(version.id, version.verdict.value) for version in lineages_of(events).versions()]),
        encode_changes(list(explain(events[:-1], events[-1]).changes)).decode(),
    ]


if __name__ == "__main__":
    main()
