"""The few elements of SVG that the pictures need. Attributes are escaped; colours and letters are the style sheet's."""

from collections.abc import Iterable

from markupsafe import Markup, escape

INNER = 1000
"""Units across and down of the inner drawing that stretches."""


def element(name: str, *children: Markup | str, **attributes: object) -> Markup:
    """One element. ``class_`` is class, an underscore becomes a hyphen, and None leaves the attribute out.

    >>> str(element("line", x1="0%", class_="grid", x2=None))
    '<line x1="0%" class="grid"></line>'
    """
    written = "".join(f' {_attribute(key)}="{escape(value)}"' for key, value in attributes.items() if value is not None)
    return Markup(f"<{name}{written}>{Markup('').join(children)}</{name}>")  # noqa: S704 - all parts are escaped


def percent(share: float) -> str:
    """A place in the plot: 0 is its left or upper edge and 1 the other."""
    return f"{share * 100:.3f}".rstrip("0").rstrip(".") + "%"


def text(words: str, x: float, y: float, class_: str, *, dx: float = 0, dy: float = 0) -> Markup:
    """Letters at a place of the plot, moved by heights of a letter."""
    return element("text", words, x=percent(x), y=percent(y), dx=_em(dx), dy=_em(dy), class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return element("line", x1=percent(x1), y1=percent(y1), x2=percent(x2), y2=percent(y2), class_=class_)


def dot(x: float, y: float, radius: float, class_: str) -> Markup:
    """``radius`` in heights of a letter."""
    return element("circle", cx=percent(x), cy=percent(y), r=_em(radius), class_=class_)


def stroke(x: float, y: float, above: float, below: float, class_: str) -> Markup:
    """A short upright stroke at a place of the plot, so many heights of a letter above and below it."""
    upright = element("line", y1=_em(-above) or 0, y2=_em(below) or 0, class_=class_)
    return element("svg", upright, x=percent(x), y=percent(y), overflow="visible", width=1, height=1)


def stretched(*paths: Markup) -> Markup:
    """Curves, whose coordinates run from 0 to INNER both ways, over the whole plot at whatever width it has."""
    return element(
        "svg",
        *paths,
        viewBox=f"0 0 {INNER} {INNER}",
        preserveAspectRatio="none",
        width="100%",
        height="100%",
        overflow="visible",
    )


def path(points: str, class_: str) -> Markup:
    return element("path", d=points, class_=class_, vector_effect="non-scaling-stroke")


def stairs(points: Iterable[tuple[float, float]], last_x: float) -> str:
    """The path of a step curve: level to each point's x, then to its y, and on to ``last_x``. Shares of the plot."""
    written = ""
    for x, y in points:
        written += f"M{_inner(x)} {_inner(y)}" if not written else f"H{_inner(x)}V{_inner(y)}"
    return f"{written}H{_inner(last_x)}"


def straight(points: Iterable[tuple[float, float]]) -> str:
    """The path of straight lines through points, in shares of the plot."""
    return "".join(f"{'L' if place else 'M'}{_inner(x)} {_inner(y)}" for place, (x, y) in enumerate(points))


def band(points: list[tuple[float, float, float]], last_x: float) -> str:
    """The closed path between two step curves, given as (x, upper y, lower y) in shares of the plot."""
    upper = stairs([(x, top) for x, top, _ in points], last_x)
    back, right = "", last_x
    for x, _, bottom in reversed(points):
        back += f"L{_inner(right)} {_inner(bottom)}L{_inner(x)} {_inner(bottom)}"
        right = x
    return f"{upper}{back}Z"


def chart(*children: Markup, label: str, class_: str) -> Markup:
    """The whole picture, with the sentence that says it to who does not see it."""
    return element("svg", *children, role="img", aria_label=label, class_=f"chart {class_}")


def _em(letters: float) -> str | None:
    """A length that grows with the letters; None for none."""
    return f"{letters:g}em" if letters else None


def _inner(share: float) -> str:
    return f"{share * INNER:.2f}".rstrip("0").rstrip(".")


def _attribute(key: str) -> str:
    return key if key == "viewBox" or key == "preserveAspectRatio" else key.rstrip("_").replace("_", "-")
