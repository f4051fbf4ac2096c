"""From the numbers to what each panel of the overview says, in one language. Pure; the templates only place it.

A number that cannot be given yet becomes a sentence here, and nowhere else.
"""

import datetime as dt

import msgspec
from markupsafe import Markup

from analytics.figures import (
    AccrualFigure,
    EnrolmentFigure,
    FunnelFigure,
    FunnelStep,
    ResponseFigure,
    ResponseRate,
    SurvivalFigure,
)
from monitor.audit import addresses
from monitor.charts import enrolment as enrolment_chart
from monitor.charts import response as response_chart
from monitor.charts import survival as survival_chart
from monitor.charts import svg
from monitor.marks import Marks
from monitor.words import Words


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a panel says: the large number with its few words, sentences, the picture, the caveat. Each may be None.

    ``behind`` is the address at which the number's subjects and entries are. ``mark`` stands beside the number where it
    is exploratory.
    """

    number: str | None = None
    caption: str | None = None
    behind: str | None = None
    mark: Markup | None = None
    sentences: tuple[Markup, ...] = ()
    picture: Markup | None = None
    caveat: str | None = None


class FunnelRow(msgspec.Struct, frozen=True, kw_only=True):
    step: str
    name: str
    number: str
    bar: Markup
    notes: str
    behind: str


class RateRow(msgspec.Struct, frozen=True, kw_only=True):
    """``value`` and ``interval`` are None while no subject's window is over. ``mark`` where the rate is exploratory."""

    outcome: str
    of: str
    value: str | None
    interval: str | None
    behind: str
    mark: Markup | None


def no_statistics(words: Words) -> Answer:
    return Answer(sentences=(words.rich("statistics.none"),))


def enrolment(now: EnrolmentFigure, accrual: AccrualFigure, cutoff_on: dt.date, words: Words) -> Answer:
    """The number enrolled, where it stands against the plan, the curve and its forecast."""
    picture = enrolment_chart.draw(now, accrual, cutoff_on, words)
    of = words.text("enrolment.of", target=now.target)
    if now.last_on is None:
        said = [words.rich("enrolment.nobody"), *forecast(accrual, words)]
        return Answer(number="0", caption=of, sentences=tuple(said), picture=picture)
    said = [words.rich("enrolment.last", on=now.last_on)]
    if now.enrolled < now.target:
        planned = enrolment_chart.planned_on(now, cutoff_on)
        difference = _difference(now.enrolled - planned, words)
        said.append(words.rich("enrolment.against_plan", planned=planned, difference=difference))
    said += forecast(accrual, words)
    return Answer(
        number=words.number(now.enrolled),
        caption=of,
        behind=addresses.number("enrolment.enrolled"),
        sentences=tuple(said),
        picture=picture,
    )


def forecast(accrual: AccrualFigure, words: Words) -> list[Markup]:
    """When the target is reached, or was; and what puts the forecast in doubt."""
    planned_on = accrual.planned_on
    if accrual.reached_on is not None:
        in_time = accrual.reached_on <= planned_on
        key = "enrolment.completed_in_time" if in_time else "enrolment.completed_late"
        return [words.rich(key, on=accrual.reached_on, planned=planned_on)]
    probability = words.probability(accrual.by_planned)
    if accrual.median_on is None:
        return [words.rich("enrolment.forecast_far", planned=planned_on, probability=probability)]
    far = words.text("enrolment.far")
    limits = {
        f"{end}{100 * each.level:.0f}": far if on is None else words.date(on)
        for each in accrual.intervals
        for end, on in (("low", each.lower_on), ("high", each.upper_on))
    }
    said = [
        words.rich("enrolment.forecast", on=accrual.median_on, planned=planned_on, probability=probability, **limits)
    ]
    if accrual.missing is not None:
        said.append(words.rich("enrolment.forecast_prior"))
    if accrual.uneven:
        said.append(words.rich("enrolment.uneven"))
    return said


def _difference(ahead: int, words: Words) -> str:
    if ahead == 0:
        return words.text("enrolment.level")
    return words.text("enrolment.ahead" if ahead > 0 else "enrolment.below", n=abs(ahead))


def funnel(now: FunnelFigure, words: Words) -> tuple[FunnelRow, ...]:
    """One row a step, each bar a share of the longest; empty where nobody reached any."""
    widest = max((step.subjects for step in now.steps), default=0)
    if not widest:
        return ()
    return tuple(
        FunnelRow(
            step=step.step,
            name=words.text(f"funnel.{step.step}"),
            number=words.number(step.subjects),
            bar=_bar(step, widest, now.steps[0].subjects, words),
            notes=without(step, words),
            behind=addresses.number(f"funnel.steps.{step.step}.subjects"),
        )
        for step in now.steps
    )


def without(step: FunnelStep, words: Words) -> str:
    """Why others did not reach the step. A criterion's id stands for itself, other reasons have words."""
    return " · ".join(
        words.text(f"funnel.{step.step}_{why}", n=count) if words.has(f"funnel.{step.step}_{why}") else f"{why} {count}"
        for why, count in step.without.items()
    )


def _bar(step: FunnelStep, widest: int, screened: int, words: Words) -> Markup:
    name = words.text(f"funnel.{step.step}")
    label = words.text("funnel.picture", step=name, n=step.subjects, screened=screened)
    return svg.element(
        "svg",
        svg.element("rect", width=svg.percent(step.subjects / widest), height="100%", class_="bar"),
        svg.element("rect", width=3, height="100%", class_="bar-foot"),
        role="img",
        aria_label=label,
        class_="bar-track",
    )


def response(now: ResponseFigure, level: float, marks: Marks, words: Words) -> tuple[Answer, tuple[RateRow, ...]]:
    """The two bounds first, because they hold whatever the pending do; then the rates of those whose year is over."""
    orr = now.rates[0].bounds
    if orr.lower is None or orr.upper is None:
        return Answer(sentences=(words.rich("response.nobody"),)), ()
    split = words.rich(
        "response.split", full=now.full, responders=now.responders, non=now.non_responders, pending=now.pending
    )
    if now.window_over:
        dots = words.rich("response.dots", n=now.window_over)
    else:
        dots = words.rich("response.none_assessed" if not now.assessed else "response.none_over")
    settled = orr.lower == orr.upper
    answer = Answer(
        number=words.percent(orr.lower) if settled else f"{words.percent(orr.lower)} – {words.percent(orr.upper)}",
        caption=words.text("response.settled" if settled else "response.will_end"),
        behind=addresses.number(f"response.rates.{now.rates[0].name}.bounds"),
        mark=marks.of(f"response.rates.{now.rates[0].name}.bounds"),
        sentences=(marks.markup(split, "response.responders", "response.non_responders", "response.pending"), dots),
        picture=response_chart.draw(now, words),
        caveat=words.text("response.caveat", level=words.level(level)) if now.window_over else None,
    )
    return answer, tuple(_rate_row(rate, marks, words) for rate in now.rates)


def _rate_row(rate: ResponseRate, marks: Marks, words: Words) -> RateRow:
    value = rate.estimate.value
    return RateRow(
        outcome=rate.name,
        of=words.text("response.of", responders=rate.count, subjects=rate.of),
        value=None if value is None else words.percent(value),
        interval=words.interval(rate.estimate),
        behind=addresses.number(f"response.rates.{rate.name}"),
        mark=None if value is None else marks.of(f"response.rates.{rate.name}"),
    )


def survival(now: SurvivalFigure, level: float, marks: Marks, words: Words) -> Answer:
    """Survival at the horizon first, or the sentence that nobody was followed so long; then deaths and the median."""
    if not now.subjects:
        return Answer(sentences=(words.rich("survival.no_origin" if now.no_time else "survival.nobody"),))
    said = [marks.markup(_deaths(now, words), "survival.deaths", "survival.subjects")]
    *earlier, horizon = now.at
    for point in earlier:
        if point.estimate.value is not None:
            interval = words.interval(point.estimate)
            value = f"**{words.percent(point.estimate.value)}**" + (f" {interval}" if interval else "")
            sentence = words.rich("survival.at_day", days=point.day, value=value)
            said.append(marks.markup(sentence, f"survival.at.{point.day}"))
    said.append(marks.markup(_median(now, words), "survival.median"))
    if horizon.estimate.value is None:
        number, caption = None, words.text("survival.not_reached_day", days=horizon.day)
    else:
        number = words.percent(horizon.estimate.value)
        parts = (words.interval(horizon.estimate), words.text("survival.at_horizon", days=horizon.day))
        caption = " ".join(part for part in parts if part)
    return Answer(
        number=number,
        caption=caption,
        behind=addresses.number(f"survival.at.{horizon.day}"),
        mark=None if number is None else marks.of(f"survival.at.{horizon.day}"),
        sentences=tuple(said),
        picture=survival_chart.draw(now, words),
        caveat=words.text("survival.caveat" if now.deaths else "survival.caveat_no_band", level=words.level(level)),
    )


def _deaths(now: SurvivalFigure, words: Words) -> Markup:
    if not now.deaths:
        return words.rich("survival.no_death", subjects=now.subjects)
    return words.rich("survival.deaths", n=now.deaths, subjects=now.subjects)


def _median(now: SurvivalFigure, words: Words) -> Markup:
    if now.median.value is None:
        return words.rich("survival.median_open")
    return words.rich("survival.median", days=f"{now.median.value:g}")
