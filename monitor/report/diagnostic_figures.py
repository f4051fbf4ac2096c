"""Diagnostics of a Cox regression as one figure: the form of each covariate, and beside it who counts for it.

How far a subject moves the coefficient of a marker, and its residual beside a known day of death, follow from its
value of the marker. So where values are withheld (see `analytics.disclosure`), the regression is drawn without
residuals over the marker, and its influences stand by size, without names.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analytics.disclosure import is_withheld
from analytics.estimators.arrays import Booleans, Floats
from analytics.plans.results import Result
from monitor.report.content import Report
from monitor.report.style import BLACK, BLUE, GREY, HEIGHT_MAX, VERMILION, WIDTH
from monitor.words import Words

Told = Mapping[str, Any]

_PANELS_MAX = 6
"""As many covariates as one page has room for."""
_NAMED_MAX = 3
"""How many subjects have their name beside their line: those beyond the cut who count most."""
_ROW = 2.1
_LEFT, _GAP, _RIGHT = 0.75, 0.75, 0.35
_FOOT, _HEAD = 0.5, 0.35


def diagnostics(report: Report, result: Result, words: Words) -> Figure | None:
    """Of the first six covariates; None where the estimate was refused."""
    if result.answer is None:
        return None
    told, hidden = result.answer["diagnostics"], is_withheld(result)
    forms = {each["name"]: each for each in told["forms"] if each["covariate"] is not None}
    shown = told["influences"][:_PANELS_MAX]
    row = min(_ROW, HEIGHT_MAX / len(shown))
    figure = Figure(figsize=(WIDTH, row * len(shown)))
    subjects = None if hidden else [report.rows[place].subject for place in told["rows"]]
    for place, influence in enumerate(shown):
        form = forms.get(influence["name"])
        low, height = row * (len(shown) - 1 - place) + _FOOT, row - _FOOT - _HEAD
        half = (WIDTH - _LEFT - _GAP - _RIGHT) / 2
        if form is not None:
            _form(_axes(figure, _LEFT, low, half, height), form, told["null_martingale"], words)
        begins = _LEFT if form is None else _LEFT + half + _GAP
        axes = _axes(figure, begins, low, WIDTH - begins - _RIGHT, height)
        _influence(axes, influence, told["cut"], subjects, words)
    return figure


def _axes(figure: Figure, left: float, low: float, width: float, height: float) -> Axes:
    """All in inches."""
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, low / up, width / across, height / up))


def _form(axes: Axes, form: Told, residuals: Sequence[float], words: Words) -> None:
    axes.axhline(0, color=GREY, ls=":", lw=0.8)
    axes.plot(form["covariate"], residuals, ls="", marker="o", ms=3.4, mfc="none", color=BLUE)
    axes.plot(form["smooth"]["at"], form["smooth"]["height"], color=VERMILION, lw=1.8)
    name = words.text_or_key("columns", form["name"])
    axes.set_title(words.text("report.form_of", name=name))
    axes.set_xlabel(name)
    axes.set_ylabel(words.text("report.martingale"))
    smooth = f"— {words.text('report.smooth')}"
    axes.annotate(
        smooth,
        (1, 0),
        (0, -20),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="top",
        color=VERMILION,
    )


def _influence(axes: Axes, influence: Told, cut: float, subjects: Sequence[str] | None, words: Words) -> None:
    """By subject in the order of their names, or by size where ``subjects`` is None."""
    heights = np.array(influence["dfbetas"])
    if subjects is None:
        heights = np.sort(heights)
    place = np.arange(len(heights))
    far = np.abs(heights) > cut
    for which, colour, width in ((~far, BLUE, 0.9), (far, BLACK, 1.8)):
        axes.vlines(place[which], 0, heights[which], color=colour, lw=width)
    axes.axhline(0, color=BLACK, lw=0.6)
    for each in (-cut, cut):
        axes.axhline(each, color=GREY, ls="--", lw=0.9)
        axes.text(1.01, each, f"{each:.2f}", transform=axes.get_yaxis_transform(), va="center", fontsize=7, color=GREY)
    if subjects is not None:
        _names(axes, heights, far, subjects)
    axes.margins(y=0.18)
    axes.set_xticks([])
    axes.set_xlim(-1, len(heights))
    axes.set_title(words.text("report.influence_on", name=words.text_or_key("columns", influence["name"])))
    axes.set_xlabel(words.text("report.subjects_by_size" if subjects is None else "report.subjects_in_order"))
    axes.set_ylabel(words.text("report.standard_errors"))


def _names(axes: Axes, heights: Floats, far: Booleans, subjects: Sequence[str]) -> None:
    """Beside the lines of those beyond the cut who count most."""
    for row in np.argsort(-np.abs(heights), kind="stable")[:_NAMED_MAX]:
        if far[row]:
            above, share = heights[row] > 0, row / len(heights)
            axes.annotate(
                subjects[row],
                (float(row), float(heights[row])),
                (0, 3 if above else -3),
                textcoords="offset points",
                ha="left" if share < 1 / 6 else "right" if share > 5 / 6 else "center",
                va="bottom" if above else "top",
                fontsize=7,
            )


def sentences(report: Report, result: Result, words: Words) -> tuple[str, ...]:
    """Of each covariate how far one subject moves it, who is named unless that would tell the hidden marker."""
    if result.answer is None:
        return ()
    hidden = is_withheld(result)
    said = [_left_out(report, each, hidden, words) for each in result.answer["diagnostics"]["leaving_out"]]
    if hidden:
        said.append(words.text("report.diagnostics_hidden"))
    return tuple(said)


def _left_out(report: Report, told: Told, hidden: bool, words: Words) -> str:
    most = told["most"]
    name = words.text_or_key("columns", told["name"])
    if most is None:
        return words.text("report.no_fit_without", name=name, why=words.text(f"report.why_{told['most_missing']}"))
    who = words.text("report.one_subject") if hidden else report.rows[most["row"]].subject
    return words.text(
        "report.moves_most",
        name=name,
        who=who,
        moved=f"{abs(most['moved']):.2g}",
        ratio=f"{most['hazard_ratio']:.3g}",
        p=f"{most['p']:.2g}",
    )
