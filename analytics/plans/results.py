"""What running a plan gives: for each estimate who was left out, the answer or the refusal, and the labels."""

from typing import Any

import msgspec

from analytics.plans.guards import Guard, Label
from analytics.plans.methods import Title


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """``reason`` is one of `analytics.estimators.errors.Reason`, or the name of the guard that stopped the estimate."""

    reason: str
    sentence: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """``subjects`` were estimated from. ``answer`` is None where it was ``refused``.

    ``settings`` are those of the plan, as they were used. ``answer`` is what the method's own function says.
    ``reads`` are the columns of the table that it rests on, those behind a logarithm or a cut among them; None in what
    was stored before it was said. ``prespecified`` is whether the study's own analysis plan has this estimate; None
    where no study is there to tell.
    """

    id: str
    method: str
    title: Title
    subjects: int
    left_out: dict[str, int]
    settings: dict[str, Any]
    answer: dict[str, Any] | None = None
    refused: Refusal | None = None
    labels: tuple[Label, ...] = ()
    reads: tuple[str, ...] | None = None
    prespecified: bool | None = None

    @property
    def is_planned(self) -> bool:
        """Whether the study's own plan has it. What was stored before that was said by itself is told by its label."""
        if self.prespecified is not None:
            return self.prespecified
        return all(label.guard is not Guard.EXPLORATORY for label in self.labels)


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """``versions`` are those that the numbers depend on. Digests are SHA-256, hexadecimal."""

    plan: str
    plan_version: str
    plan_digest: str
    data_digest: str | None
    rows: int
    versions: dict[str, str]
    results: tuple[Result, ...]

    @property
    def refused(self) -> tuple[Result, ...]:
        return tuple(each for each in self.results if each.refused is not None)
