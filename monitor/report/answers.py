"""What each estimate of the plan says, as rows of a table: what, value, interval, p. Pure.

Where a value is missing its place says why. ``hidden`` leaves out what is a value of the blinded marker itself: cuts,
knots and means.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from analytics.plans.groups import EVERYBODY
from analytics.plans.results import Result
from monitor.table import Row
from monitor.words import Words

Told = Mapping[str, Any]

NONE = "–"


def rows_of(result: Result, words: Words, *, hidden: bool) -> tuple[Row, ...]:
    """Empty where the estimate was refused."""
    if result.answer is None:
        return ()
    found = tuple(_TELLERS[result.method](result.answer, words))
    if not hidden:
        return found
    kept = {words.text(f"report.{key}") for key in ("cut", "knots", "cut_resampled", "mean_of_logarithms")}
    withheld = words.text("report.withheld")
    return tuple((row[0], withheld, NONE, row[3]) if row[0].rpartition(": ")[2] in kept else row for row in found)


def number(value: float | None, digits: int = 3) -> str:
    """
    >>> number(0.91553), number(1234.5), number(None)
    ('0.916', '1234', '–')
    """
    if value is None:
        return NONE
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.{digits}g}"


def p_value(value: float | None) -> str:
    """
    >>> p_value(0.00004), p_value(0.0312)
    ('< 0.001', '0.031')
    """
    if value is None:
        return NONE
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def interval(lower: float | None, upper: float | None, say: Callable[[float | None], str] = number) -> str:
    return NONE if lower is None and upper is None else f"[{say(lower)}, {say(upper)}]"


def _percent(value: float | None) -> str:
    return NONE if value is None else f"{value * 100:.1f}%"


def _answer(what: str, told: Told, words: Words, say: Callable[[float | None], str] = number) -> Row:
    if told.get("value") is None:
        return what, words.text_or_key("report", f"why_{told.get('missing')}").removeprefix("why_"), NONE, NONE
    return what, say(told["value"]), interval(told.get("lower"), told.get("upper"), say), NONE


def _test(what: str, told: Told) -> Row:
    return what, f"χ² = {number(told['statistic'])}, df {told['df']}", NONE, p_value(told["p"])


def _in(group: Told, what: str, words: Words) -> str:
    name = group["group"]
    return (
        what if name == EVERYBODY else f"{words.text_or_key('report', f'group_{name}').removeprefix('group_')}: {what}"
    )


def _curves(answer: Told, words: Words) -> Iterator[Row]:
    for each in answer["groups"]:
        yield _in(each, words.text("report.events_of"), words), f"{each['events']} / {each['subjects']}", NONE, NONE
        yield _answer(_in(each, words.text("report.median"), words), each["median"], words)
        for time, survival in each["at"].items():
            yield _answer(_in(each, words.text("report.at_day", n=int(time)), words), survival, words, _percent)
        mean = each["restricted_mean"]
        if mean is not None:
            what = words.text("report.restricted_mean", n=int(mean["until"]))
            yield _answer(_in(each, what, words), mean, words)
        yield _answer(_in(each, words.text("report.follow_up"), words), each["follow_up"], words)


def _log_rank(answer: Told, words: Words) -> Iterator[Row]:
    yield _test(words.text("report.log_rank"), answer["test"])
    for each in answer["groups"]:
        said = f"{number(each['observed'])} / {number(each['expected'])}"
        yield _in(each, words.text("report.observed_expected"), words), said, NONE, NONE


def _cox(answer: Told, words: Words) -> Iterator[Row]:
    for each in answer["fit"]["coefficients"]:
        limits = interval(each["lower"], each["upper"])
        yield (
            _per(words.text("report.hazard_ratio"), each["name"], words),
            number(each["hazard_ratio"]),
            limits,
            p_value(each["p"]),
        )
    yield _test(words.text("report.likelihood_ratio"), answer["fit"]["likelihood_ratio"])
    test = answer["proportional_hazards"]
    if test is not None:
        yield _test(words.text("report.proportional_hazards"), test["overall"])


def _incidences(answer: Told, words: Words) -> Iterator[Row]:
    for each in answer["groups"]:
        for cause, times in each["at"].items():
            named = words.text_or_key("report", f"cause_{cause}").removeprefix("cause_")
            for time, incidence in times.items():
                what = f"{named}, {words.text('report.by_day', n=int(time))}"
                yield _answer(_in(each, what, words), incidence, words, _percent)


def _gray(answer: Told, words: Words) -> Iterator[Row]:
    yield _test(words.text("report.gray"), answer["test"])


def _shares(answer: Told, words: Words) -> Iterator[Row]:
    for each in answer["groups"]:
        for name in ("exact", "wilson"):
            share = each[name]
            if share is not None:
                what = f"{words.text(f'report.{name}')} ({share['count']}/{share['of']})"
                yield (
                    _in(each, what, words),
                    _percent(share["value"]),
                    interval(share["lower"], share["upper"], _percent),
                    NONE,
                )
        if each["bounds"] is not None:
            bounds, what = each["bounds"], words.text("report.bounds")
            said = f"{bounds['certain']}–{bounds['possible']} / {bounds['of']}"
            yield _in(each, what, words), said, interval(bounds["lower"], bounds["upper"], _percent), NONE


def _agreement(answer: Told, words: Words) -> Iterator[Row]:
    yield _answer(words.text("report.kappa"), answer["kappa"], words)
    yield (
        words.text("report.readings_differ"),
        words.text("report.withheld")
        if answer["differing"] is None
        else f"{len(answer['differing'])} / {answer['kappa']['subjects']}",
        NONE,
        NONE,
    )


def _per(what: str, column: str, words: Words) -> str:
    """What is said of a covariate, by its name in words where the catalogs have one."""
    return f"{words.text_or_key('columns', column)}: {what}"


def _logistic(answer: Told, words: Words) -> Iterator[Row]:
    for each in answer["fit"]["coefficients"]:
        ratio, what = answer["odds_ratios"][each["name"]], words.text("report.odds_ratio")
        limits = interval(ratio["profile_lower"], ratio["profile_upper"])
        yield _per(what, each["name"], words), number(ratio["value"]), limits, p_value(each["p"])
    yield _test(words.text("report.likelihood_ratio"), answer["fit"]["likelihood_ratio"])


def _roc(answer: Told, words: Words) -> Iterator[Row]:
    yield _answer(words.text("report.area_under"), answer["auc"], words)
    if answer.get("at_cut") is not None:
        yield from _at_cut(answer["at_cut"], words)
    elif answer.get("at_cut_missing") is not None:
        yield _why_not(words.text("report.plans_cut"), answer["at_cut_missing"], words)
    for each in answer["cuts"]["cuts"] if answer["cuts"] is not None else ():
        yield words.text("report.cut"), number(each["cut"]), NONE, NONE
        said = f"{_percent(each['sensitivity'])} / {_percent(each['specificity'])}"
        yield words.text("report.sensitivity_specificity"), said, NONE, NONE
    if answer["compared"] is not None:
        difference = answer["compared"]
        limits = interval(difference["lower"], difference["upper"])
        yield words.text("report.area_difference"), number(difference["value"]), limits, p_value(difference["p"])
    for told in (answer["auc_optimism"], (answer["cut_optimism"] or {}).get("optimism")):
        if told is not None:
            yield _optimism(told, words)
    for why in (answer.get("auc_optimism_missing"), answer.get("cut_optimism_missing")):
        if why is not None:
            yield _why_not(words.text("report.optimism"), why, words)


def _at_cut(told: Told, words: Words) -> Iterator[Row]:
    """The plan's own cut, which the plan had before any value."""
    yield words.text("report.plans_cut"), number(told["cut"]), NONE, NONE
    for name in ("sensitivity", "specificity", "positive_predictive", "negative_predictive"):
        share, what = told[name], words.text(f"report.at_cut_{name}")
        if share is None:
            yield what, words.text("report.nobody_on_that_side"), NONE, NONE
        else:
            limits = interval(share["lower"], share["upper"], _percent)
            yield f"{what} ({share['count']}/{share['of']})", _percent(share["value"]), limits, NONE
    for name in ("positive_likelihood", "negative_likelihood"):
        yield _answer(words.text(f"report.at_cut_{name}"), told[name], words)


def _why_not(what: str, why: Told, words: Words) -> Row:
    return what, words.text_or_key("report", f"why_{why['reason']}").removeprefix("why_"), NONE, NONE


def _optimism(told: Told, words: Words) -> Row:
    what = words.text("report.less_optimism", measure=told["measure"], resamples=told["resamples"])
    return what, f"{number(told['apparent'])} → {number(told['corrected'])}", NONE, NONE


def _cutpoint(answer: Told, words: Words) -> Iterator[Row]:
    found = answer["selected"]
    yield words.text("report.cut"), number(found["cut"]), NONE, NONE
    yield words.text("report.at_or_below"), f"{found['below']} / {found['subjects']}", NONE, NONE
    for name in sorted(found):
        if name.startswith("p_"):
            yield (
                words.text("report.corrected_p", how=name.removeprefix("p_").replace("_", " ")),
                NONE,
                NONE,
                p_value(found[name]),
            )
    if answer["optimism"] is not None:
        chosen = answer["optimism"]
        yield words.text("report.cut_resampled"), NONE, interval(chosen["lower"], chosen["upper"]), NONE
        yield _optimism(chosen["optimism"], words)
    if answer.get("optimism_missing") is not None:
        yield _why_not(words.text("report.optimism"), answer["optimism_missing"], words)


def _means(answer: Told, words: Words) -> Iterator[Row]:
    for each in answer["groups"]:
        what = words.text("report.mean_of_logarithms")
        yield _in(each, what, words), number(each["mean"]), interval(each["lower"], each["upper"]), NONE
        yield _beyond(each, words)
    if answer["likelihood_ratio"] is not None:
        yield _test(words.text("report.equal_means"), answer["likelihood_ratio"])


def _beyond(group: Told, words: Words) -> Row:
    counts = f"{group['below']} / {group['above']} / {group['subjects']}"
    return _in(group, words.text("report.beyond_limits"), words), counts, NONE, NONE


def _distribution(answer: Told, words: Words) -> Iterator[Row]:
    for each in answer["groups"]:
        for name in ("least", "lower_quartile", "median", "upper_quartile", "greatest"):
            yield _in(each, words.text(f"report.{name}_of_values"), words), _quantile(each[name], words), NONE, NONE
        yield _beyond(each, words)


def _quantile(told: Told | None, words: Words) -> str:
    """Its value, or the bounds that what lies beyond a limit leaves open."""
    if told is None:
        return words.text("report.withheld")
    if told["value"] is not None:
        return number(told["value"])
    if told["upper"] is None:
        return words.text("report.at_least", number=number(told["lower"]))
    return words.text("report.between", low=number(told["lower"]), high=number(told["upper"]))


def _spline(answer: Told, words: Words) -> Iterator[Row]:
    fit = answer["fit"]
    yield words.text("report.knots"), ", ".join(map(number, fit["knots"] or ())), NONE, NONE
    yield _test(words.text("report.any_effect"), fit["overall_ratio"])
    yield _test(words.text("report.bent"), fit["non_linear_ratio"])


_TELLERS: dict[str, Callable[[Told, Words], Iterator[Row]]] = {
    "kaplan-meier": _curves,
    "log-rank": _log_rank,
    "cox": _cox,
    "cumulative-incidence": _incidences,
    "gray": _gray,
    "proportion": _shares,
    "agreement": _agreement,
    "logistic": _logistic,
    "roc": _roc,
    "cutpoint": _cutpoint,
    "censored-means": _means,
    "distribution": _distribution,
    "spline": _spline,
}
