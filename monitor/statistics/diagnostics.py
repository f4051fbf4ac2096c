"""What a Cox regression's diagnostics say on the page: whom each coefficient hangs on, unnamed, and two pictures.

Who moves a coefficient is named to nobody here, for how far a subject moves it follows from its value. What is withheld
of residuals (see `analytics.disclosure`) is not drawn. Pure.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from markupsafe import Markup

from analytics.plans.results import Result
from monitor.charts import residuals
from monitor.statistics.figure_words import column
from monitor.words import Words


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """A picture under its own title, with what is seen in it."""

    title: str
    svg: Markup
    caption: str


class Diagnostics(msgspec.Struct, frozen=True, kw_only=True):
    """``sentences`` are one a covariate. ``withheld`` is whether a picture over the marker is left out."""

    sentences: tuple[str, ...]
    plots: tuple[Plot, ...]
    withheld: bool


def diagnostics(result: Result, words: Words) -> Diagnostics | None:
    """None where there is no Cox regression, or one that was stored before there were diagnostics."""
    told = None if result.answer is None or result.method != "cox" else result.answer.get("diagnostics")
    if told is None:
        return None
    forms = [each for each in told["forms"] if each["covariate"] is not None]
    return Diagnostics(
        sentences=tuple(_left_out(each, words) for each in told["leaving_out"]),
        plots=(*_forms(forms, told, words), *_influences(told, words)),
        withheld=len(forms) < len(told["forms"]),
    )


def _left_out(told: dict[str, Any], words: Words) -> str:
    most, name = told["most"], column(told["name"], words)
    if most is None:
        why = words.text_or_key("refusals", told["most_missing"])
        return words.text("diagnostics.no_fit_without", name=name, why=why)
    return words.text(
        "diagnostics.moves_most",
        name=name,
        moved=f"{abs(most['moved']):.2g}",
        ratio=f"{most['hazard_ratio']:.3g}",
        p=f"{most['p']:.2g}",
    )


def _forms(forms: list[dict[str, Any]], told: dict[str, Any], words: Words) -> Iterator[Plot]:
    for each in forms:
        name = column(each["name"], words)
        yield Plot(
            title=words.text("diagnostics.form", name=name),
            svg=residuals.form(each, told["null_martingale"], name, words),
            caption=words.text("diagnostics.form_caption"),
        )


def _influences(told: dict[str, Any], words: Words) -> Iterator[Plot]:
    for each in told["influences"]:
        name, cut = column(each["name"], words), told["cut"]
        yield Plot(
            title=words.text("diagnostics.influence", name=name),
            svg=residuals.influences(each, cut, name, words),
            caption=words.text(
                "diagnostics.influence_caption", cut=f"{cut:.2g}", beyond=each["beyond"], n=len(told["null_martingale"])
            ),
        )
