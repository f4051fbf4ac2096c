"""What a case is. A case's rule and fact together are its test's name."""

import datetime as dt

import msgspec

from schemas.checks.catalogue import check
from schemas.checks.chart import Compare
from schemas.checks.finding import Finding
from schemas.events.event import Event
from schemas.settlement import settle
from schemas.study import StudyDefinition
from tests.checks.drawn import STUDY

JUDGED_ON = "2024-12-31"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """``finds`` is empty for a near miss. ``by`` puts the record right, None where nothing does."""

    rule: str
    fact: str
    history: tuple[Event, ...]
    finds: tuple[str, ...] = ()
    by: Event | None = None
    on: dt.date
    study: StudyDefinition = STUDY
    compare: Compare | None = None

    def __str__(self) -> str:
        return f"{self.rule}: {self.fact}"

    def found(self, *more: Event) -> list[Finding]:
        """What the rule finds in the drawn history, given in an order that is not its own."""
        settled = settle(reversed([*self.history, *more]))
        findings = check(settled, self.study, self.on, self.compare)
        return [finding for finding in findings if finding.rule == self.rule]


def raises(
    rule: str,
    fact: str,
    *history: Event,
    finds: str | list[str],
    on: str = JUDGED_ON,
    study: StudyDefinition = STUDY,
    compare: Compare | None = None,
) -> Case:
    return Case(
        rule=rule,
        fact=fact,
        history=history,
        finds=(finds,) if isinstance(finds, str) else tuple(finds),
        on=dt.date.fromisoformat(on),
        study=study,
        compare=compare,
    )


def passes(
    rule: str,
    fact: str,
    *history: Event,
    on: str = JUDGED_ON,
    study: StudyDefinition = STUDY,
    compare: Compare | None = None,
) -> Case:
    return raises(rule, fact, *history, finds=[], on=on, study=study, compare=compare)


def put_right(
    rule: str,
    fact: str,
    *history: Event,
    by: Event,
    study: StudyDefinition = STUDY,
    compare: Compare | None = None,
) -> Case:
    return Case(
        rule=rule,
        fact=fact,
        history=history,
        by=by,
        on=dt.date.fromisoformat(JUDGED_ON),
        study=study,
        compare=compare,
    )


def shown(finding: Finding) -> str:
    """A finding on one line, as the tables write it: ``"consent screened: happened 2024-01-05"``."""
    return f"{' '.join(finding.entries)}: {finding.field} {finding.on} {finding.about}".rstrip()
