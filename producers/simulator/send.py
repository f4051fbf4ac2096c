"""Sends a plan through the real doors, over real sockets, and waits for every answer. Shell.

Each instrument and each desk has a connection of its own and sends its messages one after the other. They go side by
side, but none runs far ahead of the others, so that the trial unfolds in its order. What gets no answer is sent again,
as instruments do; the doors take it once.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from producers.simulator.form_client import FormClient
from producers.simulator.mllp_client import MllpClient, NoAnswer
from producers.simulator.order import ordered
from producers.simulator.planned import Plan, Planned

AHEAD_MAX = 48
"""How many messages a connection may be ahead of the oldest unanswered one."""

UNANSWERED = "unanswered"
_FIRST_WAIT_SECONDS = 0.2
_WAIT_SECONDS_MAX = 5.0
ANSWER_SECONDS_MAX = 10.0
"""How long an instrument waits for an answer before it sends again."""

Progress = Callable[[int, int], None]


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. ``answers`` counts the last answer to each message by its code: "AA", "AE", "201", "202", ...

    ``unexpected`` counts pairs of what was expected and what came. ``resent`` is how often there was no answer, or 503.
    """

    messages: int
    answers: dict[str, int]
    unexpected: dict[str, int]
    resent: int
    seconds: float


def send(
    plan: Plan,
    *,
    hl7: tuple[str, int],
    http: str,
    shuffle_seed: int | None = None,
    repeat: float = 0.0,
    pace: float | None = None,
    answer_seconds_max: float = ANSWER_SECONDS_MAX,
    patience_seconds: float = 600.0,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Sent:
    """Sends all messages; returns when each has its answer, or none within ``patience_seconds``, or at ``stop``.

    What has no answer after ``answer_seconds_max`` is sent again on a new connection.

    ``pace`` is the most messages a second, None for as fast as the doors answer. ``progress`` is told how many of how
    many are done, from any thread, one at a time.
    """
    messages = ordered(plan, shuffle_seed, repeat)
    march = _March(len(messages), pace, progress, stop or threading.Event())
    lanes: dict[str, list[tuple[int, Planned]]] = defaultdict(list)
    for place, each in enumerate(messages):
        lanes[each.channel].append((place, each))
    began = time.monotonic()
    with ThreadPoolExecutor(max_workers=max(1, len(lanes)), thread_name_prefix="simulator") as pool:
        under_way = [
            pool.submit(
                _lane,
                lane,
                march,
                MllpClient(*hl7, answer_seconds_max),
                FormClient(http, answer_seconds_max),
                patience_seconds,
            )
            for lane in lanes.values()
        ]
        try:
            for lane_done in under_way:
                lane_done.result()
        except BaseException:
            # The other lanes must not go on sending behind the back of whoever sees this error.
            march.stop.set()
            raise
    return Sent(
        messages=len(messages),
        answers=dict(sorted(march.answers.items())),
        unexpected=dict(sorted(march.unexpected.items())),
        resent=march.resent,
        seconds=time.monotonic() - began,
    )


class _March:
    """Keeps the lanes together, and counts."""

    def __init__(self, total: int, pace: float | None, progress: Progress | None, stop: threading.Event) -> None:
        self.stop = stop
        self.answers: Counter[str] = Counter()
        self.unexpected: Counter[str] = Counter()
        self.resent = 0
        self._total = total
        self._pace = pace
        self._progress = progress
        self._began = time.monotonic()
        self._changed = threading.Condition()
        self._answered: set[int] = set()
        self._oldest = 0

    def wait_for_turn(self, place: int) -> bool:
        """Blocks while the message would be too far ahead; False where all is to stop."""
        with self._changed:
            while place - self._oldest > AHEAD_MAX and not self.stop.is_set():
                self._changed.wait(0.5)
        if self._pace is not None:
            self.stop.wait(max(0.0, self._began + place / self._pace - time.monotonic()))
        return not self.stop.is_set()

    def answered(self, place: int, planned: Planned, answer: str, resent: int) -> None:
        with self._changed:
            self.answers[answer] += 1
            self.resent += resent
            if answer != planned.expected and (answer, planned.expected) != ("202", "201"):
                self.unexpected[f"{planned.expected} -> {answer}"] += 1
            self._answered.add(place)
            while self._oldest in self._answered:
                self._answered.remove(self._oldest)
                self._oldest += 1
            self._changed.notify_all()
            if self._progress is not None:
                self._progress(self.answers.total(), self._total)


def _lane(
    lane: list[tuple[int, Planned]], march: _March, mllp: MllpClient, forms: FormClient, patience_seconds: float
) -> None:
    """One connection's messages, one after the other. Closes the clients; a client connects when it is needed."""
    try:
        for place, planned in lane:
            if not march.wait_for_turn(place):
                return
            answer, resent = _insist(planned, mllp, forms, march.stop, patience_seconds)
            march.answered(place, planned, answer, resent)
    finally:
        mllp.close()
        forms.close()


def _insist(
    planned: Planned, mllp: MllpClient, forms: FormClient, stop: threading.Event, patience_seconds: float
) -> tuple[str, int]:
    """The answer, and how often the message had to be sent again for it."""
    until = time.monotonic() + patience_seconds
    wait, resent = _FIRST_WAIT_SECONDS, 0
    while True:
        try:
            if planned.door == "hl7":
                return mllp.ask(planned.raw), resent
            answer = forms.post(planned.channel, planned.raw)
            if answer.status != 503:
                return str(answer.status), resent
            asked = answer.retry_after_seconds
        except NoAnswer:
            asked = None
        pause = min(asked or wait, _WAIT_SECONDS_MAX)
        if time.monotonic() + pause > until or stop.wait(pause):
            return UNANSWERED, resent
        wait, resent = min(wait * 2, _WAIT_SECONDS_MAX), resent + 1
