"""An answer in a few lines of text, for a terminal. The whole of it is in the JSON."""

from collections.abc import Iterator, Mapping
from typing import Any

from analytics.plans.results import Result

Told = Mapping[str, Any]


def lines(result: Result) -> Iterator[str]:
    """What the estimate says, or why it says nothing; then each label."""
    left_out = ", ".join(f"{count} {why}" for why, count in result.left_out.items())
    yield f"{result.id} ({result.method}): {result.subjects} subjects" + (f"; left out: {left_out}" if left_out else "")
    if result.refused is not None:
        yield f"  no estimate: {result.refused.sentence}"
    if result.answer is not None:
        yield from (f"  {line}" for line in _TELLERS[result.method](result.answer))
    for label in result.labels:
        if not label.stops:
            yield f"  ! {label.what} {label.then}"


def number(value: float | None, digits: int = 4) -> str:
    """
    >>> number(0.91553), number(None)
    ('0.9155', 'not given')
    """
    return "not given" if value is None else f"{value:.{digits}g}"


def _said(told: Told, name: str) -> str:
    """A number, or that it is withheld.

    >>> _said({"cut": 2.5}, "cut"), _said({"cut": None, "cut_missing": "withheld"}, "cut")
    ('2.5', 'withheld')
    """
    return _WITHHELD if told.get(f"{name}_missing") == _WITHHELD else number(told[name])


_WITHHELD = "withheld"


def _span(told: Told) -> str:
    return _WITHHELD if _said(told, "lower") == _WITHHELD else _interval(told["lower"], told["upper"])


def _interval(lower: float | None, upper: float | None) -> str:
    return f"[{number(lower)}, {number(upper)}]"


def _answer(told: Told) -> str:
    if told.get("value") is None:
        return str(told.get("missing", "not given")).replace("-", " ")
    return f"{number(told['value'])} {_interval(told.get('lower'), told.get('upper'))}"


def _curves(answer: Told) -> Iterator[str]:
    for each in answer["groups"]:
        yield f"{each['group']}: {each['events']} events in {each['subjects']}; median {_answer(each['median'])}"
        for time, survival in each["at"].items():
            yield f"  at {time}: {_answer(survival)}"
        if each["restricted_mean"] is not None:
            mean = each["restricted_mean"]
            yield f"  restricted mean to {mean['until']:g}: {_answer(mean)}"
        elif each["restricted_mean_missing"] is not None:
            yield f"  restricted mean: {each['restricted_mean_missing']}"
        yield f"  follow-up, median: {_answer(each['follow_up'])}"


def _chi_square(test: Told) -> str:
    return f"chi-square {number(test['statistic'])} on {test['df']}, p = {number(test['p'])}"


def _log_rank(answer: Told) -> Iterator[str]:
    yield _chi_square(answer["test"])
    for each in answer["groups"]:
        yield f"{each['group']}: observed {number(each['observed'])}, expected {number(each['expected'])}"


def _cox(answer: Told) -> Iterator[str]:
    for each in answer["fit"]["coefficients"]:
        yield (
            f"{each['name']}: hazard ratio {number(each['hazard_ratio'])} "
            f"{_interval(each['lower'], each['upper'])}, p = {number(each['p'])} (Wald)"
        )
    yield f"likelihood ratio {_chi_square(answer['fit']['likelihood_ratio'])}"
    test = answer["proportional_hazards"]
    if test is None:
        yield f"proportional hazards: {answer['proportional_hazards_missing']['sentence']}"
    else:
        yield f"proportional hazards: {_chi_square(test['overall'])}"
    for each in answer["diagnostics"]["leaving_out"]:
        yield _leaving_out(each)


def _leaving_out(told: Told) -> str:
    most = told["most"]
    if most is None:
        return (
            f"{told['name']}: without any one subject there is no estimate ({told['most_missing'].replace('-', ' ')})"
        )
    moved = f"row {_row(most)} moves the coefficient most, by {number(most['moved'], 2)} standard errors"
    return f"{told['name']}: {moved}; without it {number(most['hazard_ratio'])}, p = {number(most['p'])}"


def _row(told: Told) -> str:
    return _WITHHELD if told["row"] is None else str(told["row"])


def _incidences(answer: Told) -> Iterator[str]:
    for each in answer["groups"]:
        for cause, times in each["at"].items():
            for time, incidence in times.items():
                yield f"{each['group']}, {cause} by {time}: {_answer(incidence)}"
        if not any(each["at"].values()):
            yield f"{each['group']}: {len(each['at'])} causes; name times in `at` to read them"


def _gray(answer: Told) -> Iterator[str]:
    yield _chi_square(answer["test"])


def _proportions(answer: Told) -> Iterator[str]:
    for each in answer["groups"]:
        exact, wilson = each["exact"], each["wilson"]
        if exact is not None:
            counted = f"{exact['count']} of {exact['of']}"
            yield f"{each['group']}: {counted}, {_answer(exact)} exact, {_answer(wilson)} Wilson"
        if each["bounds"] is not None:
            bounds = each["bounds"]
            yield f"{each['group']}: bounds {_interval(bounds['lower'], bounds['upper'])} over all {bounds['of']}"


def _agreement(answer: Told) -> Iterator[str]:
    kappa = answer["kappa"]
    differ = _WITHHELD if answer["differing"] is None else len(answer["differing"])
    yield f"kappa {_answer(kappa)}; the readings differ in {differ} of {kappa['subjects']}"


def _logistic(answer: Told) -> Iterator[str]:
    fit = answer["fit"]
    yield f"{fit['responders']} of {fit['subjects']}, {fit['method']}; {_chi_square(fit['likelihood_ratio'])}"
    for each in fit["coefficients"]:
        ratio = answer["odds_ratios"][each["name"]]
        wald = _interval(ratio["wald_lower"], ratio["wald_upper"])
        profile = _interval(ratio["profile_lower"], ratio["profile_upper"])
        limits = f"{wald} Wald, {profile} profile"
        yield f"{each['name']}: odds ratio {number(ratio['value'])} {limits}, p = {number(each['p'])}"


def _roc(answer: Told) -> Iterator[str]:
    auc = answer["auc"]
    yield f"area {_answer(auc)} by DeLong; {auc['cases']} cases, {auc['controls']} controls"
    if answer["at_cut"] is not None:
        yield from _at_cut(answer["at_cut"])
    elif answer["at_cut_missing"] is not None:
        yield f"the plan's cut: {answer['at_cut_missing']['sentence']}"
    elif answer["cuts"] is None:
        yield f"Youden's cut: {answer['cuts_missing']}"
    for each in answer["cuts"]["cuts"] if answer["cuts"] is not None else ():
        told = f"sensitivity {number(each['sensitivity'])}, specificity {number(each['specificity'])}"
        yield f"Youden's cut {_said(each, 'cut')}: {told}"
    if answer["compared"] is not None:
        difference = answer["compared"]
        yield f"against the second: difference {_answer(difference)}, p = {number(difference['p'])}"
    if answer["auc_optimism"] is not None:
        yield _optimism(answer["auc_optimism"])
    if answer["cut_optimism"] is not None:
        yield _optimism(answer["cut_optimism"]["optimism"])
    for of, why in (("area", answer["auc_optimism_missing"]), ("cut", answer["cut_optimism_missing"])):
        if why is not None:
            yield f"optimism of the {of}: {why['sentence']}"


def _at_cut(told: Told) -> Iterator[str]:
    side = "at or above" if told["direction"] == "higher" else "below"
    counted = f"{told['cases_positive']} cases and {told['controls_positive']} controls"
    yield f"the plan's cut {number(told['cut'])}: {counted} {side} it"
    for name in ("sensitivity", "specificity", "positive_predictive", "negative_predictive"):
        share, said = told[name], name.replace("_", " ") + (" value" if name.endswith("predictive") else "")
        yield f"  {said}: " + ("nobody on that side" if share is None else f"{_answer(share)} exact")
    for name in ("positive_likelihood", "negative_likelihood"):
        yield f"  {name.replace('_', ' ')} ratio: {_answer(told[name])}"


def _optimism(told: Told) -> str:
    less = f"{number(told['apparent'])} less {number(told['optimism'])} of optimism"
    return f"{told['measure']}: {less} is {number(told['corrected'])}, by {told['resamples']} resamples"


def _cutpoint(answer: Told) -> Iterator[str]:
    found = answer["selected"]
    tests = {name.removeprefix("p_").replace("_", " "): found[name] for name in found if name.startswith("p_")}
    yield f"cut {_said(found, 'cut')}, {found['below']} of {found['subjects']} at or below it; {found['method']}"
    yield "p, " + ", ".join(f"{name} {number(p)}" for name, p in tests.items())
    if answer["optimism"] is not None:
        chosen = answer["optimism"]
        yield f"resamples choose {_span(chosen)}; {_optimism(chosen['optimism'])}"
    if answer["optimism_missing"] is not None:
        yield f"optimism of the cut: {answer['optimism_missing']['sentence']}"


def _means(answer: Told) -> Iterator[str]:
    for each in answer["groups"]:
        mean = f"{_said(each, 'mean')} {_span(each)}"
        yield f"{each['group']}: mean of the logarithms {mean}; {_beyond(each)}"
    if answer["likelihood_ratio"] is not None:
        yield f"equal means: {_chi_square(answer['likelihood_ratio'])}"


def _beyond(group: Told) -> str:
    return f"{group['below']} below and {group['above']} above a limit, of {group['subjects']}"


def _distribution(answer: Told) -> Iterator[str]:
    for each in answer["groups"]:
        quartiles = ", ".join(_quantile(each, name) for name in ("lower_quartile", "median", "upper_quartile"))
        ends = f"least {_quantile(each, 'least')}, greatest {_quantile(each, 'greatest')}"
        yield f"{each['group']}: quartiles {quartiles}; {ends}; {_beyond(each)}"


def _quantile(group: Told, name: str) -> str:
    told = group[name]
    if told is None:
        return _WITHHELD
    if told["value"] is not None:
        return number(told["value"])
    if told["upper"] is None:
        return f"at least {number(told['lower'])}"
    return f"{number(told['lower'])} to {number(told['upper'])}"


def _spline(answer: Told) -> Iterator[str]:
    fit = answer["fit"]
    knots = _WITHHELD if fit["knots"] is None else ", ".join(number(knot) for knot in fit["knots"])
    yield f"{fit['model']}, knots at {knots}"
    yield f"any effect: {_chi_square(fit['overall_ratio'])}; bent: {_chi_square(fit['non_linear_ratio'])}"


_TELLERS = {
    "kaplan-meier": _curves,
    "log-rank": _log_rank,
    "cox": _cox,
    "cumulative-incidence": _incidences,
    "gray": _gray,
    "proportion": _proportions,
    "agreement": _agreement,
    "logistic": _logistic,
    "roc": _roc,
    "cutpoint": _cutpoint,
    "censored-means": _means,
    "distribution": _distribution,
    "spline": _spline,
}
