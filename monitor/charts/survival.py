"""The Kaplan-Meier curve with its band, ticks at censored times, and the numbers at risk under its own axis."""

from markupsafe import Markup

from analytics.figures import Curve, SurvivalFigure
from monitor.charts import svg
from monitor.words import Words

_TICKS = (0, 25, 50, 75, 100)


def draw(survival: SurvivalFigure, words: Words) -> Markup:
    """Up to the last day on which anybody is followed, or the horizon, never beyond either."""
    horizon = survival.horizon_days
    drawn = []
    for tick in _TICKS:
        y = 1 - tick / 100
        drawn.append(svg.line(0, y, 1, y, "base" if tick == 0 else "grid"))
        drawn.append(svg.text(f"{tick}%", 0, y, "tick end", dx=-0.67, dy=0.33))
    drawn += _risk_table(survival, words)
    drawn.append(svg.stretched(*_curves(survival.curve, horizon)))
    drawn += [
        svg.stroke(day / horizon, 1 - height, 0.42, 0.42, "censor")
        for day, censored, height in zip(
            survival.curve.days, survival.curve.censored, survival.curve.survival, strict=True
        )
        if censored and day <= horizon
    ]
    return svg.chart(*drawn, label=_label(survival, words), class_="survival-chart")


def _risk_table(survival: SurvivalFigure, words: Words) -> list[Markup]:
    drawn = [
        svg.text(words.text("survival.at_risk"), 0, 1, "at-risk-title start", dx=-2.7, dy=3.5),
        svg.text(words.text(f"survival.days_since_{survival.origin}"), 1, 1, "note end", dy=3.5),
    ]
    for column in survival.risk_table:
        x = column.day / survival.horizon_days
        align = "end" if x > 0.96 else "middle"
        drawn.append(svg.stroke(x, 1, 0, 0.33, "axis-tick"))
        drawn.append(svg.text(words.number(column.day), x, 1, f"tick {align}", dy=1.6))
        drawn.append(svg.text(words.number(column.at_risk), x, 1, f"at-risk {align}", dy=5))
    return drawn


def _curves(curve: Curve, horizon: int) -> list[Markup]:
    shown = [row for row, day in enumerate(curve.days) if day <= horizon]
    last_x = min(curve.days[-1], horizon) / horizon
    drawn = []
    for run in _bounded_runs(curve, shown):
        points = [
            (curve.days[row] / horizon, 1 - (curve.upper[row] or 0.0), 1 - (curve.lower[row] or 0.0)) for row in run
        ]
        behind = run[-1] + 1
        until = curve.days[behind] / horizon if behind in shown else last_x
        drawn.append(svg.path(svg.band(points, until), "band"))
    heights = [(curve.days[row] / horizon, 1 - curve.survival[row]) for row in shown]
    drawn.append(svg.path(svg.stairs(heights, last_x), "curve"))
    return drawn


def _bounded_runs(curve: Curve, shown: list[int]) -> list[list[int]]:
    """The rows that have an interval, in unbroken runs: there is none while the curve is at 1 or at 0."""
    runs: list[list[int]] = [[]]
    for row in shown:
        if curve.lower[row] is None or curve.upper[row] is None:
            runs.append([])
        else:
            runs[-1].append(row)
    return [run for run in runs if run]


def _label(survival: SurvivalFigure, words: Words) -> str:
    points = [
        words.text("survival.picture_point", day=at.day, value=words.percent(at.estimate.value))
        for at in survival.at
        if at.estimate.value is not None
    ]
    return words.text(
        "survival.picture",
        subjects=survival.subjects,
        deaths=survival.deaths,
        last=survival.curve.days[-1],
        points=words.listed(points) or words.text("survival.not_reached_day", days=survival.at[0].day),
    )
