"""What a careless reader would be misled by: named rules that stop an estimate or put a label on it.

A label says what, why, and what to do; each is stored by its name, which keeps its meaning.
"""

import enum

import msgspec


class Guard(enum.StrEnum):
    """The rules. The value is stored and keeps its meaning."""

    IMMORTAL_TIME = "immortal-time"
    REPEATED_LOOKS = "repeated-looks"
    PENDING_SUBJECTS = "pending-subjects"
    FEW_EVENTS_PER_VARIABLE = "few-events-per-variable"
    SEPARATION = "separation"
    NON_PROPORTIONAL_HAZARDS = "non-proportional-hazards"
    MIXED_ASSAYS = "mixed-assays"
    QUANTITY_MISSING = "quantity-missing"
    MISSINGNESS_INFORMATIVE = "missingness-informative"
    CUTOFF_FROM_SAME_DATA = "cutoff-from-same-data"
    BELOW_QUANTIFICATION = "below-quantification"
    INFLUENTIAL_SUBJECT = "influential-subject"
    EXPLORATORY = "exploratory"
    VALUES_WITHHELD = "values-withheld"


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """One guard raised. Where it ``stops``, there is no estimate.

    ``counts`` are the numbers that the words name, and ``columns`` the columns, by what they are in the words: another
    language says both.
    """

    guard: Guard
    stops: bool = False
    what: str
    why: str
    then: str
    counts: dict[str, int | float] = {}
    columns: dict[str, tuple[str, ...]] = {}


def immortal_time(column: str, by: str) -> Label:
    return Label(
        guard=Guard.IMMORTAL_TIME,
        stops=True,
        what=f"{column} is known only after the clock has begun, and survival is compared by it from the beginning.",
        why="Whoever came to it had to live so long: the comparison favours that group by construction.",
        then=f"Compare from a landmark, or name the time of coming to it as {by}, so that it counts from then on.",
        columns={"column": (column,)},
    )


def repeated_looks() -> Label:
    return Label(
        guard=Guard.REPEATED_LOOKS,
        what="This is an interim look: more data are to come.",
        why="Intervals and p values hold for one look; with each further one, chance findings become more likely.",
        then="Read it as where things stand; decide only by what the plan prespecifies.",
    )


def pending_subjects(pending: int, of: int) -> Label:
    return Label(
        guard=Guard.PENDING_SUBJECTS,
        what=f"{pending} of {of} subjects are still open.",
        why="Those who respond are known early and those who do not late: a rate among the known is too high.",
        then="Read the two bounds; the rate is final once nobody is pending.",
        counts={"pending": pending, "of": of},
    )


def few_events(events: int, variables: int) -> Label:
    return Label(
        guard=Guard.FEW_EVENTS_PER_VARIABLE,
        what=f"{events} events carry {variables} coefficient{'s' if variables > 1 else ''}.",
        why="Below ten events for each coefficient, estimates are biased away from no effect and intervals too narrow.",
        then="Take fewer covariates, or a penalised regression, and read the result as a description.",
        counts={"events": events, "variables": variables},
    )


def separation(what: str, covariates: tuple[str, ...] = ()) -> Label:
    """``covariates`` are those that separate, where they are known."""
    return Label(
        guard=Guard.SEPARATION,
        what=what,
        why="A covariate tells those with the outcome from those without it, so the plain coefficient is infinite.",
        then='Use penalty = "firth", and read the interval rather than the estimate.',
        columns={"covariates": covariates} if covariates else {},
    )


def non_proportional(p: float) -> Label:
    return Label(
        guard=Guard.NON_PROPORTIONAL_HAZARDS,
        what=f"The test of proportional hazards gives p = {p:.3g}.",
        why="One hazard ratio then is an average over the time observed, and depends on how long that was.",
        then="Give survival at fixed times or restricted means as well, or stratify by the covariate concerned.",
        counts={"p": p},
    )


def mixed_assays(marker: str, assays: int, strata: str) -> Label:
    return Label(
        guard=Guard.MIXED_ASSAYS,
        stops=True,
        what=f"{marker} was measured by {assays} platforms or in {assays} materials.",
        why="Their values are not on one scale: what looks like an effect may be the instrument.",
        then=f"Stratify by {strata}, or restrict the set to one of them.",
        counts={"assays": assays},
        columns={"marker": (marker,), "strata": (strata,)},
    )


def quantity_missing(marker: str, missing: int, of: int) -> Label:
    return Label(
        guard=Guard.QUANTITY_MISSING,
        what=f"{marker} is missing in {missing} of {of} subjects, who are left out.",
        why="The estimate speaks of those who have it; whether they are like the others is not known from it.",
        then="Say why it is missing, and whether that can go with the outcome.",
        counts={"missing": missing, "of": of},
        columns={"marker": (marker,)},
    )


def missingness_informative(marker: str, p: float) -> Label:
    return Label(
        guard=Guard.MISSINGNESS_INFORMATIVE,
        what=f"Whether {marker} is missing goes with the outcome (p = {p:.3g}).",
        why="Leaving those subjects out then shifts the estimate itself, not only its width.",
        then="Do not read the estimate as one of all subjects; look for the values, or model the missingness.",
        counts={"p": p},
        columns={"marker": (marker,)},
    )


def cutoff_from_same_data() -> Label:
    return Label(
        guard=Guard.CUTOFF_FROM_SAME_DATA,
        what="The cutoff was chosen from the same data that it is judged on.",
        why="The best of many cutoffs looks good by chance alone; its plain p value and its accuracy are too good.",
        then="Read the corrected p value and the accuracy less its optimism, and confirm the cutoff on other data.",
    )


def below_quantification(marker: str, below: int, of: int) -> Label:
    return Label(
        guard=Guard.BELOW_QUANTIFICATION,
        what=f"{below} of {of} values of {marker} stand below their limit of quantification.",
        why="They have no number of their own: what is put in their place is a choice.",
        then="Look at the sensitivity with another choice, or at the likelihood that takes them as censored.",
        counts={"below": below, "of": of},
        columns={"marker": (marker,)},
    )


def influential_subject(
    covariate: str, moved: float, whole: tuple[float, float], without: tuple[float, float]
) -> Label:
    """The hazard ratio and its p over the ``whole`` and ``without`` the subject, who is not named."""
    (ratio, p), (ratio_without, p_without) = whole, without
    moves = f"One subject moves the coefficient of {covariate} by {abs(moved):.3g} standard errors"
    instead = f"{ratio_without:.3g} (p = {p_without:.3g}) in place of {ratio:.3g} (p = {p:.3g})"
    return Label(
        guard=Guard.INFLUENTIAL_SUBJECT,
        what=f"{moves}: without that subject the hazard ratio is {instead}.",
        why="What hangs on one subject says more of that subject than of the covariate.",
        then="Look at the subject's record for an error and give both results; never leave the subject out for this.",
        counts={
            "moved": abs(moved),
            "ratio": ratio,
            "p": p,
            "ratio_without": ratio_without,
            "p_without": p_without,
        },
        columns={"covariate": (covariate,)},
    )


def exploratory() -> Label:
    return Label(
        guard=Guard.EXPLORATORY,
        what="This estimate is not in the study's analysis plan.",
        why="What is chosen after the data were seen finds something often enough by chance.",
        then="Take it as a question for other data, never as an answer.",
    )


def values_withheld(parts: tuple[str, ...]) -> Label:
    """``parts`` are the paths in the answer where something is left out."""
    return Label(
        guard=Guard.VALUES_WITHHELD,
        what=f"What says values of the blinded marker is withheld: {', '.join(parts)}.",
        why="Whoever assesses the response must not know them, and this role is none of those that may.",
        then="Ask somebody whose role TRIALOG_UNMASKED_ROLES names; what is over all subjects is shown.",
        columns={"parts": parts},
    )
