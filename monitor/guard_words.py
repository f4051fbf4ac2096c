"""What a guard's words name, in one language: its counts, and its columns by what they are called there. Pure."""

from analytics.plans.guards import Label
from monitor.words import Words

_COUNTS = (
    *("pending", "of", "events", "variables", "p", "assays", "missing", "below"),
    *("moved", "ratio", "ratio_without", "p_without"),
)
_COLUMNS = ("column", "marker", "strata", "covariates", "covariate")


def named(label: Label, words: Words) -> dict[str, str]:
    """Every place to fill that a guard's text can have. A label that was stored before labels named columns says "a
    column", and a count that it does not have is a dash.
    """
    counts = {name: f"{label.counts[name]:.3g}" if name in label.counts else "–" for name in _COUNTS}
    columns = {name: _columns(label.columns.get(name, ()), words) for name in _COLUMNS}
    return counts | columns


def _columns(names: tuple[str, ...], words: Words) -> str:
    if not names:
        return words.text("guards_of.some_column")
    return words.enumerated(words.text_or_key("columns", name) for name in names)
