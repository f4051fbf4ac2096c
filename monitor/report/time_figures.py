"""Curves over time of the plan's own estimates: Kaplan-Meier with its risk table, and cumulative incidence."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analytics.plans.results import Result
from monitor.report.style import HATCHES, SERIES, WIDTH, legend, pale
from monitor.words import Words

Told = Mapping[str, Any]

_RISK_COLUMNS = 7


def curves(result: Result, words: Words) -> Figure | None:
    """None where the estimate was refused, nobody was followed for a day, or the curves are withheld."""
    groups = [] if result.answer is None else [each for each in result.answer["groups"] if each["curve"] is not None]
    if not any(each["curve"]["time"] for each in groups):
        return None
    last = max(max(each["curve"]["time"], default=0) for each in groups) or 1
    figure, axes = _with_risk_table(
        last, [(_group(each["group"], words), _at_risk_of(each["curve"])) for each in groups], words
    )
    for place, each in enumerate(groups):
        curve = each["curve"]
        label = f"{_group(each['group'], words)} ({each['events']}/{each['subjects']})" if len(groups) > 1 else None
        _curve(axes, curve, place, label, begins=1.0, heights=curve["survival"])
        left = [
            (time, height)
            for time, height, out in zip(curve["time"], curve["survival"], curve["censored"], strict=True)
            if out
        ]
        if left:
            axes.plot(
                *zip(*left, strict=True),
                ls="",
                marker="|",
                ms=6,
                mew=0.9,
                color=SERIES[place % len(SERIES)][0],
                clip_on=False,
            )
    axes.set_ylabel(words.text("report.share_without_event"))
    legend(axes)
    return figure


def incidences(result: Result, words: Words) -> Figure | None:
    """One curve a group and cause; None where the estimate was refused, nothing happened, or they are withheld."""
    groups = [] if result.answer is None else [each for each in result.answer["groups"] if each["curves"] is not None]
    if not any(each["curves"]["causes"] for each in groups):
        return None
    last = max(max(each["curves"]["time"], default=0) for each in groups) or 1
    figure, axes = _with_risk_table(
        last, [(_group(each["group"], words), _at_risk_of(each["curves"])) for each in groups], words
    )
    series = [(each, cause) for each in groups for cause in each["curves"]["causes"]]
    for place, (each, cause) in enumerate(series):
        named = [] if len(groups) == 1 else [_group(each["group"], words)]
        label = " · ".join([*named, words.text_or_key("report", f"cause_{cause['cause']}").removeprefix("cause_")])
        _curve(axes, {**cause, "time": each["curves"]["time"]}, place, label, begins=0.0, heights=cause["incidence"])
    axes.set_ylabel(words.text("report.share_with_event"))
    legend(axes)
    return figure


def _curve(axes: Axes, curve: Told, place: int, label: str | None, *, begins: float, heights: Sequence[float]) -> None:
    colour, style, _ = SERIES[place % len(SERIES)]
    time = [0.0, *curve["time"]]
    axes.step(time, [begins, *heights], where="post", color=colour, ls=style, label=label)
    low = [begins, *(height if each is None else each for each, height in zip(curve["lower"], heights, strict=True))]
    high = [begins, *(height if each is None else each for each, height in zip(curve["upper"], heights, strict=True))]
    axes.fill_between(time, low, high, step="post", facecolor=colour, alpha=0.18, lw=0)
    if hatch := HATCHES[place % len(HATCHES)]:
        # By itself: within a transparent area it would be transparent too.
        axes.fill_between(
            time, low, high, step="post", facecolor="none", hatch=hatch, edgecolor=pale(colour, 0.6), lw=0
        )


def _with_risk_table(last: float, groups: list[tuple[str, Any]], words: Words) -> tuple[Figure, Axes]:
    """The axes of the curves; under their ticks stands how many were still at risk."""
    height = 3.05 + 0.17 * len(groups)
    left, bottom = 1.25, 0.57 + 0.17 * len(groups)
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes(
        (left / WIDTH, bottom / height, (WIDTH - left - 0.25) / WIDTH, (height - bottom - 0.35) / height)
    )
    axes.set_xlim(0, last * 1.01)
    axes.set_ylim(0, 1.02)
    axes.set_yticks(np.linspace(0, 1, 5), ["0%", "25%", "50%", "75%", "100%"])
    ticks = ticks_to(last)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xlabel(words.text("report.days"))
    axes.axhline(0.5, color="#BBBBBB", lw=0.6, ls=":")
    rows = [(words.text("report.at_risk") if len(groups) == 1 else name, at_risk) for name, at_risk in groups]
    for row, (name, at_risk) in enumerate(rows):
        down = -36 - 12.2 * row
        axes.annotate(
            name,
            (0, 0),
            (-14, down),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=8,
        )
        for tick in ticks:
            axes.annotate(
                str(at_risk(tick)),
                (tick, 0),
                (0, down),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                va="top",
                fontsize=8,
            )
    if len(groups) > 1:
        axes.annotate(
            words.text("report.at_risk"),
            (0, 0),
            (-14, -25),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=8,
            weight="bold",
        )
    return figure, axes


def ticks_to(last: float) -> list[float]:
    """Days in steps that people count in: weeks, months, quarters, years."""
    step = next((step for step in (1, 7, 30, 60, 90, 180, 365, 730) if last / step < _RISK_COLUMNS + 0.99), last / 6)
    return [step * count for count in range(int(last // step) + 1)]


def _at_risk_of(curve: Told) -> Any:
    """How many were at risk just before a day; who is censored on it is at risk on it."""

    def at_risk(day: float) -> int:
        return next((count for time, count in zip(curve["time"], curve["at_risk"], strict=True) if time >= day), 0)

    return at_risk


def _group(name: str, words: Words) -> str:
    return words.text_or_key("report", f"group_{name}").removeprefix("group_")
