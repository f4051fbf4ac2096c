"""Slow is told from stuck: what waits, when the position moved, who is heard."""

import datetime as dt

from monitor.line import HEARD_WITHIN, STUCK_AFTER, Watch, judge, with_ends, worker_seen
from monitor.view import LineState, PartitionLag

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def partition(
    next_offset: int, end: int | None, topic: str = "lab", moved_at: dt.datetime | None = NOW
) -> PartitionLag:
    return PartitionLag(topic=topic, partition=0, next_offset=next_offset, log_end=end, moved_at=moved_at)


def worker(name: str = "worker-1", silent_for: dt.timedelta = SECOND, state: str = "running"):
    return worker_seen(name, state, NOW - silent_for, NOW)


def judged(*partitions, workers=None, log_away_since=None, waiting_since=None):
    return judge(
        partitions,
        (worker(),) if workers is None else workers,
        log_away_since=log_away_since,
        waiting_since=waiting_since,
        now=NOW,
    )


def test_nothing_waits_and_a_worker_is_heard_is_live():
    line = judged(partition(7, 7))
    assert (line.state, line.behind, line.since) == (LineState.LIVE, 0, None)


def test_records_that_wait_while_the_position_moves_are_only_behind():
    line = judged(partition(7, 19), partition(3, 4, "followup"), waiting_since=NOW - STUCK_AFTER + SECOND)
    assert (line.state, line.behind, line.broken) == (LineState.BEHIND, 13, False)


def test_records_that_wait_for_twenty_seconds_at_one_position_are_stuck_since_they_wait():
    since = NOW - STUCK_AFTER
    line = judged(partition(7, 8), waiting_since=since)
    assert (line.state, line.since, line.broken) == (LineState.STUCK, since, True)


def test_no_worker_heard_is_silent_since_the_last_heartbeat_even_when_nothing_waits():
    quiet = worker(silent_for=HEARD_WITHIN + SECOND)
    line = judged(partition(7, 7), workers=(quiet, worker("worker-2", HEARD_WITHIN + 9 * SECOND)))
    assert (line.state, line.since) == (LineState.SILENT, quiet.seen_at)


def test_one_worker_that_is_heard_is_enough():
    assert (
        judged(partition(7, 7), workers=(worker(silent_for=HEARD_WITHIN * 9), worker("worker-2"))).state
        is LineState.LIVE
    )


def test_a_worker_silent_for_exactly_thirty_seconds_is_still_heard():
    assert worker(silent_for=HEARD_WITHIN).heard


def test_a_log_that_is_away_goes_before_everything_else():
    line = judged(partition(7, 7), workers=(), log_away_since=NOW - SECOND)
    assert (line.state, line.behind, line.since) == (LineState.LOG_AWAY, None, NOW - SECOND)


def test_the_watch_counts_waiting_from_the_first_look_that_saw_it_and_anew_when_the_position_moves():
    watch = Watch()
    assert watch.waiting_since([partition(7, 7)], NOW) is None
    assert watch.waiting_since([partition(7, 9)], NOW + SECOND) == NOW + SECOND
    assert watch.waiting_since([partition(7, 12)], NOW + 9 * SECOND) == NOW + SECOND
    assert watch.waiting_since([partition(8, 12)], NOW + 10 * SECOND) == NOW + 10 * SECOND
    assert watch.waiting_since([partition(12, 12)], NOW + 11 * SECOND) is None
    assert watch.waiting_since([partition(12, 13)], NOW + 60 * SECOND) == NOW + 60 * SECOND


def test_one_partition_that_stands_still_is_not_hidden_by_another_that_moves():
    watch = Watch()
    watch.waiting_since([partition(7, 9), partition(1, 5, "followup")], NOW)
    since = watch.waiting_since([partition(7, 9), partition(2, 6, "followup")], NOW + 30 * SECOND)
    assert since == NOW


def test_the_watch_remembers_since_when_the_log_is_away():
    watch = Watch()
    assert watch.log_away_since(True, NOW) == NOW
    assert watch.log_away_since(True, NOW + SECOND) == NOW
    assert watch.log_away_since(False, NOW + 2 * SECOND) is None
    assert watch.log_away_since(True, NOW + 3 * SECOND) == NOW + 3 * SECOND


def test_a_partition_of_the_log_that_was_never_written_from_counts_from_its_beginning():
    lags = with_ends([partition(7, 7)], {("lab", 0): 9, ("oversight", 0): 4})
    assert [(each.topic, each.behind) for each in lags] == [("lab", 2), ("oversight", 4)]


def test_a_position_beyond_the_end_that_was_asked_for_before_is_not_behind():
    assert partition(9, 7).behind == 0
