"""What a demonstration comes to, and how it is told."""

import msgspec
from rich.console import Console

from monitor.view import Status
from producers.simulator.send import Sent
from projections.verify import Broken
from trialog.printing import print_status


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a demonstration came to. ``broken`` is empty where the chain is whole."""

    sent: Sent
    status: Status
    broken: list[Broken]


def print_outcome(console: Console, outcome: Outcome) -> None:
    """What a demonstration came to."""
    answers = ", ".join(f"{count} {answer}" for answer, count in outcome.sent.answers.items())
    console.print(
        f"\n{outcome.sent.messages} messages in {outcome.sent.seconds:.0f} s through MLLP and HTTP: {answers}\n"
    )
    print_status(console, outcome.status)
