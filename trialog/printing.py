"""What commands print for people. The numbers come from the same struct as the page's; here they only get words."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from analytics.estimates import Estimate
from analytics.figures import ResponseFigure, SurvivalFigure
from analytics.prespecified import Prespecification
from analytics.snapshot import Snapshot
from monitor.view import Status

NOT_YET = "not yet"
EXPLORATORY = "(exploratory)"


def print_status(console: Console, status: Status) -> None:
    """Where the line stands, what the records came to, and the statistics."""
    table = _table()
    for name, said in _status_lines(status):
        table.add_row(name, said)
    console.print(table)


def print_statistics(console: Console, snapshot: Snapshot, told: Prespecification) -> None:
    table = _table()
    for name, said in statistics_lines(snapshot, told):
        table.add_row(name, said)
    console.print(table)


def statistics_lines(snapshot: Snapshot, told: Prespecification) -> Iterator[tuple[str, str]]:
    """Enrolment, response and survival, each with what it is over, and marked where the plan does not ask for it."""
    enrolment = snapshot.enrolment
    yield "enrolment", f"{enrolment.enrolled}/{enrolment.target}"
    yield from _response_lines(snapshot.response, told)
    yield from _survival_lines(snapshot.survival, told)
    yield "plan", exploratory_line(told)
    yield "data cutoff", str(snapshot.key.cutoff_on)
    yield "endpoint digest", snapshot.key.endpoint_digest[:16]


def exploratory_line(told: Prespecification) -> str:
    """Which plan the numbers are held against, and what a number without its mark is."""
    if told.plan is None:
        return "none: every number but those of the trial's conduct is exploratory"
    return f"{told.plan}; what it does not ask for is marked {EXPLORATORY}"


def _marked(said: str, told: Prespecification, *names: str) -> str:
    """Without a plan all is exploratory, and that is said once for all."""
    if told.plan is None or not any(told.is_exploratory(name) for name in names):
        return said
    return f"{said} {EXPLORATORY}"


def percentage(estimate: Estimate) -> str:
    """``75.0 % [53.3, 90.2]``, or the reason why it cannot be given.

    >>> percentage(Estimate(value=0.75, lower=0.533, upper=0.902))
    '75.0 % [53.3, 90.2]'
    """
    if estimate.value is None:
        return _missing(estimate)
    if estimate.lower is None or estimate.upper is None:
        return f"{estimate.value:.1%}".replace("%", " %")
    return f"{100 * estimate.value:.1f} % [{100 * estimate.lower:.1f}, {100 * estimate.upper:.1f}]"


def _status_lines(status: Status) -> Iterator[tuple[str, str]]:
    line, intake = status.line, status.intake
    behind = "unknown" if line.behind is None else f"{line.behind} records behind"
    since = f", since {line.since:%Y-%m-%d %H:%M:%S %Z}" if line.since else ""
    yield "line", f"{line.state.value}, {behind}{since}"
    committed = f", {status.committed_at:%Y-%m-%d %H:%M:%S %Z}" if status.committed_at else ""
    yield "position", f"commit {status.commit}{committed}"
    yield "subjects", f"{status.subjects}, state digest {(status.state_digest or NOT_YET)[:16]}"
    yield "ledger", f"{intake.accepted} accepted, {intake.repeated} repeated, {intake.quarantined} quarantined"
    for reason, count in sorted(intake.quarantined_by_reason.items()):
        yield "", f"{count} {reason}{_settled(count, intake.redriven_by_reason.get(reason, 0))}"
    refused = f"{intake.refused} refused{_settled(intake.refused, intake.refused_redriven)}"
    yield "doors", f"{intake.waiting} waiting for a mapping, {refused}"
    if status.chain is not None:
        broken = status.chain.broken
        yield "chain", f"verified to commit {status.chain.commit}" if broken is None else f"broken at {broken.position}"
    if status.statistics is None:
        yield "statistics", NOT_YET
        return
    yield "statistics", f"of commits {status.statistics.first_commit} to {status.statistics.last_commit}"
    yield from statistics_lines(status.statistics.snapshot, status.statistics.prespecification)


def _settled(count: int, redriven: int) -> str:
    """How many of them were driven again since and how many remain; nothing where none was."""
    return f" ({redriven} driven again since, {max(count - redriven, 0)} remain)" if redriven else ""


def _response_lines(response: ResponseFigure, told: Prespecification) -> Iterator[tuple[str, str]]:
    parts = f"{response.responders} responders, {response.non_responders} non-responders, {response.pending} pending"
    counts = (f"response.{name}" for name in ("responders", "non_responders", "pending"))
    yield "full set", _marked(f"{response.full}: {parts}", told, *counts)
    for rate in response.rates:
        over = f"{rate.count} of {rate.of} whose {response.window_days} days are over"
        yield rate.name, _marked(f"{percentage(rate.estimate)}, {over}", told, f"response.rates.{rate.name}")
    headline = response.rates[0].bounds if response.rates else None
    if headline is not None and headline.lower is not None and headline.upper is not None:
        ends = f"between {100 * headline.lower:.1f} % and {100 * headline.upper:.1f} %"
        yield "ORR will end", _marked(ends, told, f"response.rates.{response.rates[0].name}.bounds")


def _survival_lines(survival: SurvivalFigure, told: Prespecification) -> Iterator[tuple[str, str]]:
    counted = f"{survival.subjects} subjects, {survival.deaths} deaths, {survival.censored} censored"
    yield "survival", _marked(counted, told, "survival.subjects", "survival.deaths", "survival.censored")
    for at in survival.at:
        yield f"OS at day {at.day}", _marked(percentage(at.estimate), told, f"survival.at.{at.day}")
    yield "median OS", _marked(_days(survival.median), told, "survival.median")


def _days(estimate: Estimate) -> str:
    if estimate.value is None:
        return _missing(estimate)
    limits = ", ".join("not reached" if limit is None else f"{limit:g}" for limit in (estimate.lower, estimate.upper))
    return f"{estimate.value:g} days [{limits}]"


def _missing(estimate: Estimate) -> str:
    return estimate.missing.value.replace("-", " ") if estimate.missing else NOT_YET


def _table() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    return table
