"""What a plan can ask for: one struct for each method, named as a plan names it. Columns are said by name.

``set`` is a yes-no column of those who belong to the estimate; None takes everybody. ``missing`` says what becomes of a
subject without a value in a column that the estimate reads: "refuse" refuses the estimate, "leave-out" leaves the
subject out and counts it.
"""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from schemas.study import Text

Name = Annotated[str, msgspec.Meta(min_length=1)]
Names = Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$(?!\n)")]
Bootstraps = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Seed = Annotated[int, msgspec.Meta(ge=0)]
LEVEL = Decimal("0.95")
Title = str | Text
"""One text, or one in each language of the pages."""


def title_in(language: str, title: Title) -> str:
    """The title in "zh" or "en". A title that is one text alone is that text in either.

    >>> title_in("zh", Text(zh="总生存", en="Overall survival")), title_in("zh", "Overall survival")
    ('总生存', 'Overall survival')
    """
    if isinstance(title, str):
        return title
    return title.zh if language == "zh" else title.en


class Estimate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="method"):
    """What every estimate of a plan says. ``level`` is that of its intervals."""

    id: Id
    title: Title = ""
    set: Name | None = None
    missing: Literal["refuse", "leave-out"] = "refuse"
    level: Decimal = LEVEL


class Timed(Estimate, frozen=True, kw_only=True):
    """``time`` to an event or to the end of observation, and whether it was an ``event``.

    ``entry`` is the time from which the subject was followed. ``landmark`` starts the clock at that time: who was gone
    earlier is left out. ``switch`` is the time at which the subject came into the group in question (such as the day of
    its response), missing for one that never did; with a landmark, the group is who had come into it by then.
    """

    time: Name
    event: Name
    landmark: Annotated[int, msgspec.Meta(ge=1)] | None = None
    switch: Name | None = None


class KaplanMeier(Timed, frozen=True, kw_only=True, tag="kaplan-meier"):
    """The curve, its median, the survival at each time of ``at``, the restricted mean, the follow-up; by group."""

    entry: Name | None = None
    by: Name | None = None
    interval: Literal["log-log", "log", "plain"] = "log-log"
    at: tuple[Annotated[int, msgspec.Meta(ge=0)], ...] = ()
    restricted_to: Annotated[int, msgspec.Meta(ge=1)] | None = None


class LogRank(Timed, frozen=True, kw_only=True, tag="log-rank"):
    """The log-rank test of ``group``, or of the Fleming-Harrington family."""

    group: Name | None = None
    strata: Name | None = None
    rho: Decimal = Decimal(0)
    gamma: Decimal = Decimal(0)


class Cox(Timed, frozen=True, kw_only=True, tag="cox"):
    """Cox's regression with Efron's ties, and the test of proportional hazards.

    ``switch`` without a landmark is a covariate that is 0 before its time and 1 after it.
    """

    entry: Name | None = None
    covariates: tuple[Name, ...] = ()
    strata: Name | None = None
    transform: Literal["km", "rank", "identity"] = "km"


class CumulativeIncidence(Estimate, frozen=True, kw_only=True, tag="cumulative-incidence"):
    """Aalen-Johansen's curves of all causes; ``cause`` is a label column, ``censored`` its label of no event."""

    time: Name
    cause: Name
    censored: Name = "0"
    by: Name | None = None
    interval: Literal["log-log", "log", "plain"] = "log-log"
    at: tuple[Annotated[int, msgspec.Meta(ge=0)], ...] = ()


class Gray(Estimate, frozen=True, kw_only=True, tag="gray"):
    """Gray's test that the incidence of one cause is the same in all groups."""

    time: Name
    cause: Name
    of: Name
    group: Name
    censored: Name = "0"
    strata: Name | None = None
    rho: Decimal = Decimal(0)


class Proportion(Estimate, frozen=True, kw_only=True, tag="proportion"):
    """The share of yes among those with an answer, with the exact and Wilson's interval; by group.

    ``pending`` is a yes-no column of those whose answer is still open: they give the bounds.
    """

    outcome: Name
    by: Name | None = None
    pending: Name | None = None


class Agreement(Estimate, frozen=True, kw_only=True, tag="agreement"):
    """Cohen's kappa of two readings of the same subjects. Weighted readings name their ``categories`` in order."""

    first: Name
    second: Name
    weights: Literal["none", "linear", "quadratic"] = "none"
    categories: tuple[Name, ...] = ()


class Logistic(Estimate, frozen=True, kw_only=True, tag="logistic"):
    """Logistic regression of ``outcome``; ``penalty`` "firth" where the data separate, "none" else."""

    outcome: Name
    covariates: Names
    penalty: Literal["none", "firth"] = "none"


class Roc(Estimate, frozen=True, kw_only=True, tag="roc"):
    """How well ``marker`` tells ``outcome``: the curve, its area with DeLong's interval, and a cut.

    ``cases`` says on which side of the controls the cases are expected. ``cut`` is in the unit of the marker's column,
    and of a logarithm on its scale: who lies at or above it is positive where cases are higher, who lies below it where
    they are lower. Without one Youden's cut is chosen from the data. ``second`` is a marker to compare with.
    ``bootstraps`` above 0 also judge how much too good a cut looks on the data that it was chosen from.
    """

    outcome: Name
    marker: Name
    cases: Literal["higher", "lower"]
    second: Name | None = None
    cut: Decimal | None = None
    second_cases: Literal["higher", "lower"] | None = None
    bootstraps: Bootstraps = 0
    seed: Seed = 1


class Cutpoint(Estimate, frozen=True, kw_only=True, tag="cutpoint"):
    """The cut of ``marker`` by maximally selected rank statistics, for ``outcome`` or for ``time`` and ``event``.

    Each side of the cut keeps at least the share ``minprop``, and the lower one at most ``maxprop``, of the subjects.
    """

    marker: Name
    outcome: Name | None = None
    time: Name | None = None
    event: Name | None = None
    minprop: Decimal = Decimal("0.1")
    maxprop: Decimal = Decimal("0.9")
    bootstraps: Bootstraps = 0
    seed: Seed = 1


class CensoredMeans(Estimate, frozen=True, kw_only=True, tag="censored-means"):
    """Means of log2 ``value`` by group, by the likelihood that takes values beyond a limit as censored.

    ``limit`` is a label column that says of each value "exact", "below" or "above".
    """

    value: Name
    limit: Name
    by: Name | None = None


class Spline(Estimate, frozen=True, kw_only=True, tag="spline"):
    """A restricted cubic spline of ``marker``, for ``outcome`` or for ``time`` and ``event``, with its curve."""

    marker: Name
    outcome: Name | None = None
    time: Name | None = None
    event: Name | None = None
    covariates: tuple[Name, ...] = ()
    knots: Annotated[int, msgspec.Meta(ge=3, le=7)] = 4
    points: Annotated[int, msgspec.Meta(ge=2, le=200)] = 40
