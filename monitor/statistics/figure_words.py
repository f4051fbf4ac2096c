"""The numbers of an analysis in words: what each is called, and what it says. Pure."""

from analytics.analysis_numbers import Figure
from monitor.words import Words

EVERYBODY = "everybody"


def called(figure: Figure, words: Words) -> str:
    """What a number is, of which group, covariate or cause, on which day."""
    said = words.text_or_key("figures", figure.kind)
    if figure.day is not None:
        said = words.text("figures_of.day", what=said, day=figure.day)
    of = []
    if figure.name is not None:
        of.append(column(figure.name, words))
    if figure.group is not None and figure.group != EVERYBODY:
        of.append(words.text("figures_of.group", group=group(figure.group, words)))
    return words.text("figures_of.of", what=said, of=words.enumerated(of)) if of else said


def says(figure: Figure, words: Words) -> str:
    """The number with its interval in brackets, or why it cannot be given."""
    if figure.kind == "bounds":
        assert figure.lower is not None
        assert figure.upper is not None
        low, high = words.percent(figure.lower), words.percent(figure.upper)
        return words.text("figures_of.bounds", low=low, high=high, of=figure.of)
    if figure.value is None:
        given = interval(figure, words)
        why = words.text_or_key("refusals", figure.missing or "not-given")
        return f"{why} {given}" if given else why
    said = number(figure.value, figure, words)
    if figure.scale == "days":
        said = words.text("audit.days", n=said)
    if figure.count is not None:
        said = f"{words.text('response.of', responders=figure.count, subjects=figure.of)} · {said}"
    given = interval(figure, words)
    return f"{said} {given}" if given else said


def interval(figure: Figure, words: Words) -> str:
    """The interval, a limit that is not given as a dash; empty without one."""
    if (figure.lower, figure.upper) == (None, None):
        return ""
    limits = [
        "–" if each is None else number(each, figure, words).removesuffix("%") for each in (figure.lower, figure.upper)
    ]
    return f"[{limits[0]},\u00a0{limits[1]}]"


def number(value: float, figure: Figure, words: Words) -> str:
    """
    >>> number(0.04999, Figure(kind="p", scale="p"), Words("en"))
    '0.05'
    >>> number(1.23456, Figure(kind="odds-ratio", scale="ratio"), Words("en"))
    '1.23'
    """
    match figure.scale:
        case "share":
            return words.percent(value)
        case "days":
            return f"{value:.4g}" if value < 10_000 else f"{value:.0f}"
        case "p":
            return "< 0.0001" if value < 0.0001 else f"{value:.2g}"
        case _:
            return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def column(name: str, words: Words) -> str:
    """What a column of the study's table says; a name that no catalog knows is the plan's own."""
    return words.text_or_key("columns", name)


def group(name: str, words: Words) -> str:
    return words.text_or_key("groups", name)
