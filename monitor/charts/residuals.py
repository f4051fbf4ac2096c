"""The two small pictures of a regression's diagnostics: residuals over a covariate, and how much each subject counts.

They read answers as they were stored, and name nobody: points have no names, and influences stand in the order of size.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from markupsafe import Markup

from monitor.charts import svg
from monitor.charts.scales import ticks
from monitor.words import Words

Drawn = TypeVar("Drawn")

DRAWN_MAX = 400
"""How many subjects a small picture has room for; of more, as many evenly through their order, both ends among them."""


def form(told: Mapping[str, Any], residuals: Sequence[float], name: str, words: Words) -> Markup:
    """One point a subject: the null model's martingale residual over the value, with the smooth line through all."""
    points = _thinned(sorted(zip(told["covariate"], residuals, strict=True)))
    smooth = told["smooth"]
    heights = [height for _, height in points]
    across = ticks(points[0][0], points[-1][0])
    up = ticks(min(*heights, *smooth["height"], 0.0), max(*heights, *smooth["height"], 0.0))

    def x(value: float) -> float:
        return (value - across[0]) / (across[-1] - across[0])

    def y(value: float) -> float:
        return 1 - (value - up[0]) / (up[-1] - up[0])

    drawn = [*_heights(up, y), *_places(across, x), svg.text(name, 1, 1, "note end", dy=3.1)]
    drawn += [svg.dot(x(value), y(height), 0.25, "point") for value, height in points]
    line = [(x(at), y(height)) for at, height in zip(smooth["at"], smooth["height"], strict=True)]
    drawn.append(svg.stretched(svg.path(svg.straight(line), "curve")))
    first, last = smooth["height"][0], smooth["height"][-1]
    label = words.text(
        "diagnostics.picture_form", name=name, n=len(residuals), first=f"{first:.2f}", last=f"{last:.2f}"
    )
    return svg.chart(*drawn, label=label, class_="analysis-chart")


def influences(told: Mapping[str, Any], cut: float, name: str, words: Words) -> Markup:
    """One upright line a subject, from 0 to its dfbetas, by size; dashed lines at the cut on either side."""
    heights = _thinned(sorted(told["dfbetas"]))
    up = ticks(min(*heights, -cut), max(*heights, cut))

    def y(value: float) -> float:
        return 1 - (value - up[0]) / (up[-1] - up[0])

    places = [(place + 0.5) / len(heights) for place in range(len(heights))]
    drawn = _heights(up, y)
    drawn += [
        svg.line(x, y(0), x, y(height), "stem far" if abs(height) > cut else "stem")
        for x, height in zip(places, heights, strict=True)
    ]
    drawn += [svg.line(0, y(each), 1, y(each), "target") for each in (-cut, cut)]
    drawn.append(svg.text(words.text("diagnostics.by_size"), 1, 1, "note end", dy=1.6))
    label = words.text(
        "diagnostics.picture_influences",
        name=name,
        n=len(told["dfbetas"]),
        least=f"{heights[0]:.2f}",
        greatest=f"{heights[-1]:.2f}",
    )
    return svg.chart(*drawn, label=label, class_="analysis-chart")


def _heights(up: Sequence[float], y: Any) -> list[Markup]:
    drawn = []
    for tick in up:
        drawn.append(svg.line(0, y(tick), 1, y(tick), "grid" if tick else "base"))
        drawn.append(svg.text(f"{tick:g}", 0, y(tick), "tick end", dx=-0.67, dy=0.33))
    return drawn


def _places(across: Sequence[float], x: Any) -> list[Markup]:
    drawn = []
    for place, tick in enumerate(across):
        align = "start" if place == 0 else "end" if place == len(across) - 1 else "middle"
        drawn.append(svg.stroke(x(tick), 1, 0, 0.33, "axis-tick"))
        drawn.append(svg.text(f"{tick:g}", x(tick), 1, f"tick {align}", dy=1.6))
    return drawn


def _thinned(ordered: Sequence[Drawn]) -> list[Drawn]:
    if len(ordered) <= DRAWN_MAX:
        return list(ordered)
    return [ordered[round(place * (len(ordered) - 1) / (DRAWN_MAX - 1))] for place in range(DRAWN_MAX)]
