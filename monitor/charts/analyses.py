"""The small pictures of analyses: curves of survival by group, of incidence by cause, and how a marker tells.

They read answers as they were stored. Each line of a picture has a pattern of its own, so that no colour is needed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from markupsafe import Markup

from monitor.charts import svg
from monitor.words import Words

LINES = 4
"""How many patterns of line there are; a picture of more groups would tell nobody anything."""

_SHARES = (0, 25, 50, 75, 100)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A step curve from ``start`` (at 0) on: ``heights`` as shares at ``times``."""

    name: str
    start: float
    times: Sequence[float]
    heights: Sequence[float]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """``legend`` has the name of each line with the class of its pattern; empty where there is one line."""

    svg: Markup
    legend: tuple[tuple[str, str], ...]


def survival(answer: Mapping[str, Any], names: Mapping[str, str], words: Words) -> Picture | None:
    """``names`` says each group in words. None also where the curves are withheld."""
    lines = [
        Line(
            name=names[each["group"]],
            start=1.0,
            times=each["curve"]["time"],
            heights=each["curve"]["survival"],
        )
        for each in answer["groups"]
        if each["curve"] is not None
    ]
    return _steps(lines, words)


def incidence(answer: Mapping[str, Any], names: Mapping[str, str], words: Words) -> Picture | None:
    """``names`` says each cause in words. Of several groups, whose curves would be many, there is no picture."""
    curves = answer["groups"][0]["curves"]
    if len(answer["groups"]) != 1 or curves is None:
        return None
    lines = [
        Line(
            name=names.get(str(each["cause"]), str(each["cause"])),
            start=0.0,
            times=curves["time"],
            heights=each["incidence"],
        )
        for each in curves["causes"]
    ]
    return _steps(lines, words)


def told(answer: Mapping[str, Any], words: Words) -> Picture:
    """Sensitivity over one minus specificity, without the cuts: those are values of the marker."""
    curve = answer["curve"]
    pairs = zip(curve["specificity"], curve["sensitivity"], strict=True)
    points = sorted({(1 - specificity, sensitivity) for specificity, sensitivity in pairs} | {(0.0, 0.0), (1.0, 1.0)})
    drawn = _shares_axis()
    for share in _SHARES:
        align = {0: "start", 100: "end"}.get(share, "middle")
        drawn.append(svg.text(f"{share}%", share / 100, 1, f"tick {align}", dy=1.6))
    drawn.append(svg.text(words.text("analyses.one_minus_specificity"), 1, 1, "note end", dy=3.1))
    chance = svg.path(svg.straight([(0, 1), (1, 0)]), "plan")
    drawn.append(svg.stretched(chance, svg.path(svg.straight([(x, 1 - y) for x, y in points]), "curve")))
    label = words.text("analyses.picture_roc", area=f"{answer['auc']['value']:.2f}")
    return Picture(svg=svg.chart(*drawn, label=label, class_="analysis-chart roc-chart"), legend=())


def _steps(lines: Sequence[Line], words: Words) -> Picture | None:
    followed = [line for line in lines if len(line.times)]
    if not followed or len(followed) > LINES:
        return None
    last = max(line.times[-1] for line in followed) or 1.0
    drawn = _shares_axis()
    for share, align in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        drawn.append(svg.text(f"{last * share:.0f}", share, 1, f"tick {align}", dy=1.6))
    drawn.append(svg.text(words.text("analyses.days"), 1, 1, "note end", dy=3.1))
    paths, legend, ends = [], [], []
    for place, line in enumerate(followed):
        points = [(0.0, 1 - line.start)]
        points += [(time / last, 1 - height) for time, height in zip(line.times, line.heights, strict=True)]
        paths.append(svg.path(svg.stairs(points, line.times[-1] / last), f"curve line-{place}"))
        legend.append((line.name, f"line-{place}"))
        ends.append(
            words.text(
                "analyses.picture_end", name=line.name, day=f"{line.times[-1]:g}", value=words.percent(line.heights[-1])
            )
        )
    drawn.append(svg.stretched(*paths))
    label = words.text("analyses.picture_steps", ends=words.listed(ends))
    return Picture(
        svg=svg.chart(*drawn, label=label, class_="analysis-chart"), legend=tuple(legend) if len(legend) > 1 else ()
    )


def _shares_axis() -> list[Markup]:
    drawn = []
    for share in _SHARES:
        y = 1 - share / 100
        drawn.append(svg.line(0, y, 1, y, "grid" if share else "base"))
        drawn.append(svg.text(f"{share}%", 0, y, "tick end", dx=-0.67, dy=0.33))
    return drawn
