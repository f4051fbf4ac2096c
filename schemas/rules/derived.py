"""A derived response as a value: its category, and the log of conditions that it followed from."""

import datetime as dt
import enum

import msgspec

from schemas.events.followup import Category
from schemas.milestones import Mark
from schemas.rules.conditions import Quantity


class Verdict(enum.StrEnum):
    """What one condition says of its category."""

    MEETS = "meets"
    FAILS = "fails"
    OPEN = "leaves open"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One value beside one limit.

    ``said`` is the value with its unit, or why it is not known. ``relation`` is how it stands to the limit ("< 100"),
    empty for a finding such as "absent". ``entry`` and ``on`` are None for what no single entry says. ``met`` is of the
    limit as the rule set has it, None where it is open.
    """

    quantity: Quantity
    said: str
    relation: str
    entry: str | None
    on: dt.date | None
    met: bool | None

    def __str__(self) -> str:
        source = f" on {self.on} [entry {self.entry}]" if self.entry is not None else ""
        relation = f" {self.relation}" if self.relation else ""
        return f"{self.quantity} {self.said}{source}{relation}"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of one category; a condition of several limits has a finding for each.

    >>> platelets = Finding(
    ...     quantity=Quantity.PLATELETS,
    ...     said="96 10*9/L",
    ...     relation="< 100",
    ...     entry="e17",
    ...     on=dt.date(2026, 3, 2),
    ...     met=False,
    ... )
    >>> str(Step(category=Category.CR, findings=(platelets,), verdict=Verdict.FAILS))
    'platelets 96 10*9/L on 2026-03-02 [entry e17] < 100: fails CR'
    """

    category: Category
    findings: tuple[Finding, ...]
    verdict: Verdict

    def __str__(self) -> str:
        found = " and ".join(str(finding) for finding in self.findings)
        return f"{found or 'none of the above'}: {self.verdict} {self.category}"


class DerivedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The response that a rule set finds at one marrow, or a relapse in blood without a marrow.

    ``mark`` is the marrow's entry, or the blood sample's; ``marrow`` is None for the latter. ``category`` is None where
    a value that is not known decides: then ``candidates``, in order of precedence, are all that it may be, and ``open``
    are the quantities to ask for. ``transfused`` is the entry of platelets given shortly before the platelet count: a
    flag, which changes no category. ``log`` is in the order in which the categories were tried.
    """

    mark: Mark
    marrow: str | None
    category: Category | None
    candidates: tuple[Category, ...] = ()
    open: tuple[Quantity, ...] = ()
    rule_set: str
    rule_set_version: str
    transfused: str | None = None
    log: tuple[Step, ...]

    def possible(self) -> tuple[Category, ...]:
        """All that it may be: the category, or the candidates."""
        return self.candidates if self.category is None else (self.category,)
