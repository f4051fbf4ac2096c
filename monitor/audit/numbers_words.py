"""The numbers of a snapshot in words: what each is called, what it says, and how a subject counts in it. Pure.

Names are those of `analytics.numbers`. A name that has no words yet is shown as it is: it is a number all the same.
"""

import re
from typing import Any

import msgspec
from markupsafe import Markup

from monitor.words import Words

_PLAIN = frozenset(
    {
        *("enrolment.enrolled", "enrolment.last_on", "enrolment.last_subject", "funnel.screen_failures"),
        *("funnel.screened_decided", "funnel.screen_failure_rate"),
        *("enrolment.on", "enrolment.cumulative"),
        *("accrual.median_on", "accrual.reached_on", "accrual.by_planned", "accrual.rate_a_month"),
        *("response.full", "response.responders", "response.non_responders", "response.pending"),
        *("response.assessed", "response.window_over", "response.evaluable", "response.evaluable.subjects"),
        *("response.early_deaths", "survival.subjects", "survival.deaths", "survival.censored", "survival.curve"),
        *("survival.median", "survival.follow_up"),
    }
)
_WITH_PARTS = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        (r"funnel\.steps\.(?P<step>[a-z]+)\.subjects", "audit_numbers.step"),
        (r"funnel\.steps\.(?P<step>[a-z]+)\.without\.(?P<why>.+)", "audit_numbers.step_without"),
        (r"response\.rates\.(?P<rate>[A-Za-z]+)", "audit_numbers.rate"),
        (r"response\.rates\.(?P<rate>[A-Za-z]+)\.bounds", "audit_numbers.rate_bounds"),
        (r"response\.mortality\.(?P<day>[0-9]+)", "audit_numbers.mortality"),
        (r"response\.mortality\.(?P<day>[0-9]+)\.(?P<vital>[a-z_]+)", "audit_numbers.mortality_of"),
        (r"response\.by_best\.(?P<best>.+)", "audit_numbers.by_best"),
        (r"response\.pending_by_best\.(?P<best>.+)", "audit_numbers.pending_by_best"),
        (r"response\.outside\.(?P<reason>.+)", "audit_numbers.outside"),
        (r"response\.rule_sets\.(?P<rule_set>.+)", "audit_numbers.rule_sets"),
        (r"survival\.at\.(?P<day>[0-9]+)", "audit_numbers.survival_at"),
        (r"survival\.risk_table\.(?P<day>[0-9]+)\.at_risk", "audit_numbers.at_risk"),
        (r"survival\.risk_table\.(?P<day>[0-9]+)\.deaths", "audit_numbers.deaths_by"),
        (r"survival\.marks\.(?P<day>[0-9]+)\.(?P<what>[a-z]+)", "audit_numbers.mark"),
        (r"survival\.censored_by\.(?P<counts>.+)", "audit_numbers.censored_by"),
        (r"survival\.no_time\.(?P<counts>.+)", "audit_numbers.no_time"),
    )
)
_SHARES = re.compile(
    r"(accrual\.by_planned|survival\.at\..*|survival\.marks\..*\.survival|response\.(rates|mortality|evaluable).*)"
)
_DAYS = frozenset({"survival.median", "survival.follow_up"})

PARTS = ("enrolment", "funnel", "response", "survival")
"""The panels of the overview, which are how the names of its numbers begin."""


class NumberSaid(msgspec.Struct, frozen=True, kw_only=True):
    """One number: what it is called, and what it says, with the reason where it cannot be given.

    ``mark`` stands beside one that is exploratory.
    """

    name: str
    title: str
    value: str
    mark: Markup | None = None


def title(name: str, words: Words) -> str:
    """What a number is called."""
    if name in _PLAIN:
        return words.text(f"audit_numbers.{name.replace('.', '_')}")
    for pattern, key in _WITH_PARTS:
        if found := pattern.fullmatch(name):
            return words.text(key, **{part: _part(part, text, words) for part, text in found.groupdict().items()})
    return name


def said(name: str, number: Any, words: Words) -> str:
    """What a number says: a count, a proportion with its interval, an estimate, or why it cannot be given."""
    if number is None:
        return words.text("audit.not_given")
    if isinstance(number, dict):
        return _figure(name, number, words)
    if isinstance(number, list):
        return words.text("audit.series")
    if isinstance(number, float):
        return words.percent(number) if _SHARES.fullmatch(name) else f"{number:.6g}"
    return words.number(number) if isinstance(number, int) else str(number)


def counts_as(code: str, words: Words) -> str:
    """How a subject counts, by `analytics.contributions`."""
    return words.text_or_key("audit_counts", code)


def _part(part: str, text: str, words: Words) -> str:
    match part:
        case "step":
            return words.text_or_key("funnel", text)
        case "why":
            return words.text_or_key("audit_without", text)
        case "reason" | "counts":
            return counts_as(text, words)
        case "vital" | "what":
            return words.text_or_key("audit_vital", text)
        case _:
            return words.text("audit.none") if text == "none" else text


def _figure(name: str, number: dict[str, Any], words: Words) -> str:
    if "estimate" in number:
        of = words.text("response.of", responders=number["count"], subjects=number["of"])
        return f"{of} · {_estimate(name, number['estimate'], words)}"
    if "certain" in number:
        if number["lower"] is None or number["upper"] is None:
            return words.text_or_key("missing", str(number["missing"]))
        low, high = words.percent(number["lower"]), words.percent(number["upper"])
        return words.text("audit.bounds", low=low, high=high, certain=number["certain"], possible=number["possible"])
    if "value" in number:
        return _estimate(name, number, words)
    return words.text("audit.series")


def _estimate(name: str, estimate: dict[str, Any], words: Words) -> str:
    value, lower, upper = (estimate.get(each) for each in ("value", "lower", "upper"))
    if value is None:
        return words.text_or_key("missing", str(estimate.get("missing") or "")) or words.text("audit.not_given")
    if name in _DAYS:
        known = [f"{each:g}" if each is not None else "–" for each in (lower, upper)]
        shown = words.text("audit.days", n=f"{value:g}")
        return shown if (lower, upper) == (None, None) else f"{shown} [{known[0]}, {known[1]}]"
    if lower is None or upper is None:
        return words.percent(value)
    return f"{words.percent(value)} [{lower * 100:.1f}, {upper * 100:.1f}]"
