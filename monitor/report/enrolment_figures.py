"""Enrolment with its forecast, and the way from screening on with the criteria that failed.

Each function gives a figure, or the sentence that says why there is none.
"""

import datetime as dt

from matplotlib.axes import Axes
from matplotlib.dates import date2num, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analytics.figures import FunnelFigure
from monitor.panels import without
from monitor.report.content import Report
from monitor.report.style import BLACK, BLUE, GREY, HATCHES, HEIGHT_MAX, ORANGE, PALE, SKY, WIDTH, legend, panel
from monitor.words import Words

_TICKS_MAX = 8
_FORECAST_SHARE = 0.6
"""How much of the axis a forecast may add to what plan and data take: one that runs on for decades hides the rest."""


def enrolment(report: Report, words: Words) -> Figure | str:
    now, accrual = report.then.snapshot.enrolment, report.then.snapshot.accrual
    if not now.enrolled:
        return words.text("report.nobody_enrolled")
    figure, axes = panel(3.3)
    begins_on = min(now.plan_on[0], now.on[0])
    shown_on = max(now.plan_on[1], report.then.cutoff_on, now.on[-1])
    most = date2num(shown_on) + _FORECAST_SHARE * (date2num(shown_on) - date2num(begins_on))
    curve, last = accrual.curve, date2num(shown_on)
    if curve.on:
        last = min(max(last, date2num(curve.on[-1])), most)
        on, bands = date2num(curve.on), list(zip(curve.lower, curve.upper, strict=True))
        for (low, high), level, hatch, colour in zip(bands[::-1], (95, 80), HATCHES, (PALE, SKY), strict=False):
            said = words.text("report.forecast_band", level=level)
            axes.fill_between(
                on, low, high, step="post", facecolor=colour, hatch=hatch, edgecolor=GREY, lw=0, label=said
            )
        axes.plot(on, curve.expected, "-.", color=BLACK, label=words.text("report.forecast"))
    days = date2num((begins_on, *now.on, report.then.cutoff_on))
    axes.plot(date2num(now.plan_on), now.plan, "--", color=ORANGE, label=words.text("report.plan"))
    counts = (0, *now.cumulative, now.enrolled)
    axes.step(days, counts, where="post", color=BLUE, lw=2, label=words.text("report.enrolled"))
    axes.axhline(now.target, color=BLACK, lw=0.8, ls=":")
    target, cutoff = words.text("report.target", n=now.target), date2num(report.then.cutoff_on)
    axes.annotate(target, (date2num(begins_on), now.target), (5, 3), textcoords="offset points")
    axes.axvline(cutoff, color=GREY, lw=0.8)
    said = words.text("report.cutoff_mark")
    axes.annotate(said, (cutoff, 0), (-4, 4), textcoords="offset points", ha="right", color=GREY)
    axes.set_xlim(date2num(begins_on), last + 0.02 * (last - date2num(begins_on)))
    axes.set_ylim(0, max(now.target, now.enrolled) * 1.12)
    months = months_between(begins_on, num2date(last).date())
    axes.set_xticks(date2num(months), [f"{month:%Y-%m}" for month in months])
    axes.set_xlabel(words.text("report.date"))
    axes.set_ylabel(words.text("report.subjects_enrolled"))
    legend(axes, 5)
    return figure


def months_between(begins_on: dt.date, ends_on: dt.date) -> list[dt.date]:
    """First days of months within both ends, in steps that leave at most eight of them."""
    first, last = (on.year * 12 + on.month - 1 for on in (begins_on, ends_on))
    first += begins_on.day > 1
    step = next((step for step in (1, 2, 3, 6, 12, 24, 60, 120) if (last - first) // step < _TICKS_MAX), 240)
    return [dt.date(month // 12, month % 12 + 1, 1) for month in range(-(-first // step) * step, last + 1, step)]


def funnel(report: Report, words: Words) -> Figure | str:
    """Above who reached each step, below how many failed each criterion."""
    now = report.then.snapshot.funnel
    if not any(step.subjects for step in now.steps):
        return words.text("funnel.nobody")
    failed = failed_criteria(now, report)
    heights = (0.34 * len(now.steps), min(0.24 * max(len(failed), 1), HEIGHT_MAX - 4))
    height = sum(heights) + 1.5
    figure = Figure(figsize=(WIDTH, height))
    left, across = 1.55 / WIDTH, (WIDTH - 1.55 - 0.3) / WIDTH
    above = figure.add_axes((left, (heights[1] + 1.15) / height, across, heights[0] / height))
    _steps(above, now, words)
    if not failed:
        return figure
    below = figure.add_axes((left, 0.45 / height, across, heights[1] / height))
    names = list(failed)[::-1]
    below.barh(names, [failed[name] for name in names], color=ORANGE, edgecolor=BLACK, lw=0.6, hatch="////")
    for place, name in enumerate(names):
        below.annotate(str(failed[name]), (failed[name], place), (4, 0), textcoords="offset points", va="center")
    below.set_title(words.text("report.criteria_failed"))
    below.set_xlim(0, max(failed.values()) * 1.15)
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    below.set_xlabel(words.text("report.subjects"))
    return figure


def failed_criteria(now: FunnelFigure, report: Report) -> dict[str, int]:
    """How many failed each criterion that anybody failed, in the study's order."""
    known = [criterion.id for criterion in report.study.criteria]
    counts = next((step.without for step in now.steps if step.step == "eligible"), {})
    return {name: counts[name] for name in known if name in counts}


def _steps(axes: Axes, now: FunnelFigure, words: Words) -> None:
    steps = now.steps[::-1]
    widest = max(step.subjects for step in steps)
    axes.barh(range(len(steps)), [step.subjects for step in steps], color=BLUE, edgecolor=BLACK, lw=0.6)
    axes.set_yticks(range(len(steps)), [words.text(f"funnel.{step.step}") for step in steps])
    for place, step in enumerate(steps):
        axes.annotate(
            str(step.subjects), (step.subjects, place), (4, 0), textcoords="offset points", va="center", weight="bold"
        )
        lost = "" if step.step == "eligible" else without(step, words)
        axes.annotate(lost, (widest * 1.14, place), va="center", color=GREY)
    axes.set_xlim(0, widest * 1.5)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(left=False)
