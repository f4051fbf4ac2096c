"""The numbers of one stored analysis, each under a name of its own, for a page and for their history. Pure.

It reads the answer as it was stored, not today's structs: what other code stored long ago is read too, and a part that
an answer does not have gives no number.

No value of a marker is among them: no cut, no mean, no curve along a marker's own axis. Whoever assesses the response
may read the pages and must not see such values; what is over all subjects (a ratio, an area, a p value) names nobody's.
`analytics.disclosure` is the rule for whole answers.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from analytics.plans.results import Result

Scale = Literal["share", "days", "ratio", "p", "plain"]
Answer = Mapping[str, Any]

PREFIX = "plan."
"""How the names of an analysis' numbers begin, beside those of `analytics.numbers`."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number with its interval. ``kind`` says what it is, the others of whom: a group, a day, a covariate.

    ``count`` of ``of`` where it is a share of subjects. Without a ``value``, ``missing`` says why, but for bounds,
    which are a ``lower`` and an ``upper`` alone.
    """

    kind: str
    scale: Scale
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    missing: str | None = None
    group: str | None = None
    day: str | None = None
    name: str | None = None
    count: int | None = None
    of: int | None = None

    @property
    def key(self) -> str:
        """Its name within the analysis: ``survival-at.everybody.365``."""
        return ".".join(each for each in (self.kind, self.group, self.name, self.day) if each is not None)


def figures_of(result: Result) -> tuple[Figure, ...]:
    """The numbers of an answer, the one that was asked for first; empty where it was refused."""
    if result.answer is None:
        return ()
    return tuple(_MADE.get(result.method, _none)(result.answer))


def name_of(analysis: str, figure: Figure) -> str:
    """A number's name in the history: ``plan.os.survival-at.everybody.365``."""
    return f"{PREFIX}{analysis}.{figure.key}"


def _none(_answer: Answer) -> Iterator[Figure]:
    return iter(())


def _estimate(kind: str, scale: Scale, said: Answer, **of_whom: Any) -> Figure:
    missing = said.get("missing")
    return Figure(
        kind=kind,
        scale=scale,
        value=said.get("value"),
        lower=said.get("lower"),
        upper=said.get("upper"),
        missing=None if missing is None else str(missing),
        **of_whom,
    )


def _by_day(days: Answer) -> list[tuple[str, Any]]:
    """Stored in the order of their letters: 180 before 30."""
    return sorted(days.items(), key=lambda each: float(each[0]))


def _shares(answer: Answer) -> Iterator[Figure]:
    """The bounds first where somebody is pending: a rate among the known is too high."""
    for each in answer["groups"]:
        group = each["group"]
        if said := each.get("bounds"):
            yield Figure(
                kind="bounds", scale="share", lower=said["lower"], upper=said["upper"], group=group, of=said["of"]
            )
        for kind, part in (("share", "exact"), ("share-wilson", "wilson")):
            if said := each.get(part):
                yield _estimate(kind, "share", said, group=group, count=said["count"], of=said["of"])


def _curves(answer: Answer) -> Iterator[Figure]:
    for each in answer["groups"]:
        group = each["group"]
        for day, said in _by_day(each["at"]):
            yield _estimate("survival-at", "share", said, group=group, day=day)
        yield _estimate("median", "days", each["median"], group=group)
        if said := each.get("restricted_mean"):
            yield _estimate(
                "restricted-mean", "days", {**said, "value": said["value"]}, group=group, day=f"{said['until']:g}"
            )
        yield _estimate("follow-up", "days", each["follow_up"], group=group)
        yield Figure(kind="events", scale="plain", value=each["events"], group=group)


def _tested(answer: Answer) -> Iterator[Figure]:
    yield Figure(kind="p", scale="p", value=answer["test"]["p"])


def _hazards(answer: Answer) -> Iterator[Figure]:
    for each in answer["fit"]["coefficients"]:
        said = {"value": each["hazard_ratio"], "lower": each["lower"], "upper": each["upper"]}
        yield _estimate("hazard-ratio", "ratio", said, name=each["name"])
        yield Figure(kind="p", scale="p", value=each["p"], name=each["name"])
    yield Figure(kind="events", scale="plain", value=answer["fit"]["events"])
    if test := answer.get("proportional_hazards"):
        yield Figure(kind="p-proportional", scale="p", value=test["overall"]["p"])
    elif isinstance(why := answer.get("proportional_hazards_missing"), dict):
        yield Figure(kind="p-proportional", scale="p", missing=why["reason"])
    for each in answer.get("diagnostics", {}).get("leaving_out", ()):
        moved = None if each["most"] is None else abs(each["most"]["moved"])
        missing = each["most_missing"]
        yield Figure(kind="moved-by-one", scale="plain", value=moved, missing=missing, name=each["name"])


def _incidences(answer: Answer) -> Iterator[Figure]:
    for each in answer["groups"]:
        for cause, days in each["at"].items():
            for day, said in _by_day(days):
                yield _estimate("incidence-at", "share", said, group=each["group"], name=cause, day=day)


def _agreement(answer: Answer) -> Iterator[Figure]:
    yield _estimate("kappa", "plain", answer["kappa"])
    yield Figure(kind="agree", scale="share", value=answer["kappa"]["observed"])


def _odds(answer: Answer) -> Iterator[Figure]:
    for each in answer["fit"]["coefficients"]:
        said = answer["odds_ratios"][each["name"]]
        limits = {"value": said["value"], "lower": said["profile_lower"], "upper": said["profile_upper"]}
        yield _estimate("odds-ratio", "ratio", limits, name=each["name"])
        yield Figure(kind="p", scale="p", value=each["likelihood_ratio"]["p"], name=each["name"])


def _area(answer: Answer) -> Iterator[Figure]:
    yield _estimate("area", "plain", answer["auc"])
    if said := answer.get("at_cut"):
        yield from _at_cut(said)
    elif why := answer.get("at_cut_missing"):
        for kind in ("sensitivity", "specificity"):
            yield Figure(kind=kind, scale="share", missing=why["reason"])
    if said := answer.get("auc_optimism"):
        yield Figure(kind="area-corrected", scale="plain", value=said["corrected"])
    if said := answer.get("compared"):
        yield _estimate("area-difference", "plain", said)
        yield Figure(kind="p", scale="p", value=said["p"])
    if said := answer.get("cut_optimism"):
        yield from _optimism(said)


def _at_cut(said: Answer) -> Iterator[Figure]:
    """Of the cut that the plan names, which is no value of anybody."""
    for kind in ("sensitivity", "specificity", "positive-predictive", "negative-predictive"):
        if share := said[kind.replace("-", "_")]:
            yield _estimate(kind, "share", share, count=share["count"], of=share["of"])
    for kind in ("positive-likelihood", "negative-likelihood"):
        yield _estimate(kind, "ratio", said[kind.replace("-", "_")])


def _cut(answer: Answer) -> Iterator[Figure]:
    selected = answer["selected"]
    for kind in ("p-lau92", "p-lau94", "p-unselected"):
        yield Figure(kind=kind, scale="p", value=selected.get(kind.replace("-", "_")))
    if said := answer.get("optimism"):
        yield from _optimism(said)


def _optimism(said: Answer) -> Iterator[Figure]:
    measure = str(said["optimism"]["measure"])
    yield Figure(kind="apparent", scale="plain", value=said["optimism"]["apparent"], name=measure)
    yield Figure(kind="corrected", scale="plain", value=said["optimism"]["corrected"], name=measure)


def _means(answer: Answer) -> Iterator[Figure]:
    if test := answer.get("likelihood_ratio"):
        yield Figure(kind="p", scale="p", value=test["p"])


def _spline(answer: Answer) -> Iterator[Figure]:
    yield Figure(kind="p-overall", scale="p", value=answer["fit"]["overall_ratio"]["p"])
    yield Figure(kind="p-non-linear", scale="p", value=answer["fit"]["non_linear_ratio"]["p"])


_MADE = {
    "kaplan-meier": _curves,
    "log-rank": _tested,
    "cox": _hazards,
    "cumulative-incidence": _incidences,
    "gray": _tested,
    "proportion": _shares,
    "agreement": _agreement,
    "logistic": _odds,
    "roc": _area,
    "cutpoint": _cut,
    "censored-means": _means,
    "spline": _spline,
}

SAY_NO_VALUES = frozenset({"roc", "cutpoint", "censored-means", "spline"})
"""Methods of whose answers some part is withheld, because it says values of a marker."""
