"""Who may see values of a blinded marker, and what of an analysis says them: the one rule of every surface. Pure.

**Who.** The study definition blinds an analyte because whoever assesses the response must not know it. Where that is
the analyte of the study's marker, or one that the definition does not know, values of the marker are shown to the roles
of TRIALOG_UNMASKED_ROLES and to nobody else, at an interim look and at the final one.

**What.** Withheld is what is one subject's or lies between two subjects' values: the cuts of a curve, what is chosen
among them, knots, the ends and the middle of the marker's axis; means of values, which of one subject are the value;
what has a number for each subject from which the value can be computed back, such as residuals, or whose the number is;
and by days, the course of those on one side of the marker, since the day of an event names a subject. What is over all
subjects is of none, and is shown: a ratio, an area, a p value, how often a cut of the plan is right, and that cut,
which the plan had first.

**Where.** Stored answers are whole, so that their bytes can be compared. `shown` stands between them and whoever reads
them: the commands, the pages, the report. An exported folder has no part of an estimate without its data, and leaves
out what reads a hidden column (`analytics.folder.withholding`). A plain file (`trialog estimate`) is its reader's own.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

import msgspec

from analytics.analyses import Analyses
from analytics.analysis_numbers import SAY_NO_VALUES
from analytics.plans import guards
from analytics.plans.results import Result
from analytics.plans.selection import SWITCHED
from analytics.study_table import MARKER_COLUMNS, STUDY_COLUMNS
from schemas.showing import WITHHELD
from schemas.study import StudyDefinition


def marker_is_blinded(study: StudyDefinition) -> bool:
    """Whether the study's marker is hidden from those who assess the response; never without a marker."""
    analyte = None if study.marker is None else study.analyte(study.marker.analyte)
    return study.marker is not None and (analyte is None or analyte.blinded)


def hidden_columns(study: StudyDefinition, *, sees_values: bool) -> tuple[str, ...]:
    """The columns of the study's table whose values are not shown to a role, by whether it may see values."""
    return MARKER_COLUMNS if marker_is_blinded(study) and not sees_values else ()


SAYS_VALUES: dict[str, tuple[str, ...]] = {
    "kaplan-meier": ("groups.curve",),
    "cumulative-incidence": ("groups.curves",),
    "cox": (
        "proportional_hazards.residuals.scaled",
        "diagnostics.rows",
        "diagnostics.martingale",
        "diagnostics.forms.covariate",
        "diagnostics.forms.smooth",
        "diagnostics.leaving_out.most.row",
        "diagnostics.leaving_out.opposite.row",
    ),
    "agreement": ("differing",),
    "roc": ("curve.cut", "cuts.cuts.cut", "cut_optimism.cut", "cut_optimism.lower", "cut_optimism.upper"),
    "cutpoint": (
        *("selected.cut", "selected.tied", "selected.cuts"),
        *("optimism.cut", "optimism.lower", "optimism.upper"),
    ),
    "censored-means": ("groups.mean", "groups.lower", "groups.upper"),
    "distribution": (
        *("groups.least", "groups.lower_quartile", "groups.median"),
        *("groups.upper_quartile", "groups.greatest"),
    ),
    "spline": ("fit.knots", "curve.reference", "curve.at"),
}
"""By method, the parts of an answer that say values of what the estimate reads. A method that is not here has none.

Of the forms of a regression's covariates only those over the marker do.
"""

BY_SIZE: dict[str, tuple[str, ...]] = {"cox": ("diagnostics.influences.dfbeta", "diagnostics.influences.dfbetas")}
"""Parts with a number for each subject that are put in the order of size: whose a number is, is then not said."""

_OF_QUANTITIES = SAY_NO_VALUES | {"cox"}


def shown(analyses: Analyses, hidden: Collection[str]) -> Analyses:
    """The same, with what says values of the ``hidden`` columns withheld; the very same where nothing is hidden."""
    if not hidden:
        return analyses
    results = tuple(disclosed(analyses.results.results, hidden))
    return msgspec.structs.replace(analyses, results=msgspec.structs.replace(analyses.results, results=results))


def disclosed(results: Iterable[Result], hidden: Collection[str]) -> Iterable[Result]:
    """What is withheld is null, has the word beside it (``cut_missing``), and is named by a label."""
    return (_disclosed(each, hidden) for each in results)


def is_withheld(result: Result) -> bool:
    """Whether some part of what is shown of a result is withheld."""
    return any(label.guard is guards.Guard.VALUES_WITHHELD for label in result.labels)


def _disclosed(result: Result, hidden: Collection[str]) -> Result:
    if result.answer is None or not _reads(result, hidden):
        return result
    answer, parts = result.answer, []
    for change, named in ((_withheld, SAYS_VALUES), (_by_size, BY_SIZE)):
        for part in named.get(result.method, ()):
            without = _changed(answer, part.split("."), change, hidden)
            if without != answer:
                parts.append(part)
            answer = without
    if not parts:
        return result
    return msgspec.structs.replace(result, answer=answer, labels=(*result.labels, guards.values_withheld(tuple(parts))))


def _reads(result: Result, hidden: Collection[str]) -> bool:
    """An answer that was stored before it said what it reads is taken to read the marker, where it can."""
    if result.reads is None:
        return result.method in _OF_QUANTITIES
    return not set(hidden).isdisjoint(result.reads)


Change = Callable[[dict[str, Any], str], dict[str, Any]]


def _changed(told: Any, path: list[str], change: Change, hidden: Collection[str]) -> Any:
    """With what a path names changed, in each element of a list. What is given stays as it is."""
    if isinstance(told, list):
        return [_changed(each, path, change, hidden) for each in told]
    name, *rest = path
    if not isinstance(told, dict) or told.get(name) is None:
        return told
    if rest:
        inner = told[name]
        if name == "forms":
            over = [
                each if not may_say(each["name"], hidden) else _changed(each, rest, change, hidden) for each in inner
            ]
            return {**told, name: over}
        return {**told, name: _changed(inner, rest, change, hidden)}
    return change(told, name)


def _withheld(told: dict[str, Any], name: str) -> dict[str, Any]:
    return {**told, name: None, f"{name}_missing": WITHHELD}


def _by_size(told: dict[str, Any], name: str) -> dict[str, Any]:
    return {**told, name: sorted(told[name])}


def may_say(column: str, hidden: Collection[str]) -> bool:
    """Whether a covariate is hidden, or made by the plan of another column: of which, an answer does not say."""
    return column in hidden or (column not in STUDY_COLUMNS and column != SWITCHED)
