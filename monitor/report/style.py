"""How every figure looks: sizes, colours that the colour-blind tell apart, and what tells them apart without colour.

Colours: M. Okabe, K. Ito, "Color Universal Design" (2008). Each series also has a line style, a marker or a hatch of
its own, so that a print in black and white says the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#767676"
PALE = "#DDE6EE"

SERIES = ((BLUE, "-", "o"), (VERMILION, "--", "s"), (GREEN, "-.", "^"), (PURPLE, ":", "D"), (BLACK, "-", "v"))
"""Colour, line style and marker of the first, second, ... series of a figure."""

HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\")

WIDTH = 6.8
"""Inches: the width of a page between its margins."""

HEIGHT_MAX = 8.6

POINTS = 72.0
"""An inch; also what hatches are drawn by."""

_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "trialog",
    "font.family": "DejaVu Sans",  # matplotlib brings it; what is seen is set in the typefaces of the page
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.unicode_minus": False,
    "text.parse_math": False,
    "hatch.linewidth": 0.5,
    "lines.linewidth": 1.5,
    "path.simplify": False,
    "figure.dpi": POINTS,
    "axes.formatter.useoffset": False,
}


@contextmanager
def styled() -> Iterator[None]:
    """Figures are made and drawn within: what a person set for matplotlib on this machine plays no part."""
    with matplotlib.style.context(["default", _SETTINGS]):
        yield


def panel(
    height: float, *, left: float = 0.75, right: float = 0.2, bottom: float = 0.5, top: float = 0.4
) -> tuple[Figure, Axes]:
    """One axes on a figure of the page's width; all in inches. Never higher than a page has room for."""
    height = min(height, HEIGHT_MAX)
    figure = Figure(figsize=(WIDTH, height))
    return figure, figure.add_axes(
        (left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH, (height - bottom - top) / height)
    )


def pale(colour: str, share: float = 0.4) -> tuple[float, float, float]:
    """The colour with white: not transparent, so that a hatch over it stays as dark as it is."""
    red, green, blue = (share * part + 1 - share for part in to_rgb(colour))
    return red, green, blue


def legend(axes: Axes, columns: int = 4, begins: float = 0.0) -> None:
    """Above the axes, where no data are; nothing where nothing is labelled. ``begins`` is a share of the axes."""
    if axes.get_legend_handles_labels()[1]:
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(begins, 1.0),
            ncols=columns,
            borderaxespad=0.2,
            handlelength=2.6,
            columnspacing=1.4,
        )
