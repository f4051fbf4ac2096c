"""Which methods there are, and which columns of which kind each of their fields names."""

from collections.abc import Iterator

from analytics.plans.methods import (
    Agreement,
    CensoredMeans,
    Cox,
    CumulativeIncidence,
    Cutpoint,
    Distribution,
    Estimate,
    Gray,
    KaplanMeier,
    Logistic,
    LogRank,
    Proportion,
    Roc,
    Spline,
)

_NUMBER = ("number",)
_YES_NO = ("yes-no",)
_LABEL = ("label", "yes-no")
_COVARIATE = ("number", "yes-no")

FIELDS: dict[str, tuple[str, ...]] = {
    "set": _YES_NO,
    "time": _NUMBER,
    "event": _YES_NO,
    "entry": _NUMBER,
    "switch": _NUMBER,
    "by": _LABEL,
    "group": _LABEL,
    "strata": _LABEL,
    "covariates": _COVARIATE,
    "cause": ("label",),
    "outcome": _YES_NO,
    "pending": _YES_NO,
    "first": _LABEL,
    "second": _LABEL,
    "marker": _NUMBER,
    "value": _NUMBER,
    "limit": ("label",),
}
"""The fields of methods that name columns, and of which kinds these may be."""

_OWN_KINDS: dict[type[Estimate], dict[str, tuple[str, ...]]] = {Roc: {"second": _NUMBER}}
"""Where a field's name means another kind in one method."""

METHODS: dict[str, type[Estimate]] = {
    str(method.__struct_config__.tag): method
    for method in (
        KaplanMeier,
        LogRank,
        Cox,
        CumulativeIncidence,
        Gray,
        Proportion,
        Agreement,
        Logistic,
        Roc,
        Cutpoint,
        CensoredMeans,
        Distribution,
        Spline,
    )
}
"""By the name that a plan gives it."""


def columns_read(estimate: Estimate) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every column that an estimate reads: the field that names it, its name, and the kinds that it may be of."""
    own = _OWN_KINDS.get(type(estimate), {})
    for field in estimate.__struct_fields__:
        kinds = own.get(field, FIELDS.get(field))
        if kinds is None:
            continue
        named = getattr(estimate, field)
        for name in (named,) if isinstance(named, str) else named or ():
            yield field, name, kinds
