"""What Prometheus may scrape: counts, positions and times. No subject, no value, no identity."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from monitor.view import LineState, Status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(now: Status) -> bytes:
    """One scrape's answer."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(now))
    return generate_latest(registry)


class _Collector:
    def __init__(self, now: Status) -> None:
        self._now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._progress()
        yield from self._records()
        yield from self._workers()

    def _progress(self) -> Iterator[GaugeMetricFamily]:
        now, line = self._now, self._now.line
        yield _gauge("commit", "Number of the newest commit of the ledger.", now.commit)
        if now.committed_at is not None:
            yield _gauge("committed_timestamp_seconds", "When it was written.", now.committed_at.timestamp())
        yield _gauge("subjects", "Subjects known, whatever their status.", now.subjects)
        if line.behind is not None:
            yield _gauge("records_behind", "Records in the log that are not written yet.", line.behind)
        if line.waits_s is not None:
            yield _gauge("oldest_wait_seconds", "For how long the first record that waits is known to.", line.waits_s)
        if line.moved_at is not None:
            yield _gauge("position_moved_timestamp_seconds", "When a position last moved.", line.moved_at.timestamp())
        states = GaugeMetricFamily("trialog_line_state", "1 for the state in which the line is.", labels=["state"])
        for state in LineState:
            states.add_metric([state.value], float(state is line.state))
        yield states
        if now.statistics is not None:
            held = now.statistics
            yield _gauge("statistics_commit", "Newest commit for which the statistics hold.", held.last_commit)
            yield _gauge("enrolled", "Subjects enrolled.", held.snapshot.enrolment.enrolled)
            yield _gauge("target", "Subjects to enrol.", held.snapshot.enrolment.target)

    def _records(self) -> Iterator[GaugeMetricFamily]:
        intake = self._now.intake
        rows = GaugeMetricFamily("trialog_ledger_rows", "Rows of the ledger by what became of them.", labels=["status"])
        for status, count in (
            ("accepted", intake.accepted),
            ("duplicate", intake.repeated),
            ("quarantined", intake.quarantined),
        ):
            rows.add_metric([status], count)
        yield rows
        reasons = GaugeMetricFamily("trialog_quarantined_rows", "Quarantined rows by reason.", labels=["reason"])
        for reason, count in sorted(intake.quarantined_by_reason.items()):
            reasons.add_metric([reason], count)
        yield reasons
        again = GaugeMetricFamily(
            "trialog_quarantined_rows_redriven",
            "Quarantined rows by reason that were driven again and are settled.",
            labels=["reason"],
        )
        for reason, count in sorted(intake.redriven_by_reason.items()):
            again.add_metric([reason], count)
        yield again
        yield _gauge("quarantined_rows_remaining", "Quarantined rows that are not settled.", intake.remaining)
        yield _gauge("messages_refused_redriven", "Refused messages that were driven again.", intake.refused_redriven)
        yield _gauge("messages_waiting", "Messages at the doors that wait for a mapping.", intake.waiting)
        yield _gauge("messages_refused", "Messages that the doors refused.", intake.refused)

    def _workers(self) -> Iterator[GaugeMetricFamily]:
        seen = GaugeMetricFamily("trialog_worker_seen_timestamp_seconds", "Last heartbeat.", labels=["worker"])
        for worker in self._now.line.workers:
            seen.add_metric([worker.name], worker.seen_at.timestamp())
        yield seen


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"trialog_{name}", meaning, value=value)
