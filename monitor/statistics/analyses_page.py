"""The plan's analyses at the position that they belong to: every estimate in words, its numbers, its labels. Pure.

What would say values of a marker is not shown (see `analytics.disclosure`, and for numbers
`analytics.analysis_numbers`), and the page says so where it is so.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from analytics.analyses import Analyses
from analytics.analysis_numbers import SAY_NO_VALUES, Figure, figures_of, name_of
from analytics.analysis_store import StoredAnalyses
from analytics.disclosure import is_withheld
from analytics.plans.guards import Guard, Label
from analytics.plans.methods import title_in
from analytics.plans.results import Refusal, Result
from monitor.charts import analyses as charts
from monitor.guard_words import named
from monitor.statistics import addresses
from monitor.statistics.diagnostics import Diagnostics, diagnostics
from monitor.statistics.figure_words import called, column, group, says
from monitor.words import Words


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number with the address of its history."""

    called: str
    says: str
    address: str


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """A guard that was raised: what, why, and what to do."""

    name: str
    what: str
    why: str
    then: str
    stops: bool


class Estimated(msgspec.Struct, frozen=True, kw_only=True):
    """``about`` says in words what is estimated of whom. ``refused`` is a sentence where there is no estimate."""

    id: str
    title: str
    about: str
    planned: bool
    planned_word: str
    subjects: int
    left_out: tuple[str, ...]
    numbers: tuple[Number, ...]
    refused: str | None
    picture: charts.Picture | None
    diagnostics: Diagnostics | None
    withheld: bool
    labels: tuple[Warned, ...]


class Technical(msgspec.Struct, frozen=True, kw_only=True):
    """What the numbers depend on, by name: digests, versions."""

    name: str
    value: str


class AnalysesPage(msgspec.Struct, frozen=True, kw_only=True):
    """``none`` says why there is nothing; else all the others are given."""

    none: str | None
    position: str = ""
    beside: str = ""
    beside_tone: str = ""
    cutoff: str = ""
    interim: Warned | None = None
    counts: str = ""
    estimates: tuple[Estimated, ...] = ()
    technical: tuple[Technical, ...] = ()


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest position, and the digest of the endpoint rows there; None before the first snapshot."""

    commit: int
    endpoint_digest: str | None


def analyses_page(stored: StoredAnalyses | None, newest: Newest, planned: bool, words: Words) -> AnalysesPage:
    """``planned`` says whether the study has a plan."""
    if stored is None:
        if not planned:
            return AnalysesPage(none=words.text("analyses.no_plan"))
        return AnalysesPage(none=words.text("analyses.nothing_yet" if newest.commit else "analyses.empty"))
    held = stored.analyses
    estimates = tuple(_estimated(each, words) for each in held.results.results)
    beside, tone = _beside(stored, newest, words)
    return AnalysesPage(
        none=None,
        position=words.text("analyses.of_position", n=stored.commit),
        beside=beside,
        beside_tone=tone,
        cutoff=words.text("enrolment.over", cutoff=held.cutoff_on),
        interim=_interim(held, words),
        counts=words.text(
            "analyses.counts",
            n=len(estimates),
            refused=sum(each.refused is not None for each in estimates),
            planned=sum(each.planned for each in estimates),
        ),
        estimates=estimates,
        technical=tuple(_technical(stored, words)),
    )


def _beside(stored: StoredAnalyses, newest: Newest, words: Words) -> tuple[str, str]:
    """How the position of the analyses stands to the newest one."""
    if newest.commit <= stored.commit:
        return words.text("analyses.newest_same"), "good"
    if newest.endpoint_digest == stored.analyses.endpoint_digest:
        return words.text("analyses.newest_unmoved", n=newest.commit), "good"
    return words.text("analyses.newest_ahead", n=newest.commit), "look"


def _interim(held: Analyses, words: Words) -> Warned | None:
    """The look is one for all estimates, so its label is said once, over them."""
    if held.look != "interim":
        return None
    for result in held.results.results:
        for label in result.labels:
            if label.guard is Guard.REPEATED_LOOKS:
                return _warned(label, words)
    return None


def _estimated(result: Result, words: Words) -> Estimated:
    planned = result.is_planned
    about, title = _about(result, words), title_in(words.language, result.title)
    titled = _is_titled(result, words)
    return Estimated(
        id=result.id,
        title=title if titled else about,
        about=about if titled else title,
        planned=planned,
        planned_word=words.text("analyses.prespecified" if planned else "analyses.exploratory"),
        subjects=result.subjects,
        left_out=tuple(
            words.text("analyses.left_out", n=n, why=words.text_or_key("left_out", why))
            for why, n in result.left_out.items()
        ),
        numbers=tuple(_number(result.id, each, words) for each in figures_of(result)),
        refused=None if result.refused is None else _refused(result.refused, result.labels, words),
        picture=_picture(result, words),
        diagnostics=diagnostics(result, words),
        withheld=is_withheld(result) or (result.method in SAY_NO_VALUES and result.answer is not None),
        labels=tuple(_warned(label, words) for label in result.labels if label.guard not in _SAID_ELSEWHERE),
    )


_SAID_ELSEWHERE = frozenset({Guard.REPEATED_LOOKS, Guard.VALUES_WITHHELD})
"""Labels that the page says in words of its own: once over all estimates, and below what is not shown."""


def title_of(result: Result, words: Words) -> str:
    """The plan's title; where it has none in the language, an estimate is called by what it is."""
    return title_in(words.language, result.title) if _is_titled(result, words) else _about(result, words)


def _is_titled(result: Result, words: Words) -> bool:
    """A title that is one text alone is taken to be in English."""
    return bool(result.title) and (words.language == "en" or not isinstance(result.title, str))


def _number(analysis: str, figure: Figure, words: Words) -> Number:
    return Number(
        called=called(figure, words),
        says=says(figure, words),
        address=addresses.history({"number": name_of(analysis, figure)}),
    )


_OF_WHAT = ("outcome", "event", "cause", "first", "value", "marker")
_BY_WHAT = ("by", "group", "switch", "marker", "covariates", "second")


def _about(result: Result, words: Words) -> str:
    """From method and settings, the same for every plan: ``Proportion: responded, by sex; set: full set``."""
    settings: dict[str, Any] = result.settings
    what = next((str(settings[each]) for each in _OF_WHAT if settings.get(each)), "")
    by: list[str] = []
    for each in _BY_WHAT:
        given = settings.get(each) or ()
        by += [given] if isinstance(given, str) else list(given)
    by = [each for each in dict.fromkeys(by) if each != what]
    said = words.text("analyses.about", method=words.text_or_key("methods", result.method), what=column(what, words))
    if by:
        said = words.text("analyses.about_by", said=said, by=words.enumerated(column(each, words) for each in by))
    if settings.get("landmark"):
        said = words.text("analyses.about_landmark", said=said, day=settings["landmark"])
    if settings.get("cut") is not None:
        said = words.text("analyses.about_cut", said=said, cut=settings["cut"])
    if settings.get("penalty") == "firth":
        said = words.text("analyses.about_firth", said=said)
    return words.text("analyses.about_set", said=said, set=column(str(settings.get("set") or "enrolled"), words))


def _refused(refusal: Refusal, labels: tuple[Label, ...], words: Words) -> str:
    """The stored sentence is English and names columns; in another language the reason has its own."""
    if words.language == "en":
        return refusal.sentence
    stopping = next((label for label in labels if label.stops), None)
    if stopping is not None:
        warned = _warned(stopping, words)
        return f"{warned.what}{warned.why}{warned.then}"
    key = f"refusals.{refusal.reason}"
    return words.text("analyses.refused", why=words.text(key)) if words.has(key) else refusal.sentence


def _warned(label: Label, words: Words) -> Warned:
    """As it was stored in English; in another language by the guard's name, with the same counts and columns."""
    name = words.text_or_key("guards", label.guard.value)
    if words.language == "en":
        return Warned(name=name, what=label.what, why=label.why, then=label.then, stops=label.stops)
    what, why, then = (
        words.text(f"guards.{label.guard.value}_{part}", **named(label, words))
        if words.has(f"guards.{label.guard.value}_{part}")
        else said
        for part, said in (("what", label.what), ("why", label.why), ("then", label.then))
    )
    return Warned(name=name, what=what, why=why, then=then, stops=label.stops)


def _picture(result: Result, words: Words) -> charts.Picture | None:
    answer = result.answer
    if answer is None:
        return None
    match result.method:
        case "kaplan-meier":
            names = {each["group"]: group(each["group"], words) for each in answer["groups"]}
            return charts.survival(answer, names, words)
        case "cumulative-incidence":
            causes = [str(cause) for each in answer["groups"] for cause in each["at"]]
            return charts.incidence(answer, {each: column(each, words) for each in causes}, words)
        case "roc":
            return charts.told(answer, words)
        case _:
            return None


def _technical(stored: StoredAnalyses, words: Words) -> Iterator[Technical]:
    held = stored.analyses
    results = held.results
    named = {
        "plan": f"{results.plan} {results.plan_version}",
        "plan_digest": results.plan_digest,
        "endpoint_digest": held.endpoint_digest,
        "versions": words.enumerated(f"{name} {version}" for name, version in results.versions.items()),
        "computed_at": stored.computed_at.isoformat(timespec="seconds"),
    }
    for key, value in named.items():
        yield Technical(name=words.text_or_key("analyses_of", key), value=value)
