"""The forest of response rates: a dot with its exact interval, and the range that the pending leave open."""

from markupsafe import Markup

from analytics.estimates import Estimate
from analytics.figures import Bounds, ResponseFigure
from monitor.charts import svg
from monitor.words import Words

_TICKS = (0, 25, 50, 75, 100)
_HAIR = 0.004
"""The least width of a range, so that it is seen when nobody is pending any more."""


def draw(response: ResponseFigure, words: Words) -> Markup:
    """One row a rate, evenly down the plot; the numbers stand beside it as text of the page."""
    drawn = [svg.line(tick / 100, 0, tick / 100, 1, "grid") for tick in _TICKS]
    for tick in _TICKS:
        wide = " wide-only" if tick in (25, 75) else ""
        drawn.append(svg.text(f"{tick}%", tick / 100, 1, f"tick middle{wide}", dy=1.6))
    rows = len(response.rates)
    for row, rate in enumerate(response.rates):
        middle = (row + 0.5) / rows
        drawn += _range(rate.bounds, middle, 0.56 / rows)
        drawn += _whisker(rate.estimate, middle, "first" if row == 0 else "other")
    return svg.chart(*drawn, label=_label(response, words), class_="forest-chart")


def _range(bounds: Bounds, middle: float, height: float) -> list[Markup]:
    if bounds.lower is None or bounds.upper is None:
        return []
    return [
        svg.element(
            "rect",
            x=svg.percent(bounds.lower),
            y=svg.percent(middle - height / 2),
            width=svg.percent(max(bounds.upper - bounds.lower, _HAIR)),
            height=svg.percent(height),
            rx=2,
            class_="open-range",
        )
    ]


def _whisker(estimate: Estimate, middle: float, class_: str) -> list[Markup]:
    if estimate.value is None or estimate.lower is None or estimate.upper is None:
        return []
    return [
        svg.line(estimate.lower, middle, estimate.upper, middle, f"whisker {class_}"),
        svg.stroke(estimate.lower, middle, 0.33, 0.33, f"whisker {class_}"),
        svg.stroke(estimate.upper, middle, 0.33, 0.33, f"whisker {class_}"),
        svg.dot(estimate.value, middle, 0.46, f"estimate {class_}"),
    ]


def _label(response: ResponseFigure, words: Words) -> str:
    orr = response.rates[0].bounds
    assert orr.lower is not None, "an empty full set is a sentence, not a picture"
    assert orr.upper is not None
    bounds = {"low": words.percent(orr.lower), "high": words.percent(orr.upper)}
    if not response.window_over:
        return words.text("response.picture_open", **bounds)
    rates = [
        words.text(
            "response.picture_rate",
            outcome=rate.name,
            value=words.percent(rate.estimate.value),
            low=words.percent(rate.estimate.lower),
            high=words.percent(rate.estimate.upper),
        )
        for rate in response.rates
        if rate.estimate.value is not None and rate.estimate.lower is not None and rate.estimate.upper is not None
    ]
    return words.text("response.picture", closed=response.window_over, rates=words.listed(rates), **bounds)
