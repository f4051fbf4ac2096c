"""What the marker and other covariates do: the forest of ratios, the strip by response, the ROC curve, residuals.

The strip shows one point a subject and no name; whether it is shown at all is decided in `monitor.report.content`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analytics.plans.results import Result
from monitor.report.content import Report, called
from monitor.report.labels import cells, cut, in_lines
from monitor.report.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    HEIGHT_MAX,
    ORANGE,
    SERIES,
    VERMILION,
    WIDTH,
    legend,
    pale,
    panel,
)
from monitor.words import Words
from schemas.rules.baseline_marker import MarkerLimit, MarkerRow
from schemas.rules.response import Outcome

_RATIO_MIN, _RATIO_MAX = 0.02, 50.0
"""An interval that reaches further ends in an arrow at the edge."""

_SPREAD = 0.28
_NEIGHBOURS = 0.75
_PANELS_MAX = 9
"""As many covariates as one page has room for."""
_TITLE_MAX = 60
"""In cells of a name of the forest; beside the shares a line has `_LINE_MAX`, and as many lines as it needs."""
_LINE_MAX = 44


class Ratio(NamedTuple):
    """One line of the forest; the ratio is of odds or of hazards."""

    name: str
    of: str
    value: float
    lower: float
    upper: float


def ratios(report: Report, words: Words) -> list[Ratio]:
    """Of every regression of the plan that gave an answer. Of odds the profile limits, as the tables have both."""
    found: list[Ratio] = []
    for result in report.results("cox", "logistic"):
        if result.answer is None:
            continue
        for each in result.answer["fit"]["coefficients"]:
            name = f"{_short(result, words)}\n{words.text_or_key('columns', each['name'])}"
            if result.method == "cox":
                found.append(Ratio(name, "hazard", each["hazard_ratio"], each["lower"], each["upper"]))
            elif each["name"] in result.answer["odds_ratios"] and not each["name"].startswith("("):
                odds = result.answer["odds_ratios"][each["name"]]
                found.append(Ratio(name, "odds", odds["value"], odds["profile_lower"], odds["profile_upper"]))
    return [each for each in found if all(map(_is_drawn, each[2:]))]


def _named(result: Result, words: Words) -> str:
    """The estimate's title, and whether it is exploratory."""
    title = called(result, words)
    return title if result.is_planned else words.text("exploratory.in_text", text=title)


def _short(result: Result, words: Words) -> str:
    """The estimate's title as far as it fits beside a figure, and whether it is exploratory; tables have the whole."""
    title = called(result, words)
    if result.is_planned:
        return cut(title, _TITLE_MAX)
    mark = words.text("exploratory.in_text", text="")
    return words.text("exploratory.in_text", text=cut(title, _TITLE_MAX - cells(mark)))


def _is_drawn(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and value > 0


def forest(report: Report, words: Words) -> Figure | str:
    lines = ratios(report, words)
    if not lines:
        return words.text("report.no_regression")
    figure, axes = panel(0.95 + 0.37 * len(lines), left=3.15, right=1.35, bottom=0.5, top=0.35)
    low = max(min(each.lower for each in lines) * 0.8, _RATIO_MIN)
    high = min(max(each.upper for each in lines) * 1.25, _RATIO_MAX)
    axes.set_xscale("log")
    axes.set_xlim(min(low, 0.5), max(high, 2.0))
    for of, (colour, style, marker) in zip(("odds", "hazard"), SERIES, strict=False):
        own = [(place, each) for place, each in enumerate(lines) if each.of == of]
        for place, each in own:
            ends = (max(each.lower, low), min(each.upper, high))
            axes.plot(ends, (place, place), style, color=colour, lw=1.3)
            for end, kept, arrow in ((each.lower, ends[0], "<"), (each.upper, ends[1], ">")):
                axes.plot(kept, place, marker="|" if end == kept else arrow, color=colour, ms=6)
        if own:
            axes.plot(
                [min(max(each.value, low), high) for _, each in own],
                [place for place, _ in own],
                ls="",
                marker=marker,
                color=colour,
                ms=6,
                label=words.text(f"report.{of}_ratio"),
            )
    for place, each in enumerate(lines):
        said = f"{each.value:.2f} [{each.lower:.2f}, {each.upper:.2f}]"
        axes.annotate(
            said, (1, place), (6, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center"
        )
    axes.axvline(1, color=BLACK, lw=0.8)
    axes.set_yticks(range(len(lines)), [each.name for each in lines], fontsize=7)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(words.text("report.ratio_axis"))
    legend(axes)
    return figure


def strip(report: Report, words: Words) -> Figure | str:
    if report.study.marker is None:
        return words.text("report.no_marker_asked")
    if report.hides_marker:
        return words.text("report.marker_hidden")
    groups: dict[str, list[MarkerRow]] = {"responder": [], "non-responder": [], "pending": []}
    for row in report.rows:
        if row.marker is not None and row.response is not None and float(row.marker.number) > 0:
            groups[Outcome(row.response.outcome).value].append(row.marker)
    if not any(groups.values()):
        return words.text("report.no_marker")
    figure, axes = panel(3.6, left=0.9, bottom=0.55)
    for place, (measured, (colour, _, marker)) in enumerate(zip(groups.values(), SERIES, strict=False)):
        ordered = sorted(measured, key=lambda each: (float(each.number), each.limit.value))
        for limit, filled, shape in (
            (MarkerLimit.EXACT, colour, marker),
            (MarkerLimit.BELOW, "white", "v"),
            (MarkerLimit.ABOVE, "white", "^"),
        ):
            points = [(place + _aside(n), float(each.number)) for n, each in enumerate(ordered) if each.limit is limit]
            if points:
                axes.plot(*zip(*points, strict=True), ls="", marker=shape, ms=4.5, color=colour, mfc=filled, alpha=0.85)
        if ordered:
            middle = float(np.median([float(each.number) for each in ordered]))
            axes.plot((place - 0.36, place + 0.36), (middle, middle), color=BLACK, lw=2)
    for least in sorted({float(each.lower_limit) for kept in groups.values() for each in kept if each.lower_limit}):
        axes.axhline(least, color=GREY, lw=0.8, ls="--")
        axes.annotate(
            words.text("report.lower_limit", value=f"{least:g}"),
            (1, least),
            (-2, 2),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            color=GREY,
        )
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    named = [f"{words.text(f'report.outcome_{name}')} ({len(measured)})" for name, measured in groups.items()]
    axes.set_xticks(range(len(groups)), named)
    axes.set_xlim(-0.6, len(groups) - 0.4)
    unit = next(each.unit for measured in groups.values() for each in measured)
    axes.set_ylabel(words.text("report.marker_axis", name=marker_name(report, words), unit=unit))
    return figure


def marker_name(report: Report, words: Words) -> str:
    assert report.study.marker is not None
    analyte = report.study.analyte(report.study.marker.analyte)
    if analyte is None:
        return report.study.marker.analyte
    return analyte.text.zh if words.language == "zh" else analyte.text.en


def _aside(place: int) -> float:
    """Spread over the width by the golden ratio: even, and the same every time."""
    return ((place * 0.6180339887) % 1 - 0.5) * 2 * _SPREAD


def roc(result: Result, words: Words) -> Figure | None:
    if result.answer is None:
        return None
    curve, area = result.answer["curve"], result.answer["auc"]
    side = 3.4
    figure = Figure(figsize=(WIDTH, side + 0.85))
    axes = figure.add_axes((1.6 / WIDTH, 0.5 / (side + 0.85), side / WIDTH, side / (side + 0.85)))
    across = [1 - each for each in curve["specificity"]]
    points = sorted(zip(across, curve["sensitivity"], strict=True))
    axes.plot(*zip(*points, strict=True), color=BLUE, lw=1.8, marker="o", ms=2.6)
    axes.plot((0, 1), (0, 1), ls="--", color=GREY, lw=0.9)
    starred = _starred(result.answer)
    if starred:
        axes.plot(
            *zip(*starred, strict=True),
            ls="",
            marker="*",
            ms=11,
            color=VERMILION,
            mec=BLACK,
            mew=0.5,
            label=words.text("report.youden" if result.answer["cuts"] is not None else "report.plans_cut"),
        )
    limits = "" if area["lower"] is None else f" [{area['lower']:.2f}, {area['upper']:.2f}]"
    axes.annotate(
        words.text("report.area", value=f"{area['value']:.2f}{limits}"), (0.97, 0.06), ha="right", weight="bold"
    )
    axes.annotate(words.text("report.by_chance"), (0.64, 0.58), rotation=45, rotation_mode="anchor", color=GREY)
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    axes.set_xlabel(words.text("report.false_positive"))
    axes.set_ylabel(words.text("report.sensitivity"))
    legend(axes)
    return figure


def _starred(answer: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Where Youden's cuts lie, or the plan's own: 1 - specificity and sensitivity."""
    if answer["cuts"] is not None:
        return [(1 - each["specificity"], each["sensitivity"]) for each in answer["cuts"]["cuts"]]
    told = answer.get("at_cut")
    return [] if told is None else [(1 - told["specificity"]["value"], told["sensitivity"]["value"])]


def zph(result: Result, words: Words) -> Figure | None:
    """Scaled Schoenfeld residuals of the first nine covariates over time.

    None where the test could not be made, or where they are withheld.
    """
    test = None if result.answer is None else result.answer["proportional_hazards"]
    if test is None or not test["time"] or any(each["scaled"] is None for each in test["residuals"]):
        return None
    fitted = {each["name"]: each["coefficient"] for each in result.answer["fit"]["coefficients"]}  # type: ignore[index]
    p_of = {each["name"]: each["test"]["p"] for each in test["terms"]}
    shown = test["residuals"][:_PANELS_MAX]
    each_high = min(2.05, (HEIGHT_MAX - 0.25) / len(shown))
    height = each_high * len(shown) + 0.25
    figure = Figure(figsize=(WIDTH, height))
    for place, residuals in enumerate(shown):
        low = height - each_high * (place + 1) + 0.25
        axes = figure.add_axes((0.85 / WIDTH, low / height, (WIDTH - 1.05) / WIDTH, (each_high - 0.65) / height))
        known = [
            (time, value) for time, value in zip(test["time"], residuals["scaled"], strict=True) if value is not None
        ]
        name = residuals["name"]
        axes.plot(*zip(*known, strict=True), ls="", marker="o", ms=3.8, mfc="none", color=BLUE)
        axes.plot(*smooth(known), color=VERMILION, lw=1.8, label=words.text("report.smooth"))
        if name in fitted:
            axes.axhline(fitted[name], color=BLACK, ls="--", lw=1, label=words.text("report.constant_effect"))
        axes.axhline(0, color=GREY, ls=":", lw=0.8)
        said = "" if name not in p_of else f"   p = {p_of[name]:.3f}"
        axes.set_title(f"{words.text_or_key('columns', name)}{said}", fontsize=8.5)
        axes.set_ylabel(words.text("report.coefficient_over_time"))
        if place == 0:
            axes.legend(loc="lower right", bbox_to_anchor=(1, 1.0), ncols=2, borderaxespad=0.1)
    axes.set_xlabel(words.text("report.days"))
    return figure


def smooth(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """A straight line fitted at each of 40 times to the nearest three quarters of the points, nearer ones weigh more.

    The tricube weights of W. S. Cleveland, JASA 74 (1979) 829, without his robust step. Fewer than three distinct times
    give their mean.
    """
    across, up = np.array([point[0] for point in points]), np.array([point[1] for point in points])
    if len(np.unique(across)) < 3:
        return [float(across.min()), float(across.max())], [float(up.mean())] * 2
    near, at = max(3, math.ceil(_NEIGHBOURS * len(across))), np.linspace(across.min(), across.max(), 40)
    fitted = []
    for here in at:
        apart = np.abs(across - here)
        reach = max(float(np.sort(apart)[min(near, len(apart)) - 1]), 1e-9) * 1.0001
        weight = np.clip(1 - (apart / reach) ** 3, 0, None) ** 3
        middle = float(np.average(across, weights=weight))
        spread = float(np.sum(weight * (across - middle) ** 2))
        level = float(np.average(up, weights=weight))
        slope = float(np.sum(weight * (across - middle) * up)) / spread if spread > 1e-9 else 0.0
        fitted.append(level + slope * (float(here) - middle))
    return at.tolist(), fitted


def shares(report: Report, words: Words) -> Figure | str:
    """Each proportion of the plan with its exact and Wilson intervals, and the bounds that the pending leave open."""
    lines = [
        (" · ".join([_named(result, words), *([each["group"]] if len(result.answer["groups"]) > 1 else [])]), each)
        for result in report.results("proportion")
        if result.answer is not None
        for each in result.answer["groups"]
    ]
    if not lines:
        return words.text("report.no_share")
    figure, axes = panel(0.95 + 0.33 * len(lines), left=2.75, right=1.45, bottom=0.45, top=0.35)
    for place, (_, each) in enumerate(lines):
        first = "" if place else "label"
        if each["bounds"] is not None:
            low, high = each["bounds"]["lower"], each["bounds"]["upper"]
            axes.barh(
                place,
                max(high - low, 0.004),
                left=low,
                height=0.62,
                color=pale(ORANGE, 0.5),
                hatch="////",
                edgecolor=GREY,
                lw=0.4,
            )
        for name, colour, style, shift, marker in (
            ("exact", BLUE, "-", -0.11, "o"),
            ("wilson", GREEN, "--", 0.13, "s"),
        ):
            share = each[name]
            if share is not None:
                axes.plot(
                    (share["lower"], share["upper"]),
                    (place + shift,) * 2,
                    style,
                    color=colour,
                    lw=1.5,
                    marker="|",
                    ms=5,
                    label=words.text(f"report.{name}") if first else None,
                )
                axes.plot(share["value"], place + shift, marker=marker, color=colour, ms=4.5)
        exact = each["exact"]
        said = "" if exact is None else f"{exact['count']}/{exact['of']} = {words.percent(exact['value'])}"
        axes.annotate(
            said, (1, place), (8, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center"
        )
    axes.barh(-9, 0.1, color=pale(ORANGE, 0.5), hatch="////", edgecolor=GREY, lw=0.4, label=words.text("report.bounds"))
    axes.set_yticks(range(len(lines)), [in_lines(name, _LINE_MAX) for name, _ in lines])
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xticks(np.linspace(0, 1, 5), ["0%", "25%", "50%", "75%", "100%"])
    axes.grid(axis="x", color="#DDDDDD", lw=0.5)
    axes.set_axisbelow(True)
    legend(axes, begins=-0.3)
    return figure
