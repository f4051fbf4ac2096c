"""Cumulative enrolment as a step curve, with the plan's line and the target."""

import datetime as dt

import msgspec
from markupsafe import Markup

from analytics.figures import AccrualFigure, EnrolmentFigure, ForecastCurve
from monitor.charts import svg
from monitor.words import Words

_HEADROOM = 1.08
"""The axis ends this much above the target or the number reached, whichever is more."""

_TICKS_MAX = 9

_FORECAST_SHARE = 1.6
"""A forecast may make the axis this many times as long as plan and data do."""


class _Axes(msgspec.Struct, frozen=True):
    """From ``begins`` to ``ends`` across, from 0 to ``top`` subjects up."""

    begins: dt.date
    ends: dt.date
    top: float

    def across(self, on: dt.date) -> float:
        return (on - self.begins).days / (self.ends - self.begins).days

    def down(self, subjects: float) -> float:
        return 1 - subjects / self.top


def planned_on(enrolment: EnrolmentFigure, on: dt.date) -> int:
    """How many the plan has on a date, rounded down: a straight line between its two ends, level outside them."""
    begins, ends = enrolment.plan_on
    low, high = enrolment.plan
    length = (ends - begins).days
    return low + (high - low) * min(max((on - begins).days, 0), length) // length


def draw(enrolment: EnrolmentFigure, accrual: AccrualFigure, cutoff_on: dt.date, words: Words) -> Markup:
    begins_on = min([enrolment.plan_on[0], *enrolment.on[:1]])
    shown_on = max([enrolment.plan_on[1], cutoff_on, *enrolment.on[-1:]])
    # A forecast may run on for decades; the curve that is there must stay readable.
    most_on = begins_on + (shown_on - begins_on) * _FORECAST_SHARE
    axes = _Axes(
        begins_on,
        max(shown_on, min([most_on, *accrual.curve.on[-1:]])) if accrual.curve.on else shown_on,
        max(enrolment.target, enrolment.enrolled) * _HEADROOM,
    )
    drawn = [*_grid(enrolment, axes), *_forecast(accrual.curve, axes, words), *_dates(axes)]
    drawn += _plan(enrolment, axes, words)
    if enrolment.on:
        drawn += _curve(enrolment, max(cutoff_on, enrolment.on[-1]), axes)
    return svg.chart(*drawn, label=_label(enrolment, accrual, cutoff_on, words), class_="enrolment-chart")


def _grid(enrolment: EnrolmentFigure, axes: _Axes) -> list[Markup]:
    drawn = []
    for third in range(4):
        subjects = enrolment.target * third // 3
        y = axes.down(subjects)
        if third < 3:
            drawn.append(svg.line(0, y, 1, y, "base" if third == 0 else "grid"))
        drawn.append(svg.text(str(subjects), 0, y, "tick end", dx=-0.67, dy=0.33))
    return drawn


def _dates(axes: _Axes) -> list[Markup]:
    """A tick each half year, or as many as fit; a narrow screen shows every other one."""
    half_years = [
        dt.date(year, month, 1)
        for year in range(axes.begins.year, axes.ends.year + 1)
        for month in (1, 7)
        if axes.begins <= dt.date(year, month, 1) <= axes.ends
    ]
    drawn = []
    for place, on in enumerate(half_years[:: len(half_years) // (_TICKS_MAX + 1) + 1]):
        x = axes.across(on)
        align = "end" if x > 0.96 else "middle"
        wide = " wide-only" if place % 2 else ""
        drawn.append(svg.text(f"{on:%Y-%m}", x, 1, f"tick {align}{wide}", dy=1.6))
        drawn.append(svg.stroke(x, 1, 0, 0.33, f"axis-tick{wide}"))
    return drawn


def _plan(enrolment: EnrolmentFigure, axes: _Axes, words: Words) -> list[Markup]:
    """The target, the plan's line, and both names; the plan's stands below its line, where the curve seldom is."""
    target = axes.down(enrolment.target)
    begins, ends = enrolment.plan_on
    low, high = enrolment.plan
    at = begins + (ends - begins) * 0.8
    return [
        svg.line(0, target, 1, target, "target"),
        svg.text(words.text("enrolment.target", target=enrolment.target), 0, target, "note", dx=0.33, dy=-0.5),
        svg.line(axes.across(begins), axes.down(low), axes.across(ends), axes.down(high), "plan"),
        svg.text(
            words.text("enrolment.plan"), axes.across(at), axes.down(low + (high - low) * 0.8), "note", dx=0.83, dy=1.2
        ),
    ]


def _forecast(curve: ForecastCurve, axes: _Axes, words: Words) -> list[Markup]:
    """The wider band below the narrower one, and the expected curve with its name at its end."""
    inside = [place for place, on in enumerate(curve.on) if on <= axes.ends]
    if len(inside) < 2:
        return []
    across = [axes.across(curve.on[place]) for place in inside]
    drawn = []
    for band, name in ((1, "forecast-95"), (0, "forecast-80")):
        upper = [axes.down(curve.upper[band][place]) for place in inside]
        lower = [axes.down(curve.lower[band][place]) for place in inside]
        outline = [*zip(across, upper, strict=True), *reversed([*zip(across, lower, strict=True)])]
        drawn.append(svg.path(svg.straight(outline) + "Z", name))
    expected = [axes.down(curve.expected[place]) for place in inside]
    drawn.append(svg.path(svg.straight(zip(across, expected, strict=True)), "forecast"))
    middle = len(inside) // 2
    name = svg.text(words.text("enrolment.forecast_line"), across[middle], expected[middle], "note", dx=0.6, dy=1.4)
    return [svg.stretched(*drawn), name]


def _curve(enrolment: EnrolmentFigure, last_on: dt.date, axes: _Axes) -> list[Markup]:
    points = [(0.0, axes.down(0))]
    reached = zip(enrolment.on, enrolment.cumulative, strict=True)
    points += [(axes.across(on), axes.down(subjects)) for on, subjects in reached]
    curve = svg.path(svg.stairs(points, axes.across(last_on)), "curve")
    return [svg.stretched(curve), svg.dot(axes.across(last_on), axes.down(enrolment.enrolled), 0.33, "end-dot")]


def _label(enrolment: EnrolmentFigure, accrual: AccrualFigure, cutoff_on: dt.date, words: Words) -> str:
    said = _said(enrolment, cutoff_on, words)
    if accrual.median_on is None or accrual.reached_on is not None:
        return said
    low, high = (words.date(on) if on else words.text("enrolment.far") for on in _narrow(accrual))
    return said + " " + words.text("enrolment.picture_forecast", on=accrual.median_on, low80=low, high80=high)


def _narrow(accrual: AccrualFigure) -> tuple[dt.date | None, dt.date | None]:
    return accrual.intervals[0].lower_on, accrual.intervals[0].upper_on


def _said(enrolment: EnrolmentFigure, cutoff_on: dt.date, words: Words) -> str:
    begins, ends = enrolment.plan_on
    if not enrolment.on:
        return words.text("enrolment.picture_empty", target=enrolment.target, begins=begins, ends=ends)
    return words.text(
        "enrolment.picture",
        begins=enrolment.on[0],
        ends=enrolment.on[-1],
        enrolled=enrolment.enrolled,
        target=enrolment.target,
        cutoff=cutoff_on,
        planned=planned_on(enrolment, cutoff_on),
    )
