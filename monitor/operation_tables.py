"""The tables behind the latest events, and behind the records and the position. Pure."""

from monitor import happenings, instants
from monitor.table import Row, Table, table
from monitor.view import Status
from monitor.words import Words
from schemas.study import StudyDefinition


def events(now: Status, study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    rows: list[Row] = [
        (
            words.number(event.commit),
            instants.iso(event.received_at, study.tzinfo),
            event.subject or "—",
            happenings.what(event, study, words),
            happenings.source(event, words),
            happenings.outcome(event, words) or words.text("tables.accepted"),
        )
        for event in now.latest
    ]
    columns = "position received subject what source outcome_of_record"
    return (table(words, columns, rows, numeric="100000", empty="latest.nothing"),)


def records(now: Status, study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    intake = now.intake

    def counted(*figures: tuple[str, int]) -> list[Row]:
        return [(words.text(f"data.{key}"), words.number(number)) for key, number in figures]

    became = counted(("accepted", intake.accepted), ("repeated", intake.repeated), ("quarantined", intake.quarantined))
    reasons: list[Row] = [
        (
            words.text_or_key("reasons", reason),
            words.number(number),
            words.number(again := intake.redriven_by_reason.get(reason, 0)),
            words.number(number - again),
        )
        for reason, number in sorted(intake.quarantined_by_reason.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    doors = counted(
        ("waiting", intake.waiting),
        ("refused", intake.refused),
        ("refused_redriven", intake.refused_redriven),
        ("refused_remaining", intake.refused_remaining),
    )
    workers: list[Row] = [
        (each.name, each.state, instants.iso(each.seen_at, study.tzinfo)) for each in now.line.workers
    ]
    none = "tables.none_quarantined"
    return (
        table(words, "outcome_of_record records", became, numeric="01", title="what_became"),
        table(words, "reason records redriven remaining", reasons, numeric="0111", title="by_reason", empty=none),
        table(words, "doors messages", doors, numeric="01", title="doors"),
        table(
            words,
            "topic partition next end behind moved",
            _partitions(now, study, words),
            numeric="011110",
            title="partitions",
            empty="foot.empty",
        ),
        table(words, "worker state heard", workers, numeric="000", title="workers", empty="data.no_worker"),
    )


def _partitions(now: Status, study: StudyDefinition, words: Words) -> list[Row]:
    not_said, never = words.text("tables.not_said"), words.text("tables.never")
    return [
        (
            each.topic,
            str(each.partition),
            words.number(each.next_offset),
            not_said if each.log_end is None else words.number(each.log_end),
            not_said if each.behind is None else words.number(each.behind),
            never if each.moved_at is None else instants.iso(each.moved_at, study.tzinfo),
        )
        for each in now.line.partitions
    ]
