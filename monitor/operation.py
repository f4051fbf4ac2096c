"""What the overview says about the running: the state line, the latest events, the records, the foot. Pure."""

import datetime as dt
from typing import assert_never

import msgspec

from monitor import happenings, instants
from monitor.line import SLOW_AFTER
from monitor.view import LineState, Status
from monitor.words import Words
from schemas.study import StudyDefinition


class StateLine(msgspec.Struct, frozen=True, kw_only=True):
    """``tone`` is good, look or wrong; the word says the same, so that the colour is never alone.

    ``shown`` is what the page says that it shows, should it lose its server.
    """

    tone: str
    word: str
    said: str
    shown: str


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    received: str
    received_iso: str
    subject: str
    what: str
    source: str
    outcome: str | None
    tone: str


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the data panel. ``tone`` is plain, look or wrong; ``under`` are the numbers that it is made of."""

    name: str
    number: str
    tone: str = "plain"
    under: tuple[tuple[str, str], ...] = ()


class Foot(msgspec.Struct, frozen=True, kw_only=True):
    position: str
    committed: str | None
    digest: str | None
    statistics: str | None
    chain: str
    chain_tone: str
    seal: str


def state_line(now: Status, words: Words, zone: dt.tzinfo) -> StateLine:
    """Live, behind by how much, or broken since when and what is shown meanwhile."""
    line = now.line
    word = words.text(f"line.{line.state}")
    shown = words.text("line.meanwhile", n=now.commit) if now.commit else words.text("line.empty")
    if not line.broken:
        stale = _statistics_stale(now)
        said = [_position(now, words)]
        if line.state is LineState.BEHIND:
            said = [*_lag(now, words, zone), *said]
        elif line.behind:
            said.append(words.text("line.soon", n=SLOW_AFTER.seconds))
        else:
            said.append(words.text("line.nothing_waits"))
        if stale is not None:
            said.append(words.text("statistics.held", n=stale))
        tone = "good" if line.state is LineState.LIVE and stale is None else "look"
        return StateLine(tone=tone, word=word, said=" · ".join(said), shown=shown)
    if line.since is not None:
        word = f"{word} {words.text('line.since', at=instants.at(line.since, zone, now.observed_at))}"
    return StateLine(tone="wrong", word=word, said=f"{_why(now, words)} · {shown}", shown=shown)


def _lag(now: Status, words: Words, zone: dt.tzinfo) -> list[str]:
    """By how many records and seconds, and when the position last moved."""
    line = now.line
    behind = line.behind or 0
    if line.waits_s is None:
        said = [words.text("line.waits", n=behind)]
    else:
        said = [words.text("line.waits_for", n=behind, seconds=int(line.waits_s))]
    if line.moved_at is not None:
        said.append(words.text("line.moved", at=instants.at(line.moved_at, zone, now.observed_at)))
    return said


def _statistics_stale(now: Status) -> int | None:
    """The position for which the statistics hold, where it is an old one and nobody is heard who would renew them."""
    if now.statistics is None or now.statistics.last_commit >= now.commit:
        return None
    readers = [worker for worker in now.line.workers if not worker.writes]
    return None if any(worker.heard for worker in readers) else now.statistics.last_commit


def _position(now: Status, words: Words) -> str:
    return words.text("line.position", n=now.commit) if now.commit else words.text("line.empty")


def _why(now: Status, words: Words) -> str:
    state = now.line.state
    match state:
        case LineState.STUCK:
            return words.text("line.why_stuck", n=now.line.behind or 0)
        case LineState.SILENT:
            return words.text("line.why_silent" if now.line.since else "line.why_silent_ever")
        case LineState.LOG_AWAY:
            return words.text("line.why_log-away")
        case LineState.DATABASE_AWAY:
            return words.text("line.why_database-away")
        case LineState.LIVE | LineState.BEHIND:
            raise AssertionError("a line that is not broken has no reason")
        case _:
            assert_never(state)


def latest(now: Status, study: StudyDefinition, words: Words, most: int) -> tuple[EventRow, ...]:
    """The newest events, newest first."""
    tones = {"accepted": "plain", "duplicate": "soft", "quarantined": "wrong"}
    return tuple(
        EventRow(
            key=event.position,
            received=instants.at(event.received_at, study.tzinfo, now.observed_at),
            received_iso=instants.iso(event.received_at, study.tzinfo),
            subject=event.subject or "—",
            what=happenings.what(event, study, words),
            source=happenings.source(event, words),
            outcome=happenings.outcome(event, words),
            tone=tones.get(event.status, "plain"),
        )
        for event in now.latest[:most]
    )


def records(now: Status, words: Words) -> tuple[Figure, ...]:
    """What became of the records, and what waits at the doors; what somebody should look at has a tone."""
    intake = now.intake
    reasons = sorted(intake.quarantined_by_reason.items(), key=lambda pair: (-pair[1], pair[0]))
    return (
        Figure(name=words.text("data.accepted"), number=words.number(intake.accepted)),
        Figure(name=words.text("data.repeated"), number=words.number(intake.repeated)),
        Figure(
            name=words.text("data.quarantined"),
            number=words.number(intake.quarantined),
            tone="wrong" if intake.remaining else "plain",
            under=(
                *((words.text_or_key("reasons", reason), words.number(number)) for reason, number in reasons),
                *_settled(intake.redriven, intake.remaining, words),
            ),
        ),
        Figure(
            name=words.text("data.waiting"),
            number=words.number(intake.waiting),
            tone="look" if intake.waiting else "plain",
        ),
        Figure(
            name=words.text("data.refused"),
            number=words.number(intake.refused),
            tone="look" if intake.refused_remaining else "plain",
            under=_settled(intake.refused_redriven, intake.refused_remaining, words),
        ),
    )


def _settled(redriven: int, remaining: int, words: Words) -> tuple[tuple[str, str], ...]:
    """How much was driven again since, and how much remains; nothing where nothing was."""
    if not redriven:
        return ()
    return (
        (words.text("data.redriven"), words.number(redriven)),
        (words.text("data.remaining"), words.number(remaining)),
    )


def workers(now: Status, words: Words) -> tuple[Figure, ...]:
    """Each worker and how long ago it was heard; empty where none ever was."""
    return tuple(
        Figure(
            name=worker.name,
            number=instants.ago(worker.seen_at, now.observed_at, words),
            tone="good" if worker.heard else "wrong",
        )
        for worker in now.line.workers
    )


def foot(now: Status, words: Words, zone: dt.tzinfo) -> Foot:
    """Which state of the log the page shows, so that anybody can ask for the same again."""
    statistics = None
    if now.statistics is not None:
        held = now.statistics
        one = held.first_commit == held.last_commit
        statistics = words.text(
            "foot.statistics_one" if one else "foot.statistics",
            first=held.first_commit,
            last=held.last_commit,
            code=held.snapshot.key.code_version,
        )
    committed = None
    if now.committed_at is not None:
        committed = words.text("foot.committed", at=instants.iso(now.committed_at, zone))
    return Foot(
        position=words.text("foot.position", n=now.commit) if now.commit else words.text("foot.empty"),
        committed=committed,
        digest=fingerprint(now.state_digest) if now.state_digest else None,
        statistics=statistics,
        chain=_chain(now, words, zone),
        chain_tone="wrong" if now.chain is not None and now.chain.broken is not None else "plain",
        seal=_seal(now, words),
    )


def _chain(now: Status, words: Words, zone: dt.tzinfo) -> str:
    seen = now.chain
    if seen is None:
        return words.text("foot.chain_not_yet")
    at = instants.at(seen.at, zone, now.observed_at)
    if seen.broken is not None:
        return words.text("foot.chain_broken", where=seen.broken.position, at=at)
    return words.text("foot.chain_verified", n=seen.commit, at=at)


def _seal(now: Status, words: Words) -> str:
    seal = None if now.chain is None else now.chain.seal
    if seal is None:
        return words.text("foot.seal_none")
    root = fingerprint(seal.root)
    return words.text("foot.seal", number=seal.number, n=seal.commit, root=root)


def fingerprint(digest: str) -> str:
    """Enough of a digest to compare by eye: its first sixteen letters, in fours."""
    return " ".join(digest[place : place + 4] for place in range(0, 16, 4))
