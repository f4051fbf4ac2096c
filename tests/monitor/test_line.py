"""Slow is told from stuck: what waits, when the position moved, who is heard."""

import datetime as dt

from monitor.line import HEARD_WITHIN, SLOW_AFTER, STUCK_AFTER, Waiting, Watch, judge, with_ends, worker_seen
from monitor.view import LineState, PartitionLag

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def partition(
    next_offset: int, end: int | None, topic: str = "lab", moved_at: dt.datetime | None = NOW
) -> PartitionLag:
    return PartitionLag(topic=topic, partition=0, next_offset=next_offset, log_end=end, moved_at=moved_at)


def worker(name: str = "worker-1", silent_for: dt.timedelta = SECOND, state: str = "running"):
    return worker_seen(name, state, NOW - silent_for, NOW)


def waiting(record: dt.timedelta, still: dt.timedelta) -> Waiting:
    """A record has waited so long, and the position stood still for so long."""
    return Waiting(record_since=NOW - record, still_since=NOW - still)


NOTHING = Waiting(record_since=None, still_since=None)


def judged(*partitions, workers=None, log_away_since=None, waiting=NOTHING):
    return judge(
        partitions,
        (worker(),) if workers is None else workers,
        log_away_since=log_away_since,
        waiting=waiting,
        now=NOW,
    )


def test_nothing_waits_and_a_worker_is_heard_is_live():
    line = judged(partition(7, 7))
    assert (line.state, line.behind, line.since) == (LineState.LIVE, 0, None)


def test_records_that_wait_for_less_than_two_seconds_are_on_their_way():
    line = judged(partition(7, 19), waiting=waiting(SLOW_AFTER - SECOND / 10, SECOND))
    assert (line.state, line.behind, line.waits_s) == (LineState.LIVE, 12, 1.9)


def test_records_that_wait_for_two_seconds_or_more_while_the_position_moves_are_only_behind():
    line = judged(partition(7, 19), partition(3, 4, "followup"), waiting=waiting(SLOW_AFTER, SECOND))
    assert (line.state, line.behind, line.broken) == (LineState.BEHIND, 13, False)
    slow = judged(partition(7, 19), waiting=waiting(STUCK_AFTER * 9, STUCK_AFTER - SECOND))
    assert (slow.state, slow.waits_s) == (LineState.BEHIND, 180.0)


def test_at_a_single_look_nobody_knows_for_how_long_records_wait():
    line = judged(partition(7, 8), waiting=None)
    assert (line.state, line.waits_s) == (LineState.BEHIND, None)
    assert judged(partition(7, 7), waiting=None).waits_s == 0


def test_records_that_wait_for_twenty_seconds_at_one_position_are_stuck_since_then():
    line = judged(partition(7, 8), waiting=waiting(STUCK_AFTER, STUCK_AFTER))
    assert (line.state, line.since, line.broken) == (LineState.STUCK, NOW - STUCK_AFTER, True)


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


def test_a_position_stands_still_from_the_first_look_that_saw_it_wait_and_anew_when_it_moves():
    watch = Watch()

    def still(lag: PartitionLag, seconds: int) -> dt.datetime | None:
        return watch.waiting([lag], NOW + seconds * SECOND).still_since

    assert still(partition(7, 7), 0) is None
    assert still(partition(7, 9), 1) == NOW + SECOND
    assert still(partition(7, 12), 9) == NOW + SECOND
    assert still(partition(8, 12), 10) == NOW + 10 * SECOND
    assert still(partition(12, 12), 11) is None
    assert still(partition(12, 13), 60) == NOW + 60 * SECOND


def test_a_record_waits_from_the_look_that_saw_it_in_the_log_until_the_position_has_passed_it():
    watch = Watch()

    def since(lag: PartitionLag, seconds: int) -> dt.datetime | None:
        return watch.waiting([lag], NOW + seconds * SECOND).record_since

    assert since(partition(7, 9), 1) == NOW + SECOND
    assert since(partition(8, 20), 2) == NOW + SECOND  # the record at 8 was there at the first look
    assert since(partition(9, 30), 3) == NOW + 2 * SECOND
    assert since(partition(20, 31), 4) == NOW + 3 * SECOND
    assert since(partition(31, 31), 5) is None


def test_a_partition_that_stands_still_for_long_keeps_when_its_first_record_came():
    watch = Watch()
    for look in range(3000):
        waits = watch.waiting([partition(7, 9 + look)], NOW + look * SECOND)
    assert waits == Waiting(record_since=NOW, still_since=NOW)


def test_one_partition_that_stands_still_is_not_hidden_by_another_that_moves():
    watch = Watch()
    watch.waiting([partition(7, 9), partition(1, 5, "followup")], NOW)
    waits = watch.waiting([partition(7, 9), partition(5, 6, "followup")], NOW + 30 * SECOND)
    assert waits == Waiting(record_since=NOW, still_since=NOW)


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
