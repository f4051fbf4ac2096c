"""One number over positions: steps from one row to the next, its interval as a band, a gap where it cannot be given."""

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec
from markupsafe import Markup

from monitor.charts import svg
from monitor.charts.scales import ticks
from monitor.words import Words


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A number at one row: from which position on, its date, the value, and the interval where it has one."""

    commit: int
    on: dt.date | None
    value: float | None
    lower: float | None
    upper: float | None

    @property
    def band(self) -> tuple[float, float] | None:
        return None if self.lower is None or self.upper is None else (self.lower, self.upper)


Shown = Callable[[float], str]


def draw(points: Sequence[Drawn], until: int, shown: Shown, label: str, words: Words) -> Markup | None:
    """``until`` is the last position; ``shown`` writes a number of the axis. None where no row has a number."""
    numbers = [each for point in points for each in (point.value, *(point.band or ())) if each is not None]
    if not numbers:
        return None
    whole = all(float(each).is_integer() for each in numbers)
    axis = ticks(min(numbers), max(numbers), whole=whole)
    first = points[0].commit
    span = max(until - first, 1)

    def x(commit: int) -> float:
        return min((commit - first) / span, 1.0)

    def y(number: float) -> float:
        return 1 - (number - axis[0]) / (axis[-1] - axis[0])

    drawn = []
    for place, tick in enumerate(axis):
        drawn.append(svg.line(0, y(tick), 1, y(tick), "grid" if place else "base"))
        drawn.append(svg.text(shown(tick), 0, y(tick), "tick end", dx=-0.67, dy=0.33))
    drawn += _positions(points, until, x, words)
    drawn.append(svg.stretched(*_bands(points, x, y), *_steps(points, x, y)))
    if len(points) <= DOTS_MAX:
        drawn += [svg.dot(x(each.commit), y(each.value), 0.22, "end-dot") for each in points if each.value is not None]
    return svg.chart(*drawn, label=label, class_="history-chart")


DOTS_MAX = 60
"""Up to how many rows each has a dot: of more, the steps say enough."""


def _positions(points: Sequence[Drawn], until: int, x: Callable[[int], float], words: Words) -> list[Markup]:
    """The first position, one in the middle and the last, each with its date."""
    middle = min(points, key=lambda each: abs(x(each.commit) - 0.5))
    shown = [(points[0].commit, points[0].on, "start"), (until, points[-1].on, "end")]
    if 0.3 <= x(middle.commit) <= 0.7:
        shown.append((middle.commit, middle.on, "middle"))
    drawn = []
    for commit, on, align in shown:
        drawn.append(svg.stroke(x(commit), 1, 0, 0.33, "axis-tick"))
        drawn.append(svg.text(words.number(commit), x(commit), 1, f"tick {align}", dy=1.6))
        if on is not None:
            drawn.append(svg.text(words.date(on), x(commit), 1, f"tick {align}", dy=2.9))
    return drawn


def _steps(points: Sequence[Drawn], x: Callable[[int], float], y: Callable[[float], float]) -> list[Markup]:
    drawn = []
    for run, until in _runs(points, [each.value is not None for each in points], x):
        stairs = [(x(each.commit), y(each.value)) for each in run if each.value is not None]
        drawn.append(svg.path(svg.stairs(stairs, until), "curve"))
    return drawn


def _bands(points: Sequence[Drawn], x: Callable[[int], float], y: Callable[[float], float]) -> list[Markup]:
    drawn = []
    for run, until in _runs(points, [each.band is not None for each in points], x):
        limits = [(x(each.commit), y(each.band[1]), y(each.band[0])) for each in run if each.band is not None]
        drawn.append(svg.path(svg.band(limits, until), "band"))
    return drawn


def _runs(points: Sequence[Drawn], given: Sequence[bool], x: Callable[[int], float]) -> list[tuple[list[Drawn], float]]:
    """Unbroken stretches of rows that have it, each with the place where it ends."""
    runs: list[tuple[list[Drawn], float]] = []
    run: list[Drawn] = []
    for point, has in zip(points, given, strict=True):
        if has:
            run.append(point)
        elif run:
            runs.append((run, x(point.commit)))
            run = []
    return [*runs, (run, 1.0)] if run else runs
