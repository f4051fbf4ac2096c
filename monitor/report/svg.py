"""A figure as SVG inside of an HTML page: text stays text, and the same figure gives the same bytes."""

import io
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure

from monitor.report.style import POINTS
from monitor.report.typefaces import ASCENT, DESCENT, width

_NOTHING_OF_THE_MACHINE = {"Date": None, "Creator": None, "Format": None, "Type": None}


class _MeasuredSvg(RendererSVG):
    """Lays text out by the widths of the PDF's typefaces: no font of this machine is looked at."""

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:  # noqa: ARG002 - matplotlib's own signature
        return measured(s, prop)

    def open_group(self, s: str, gid: str | None = None) -> None:  # noqa: ARG002 - matplotlib's own signature
        """Without matplotlib's names for its parts, which every figure of the page would have again."""
        self.writer.start("g", **({} if gid is None else {"id": gid}))


def measured(text: str, face: Any) -> tuple[float, float, float]:
    """Width, height and depth of one line, in points."""
    size = face.get_size_in_points()
    return width(text, size, bold=is_bold(face)), size * (ASCENT + DESCENT), size * DESCENT


def is_bold(face: Any) -> bool:
    return str(face.get_weight()) in {"bold", "600", "700"}


def svg_of(figure: Figure, name: str, says: str) -> str:
    """One element ``svg``. ``name`` is unique on the page, since ids within are; ``says`` is read to who sees none."""
    written = io.StringIO()
    figure.set_dpi(POINTS)
    across, up = (float(inches) * POINTS for inches in figure.get_size_inches())
    with mpl.rc_context({"svg.hashsalt": name}):
        renderer = _MeasuredSvg(across, up, written, image_dpi=POINTS, metadata=_NOTHING_OF_THE_MACHINE)
        figure.draw(renderer)
        renderer.finalize()
    drawn = written.getvalue()
    opened = f'<svg role="img" aria-label="{escape(says)}" '
    return drawn[drawn.index("<svg ") :].replace("<svg ", opened, 1)
