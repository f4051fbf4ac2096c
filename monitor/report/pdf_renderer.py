"""Draws a matplotlib figure on a page of reportlab: lines and letters, no picture of points.

matplotlib's own PDF needs a font file for every Chinese letter; on a page of reportlab a figure is set in the same
typefaces as the text around it, and none has to be on the machine.
"""

import hashlib
from typing import Any

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from monitor.report.style import POINTS
from monitor.report.svg import is_bold, measured
from monitor.report.typefaces import runs

_JOINS = {"miter": 0, "round": 1, "bevel": 2}
_CAPS = {"butt": 0, "round": 1, "projecting": 2}


class PdfRenderer(RendererBase):
    """One point is one pixel. The canvas's origin is the figure's lower left corner."""

    def __init__(self, canvas: Canvas, across: float, up: float) -> None:
        super().__init__()
        self._canvas = canvas
        self._size = (across, up)

    def flipy(self) -> bool:
        return False

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self._size

    def points_to_pixels(self, points: Any) -> Any:
        return points

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:  # noqa: ARG002 - matplotlib's own signature
        return measured(s, prop)

    def draw_path(self, gc: Any, path: Path, transform: Any, rgbFace: Any = None) -> None:  # noqa: N803 - matplotlib's own signature
        canvas, strokes = self._canvas, gc.get_linewidth() > 0 and gc.get_rgb()[3] > 0
        canvas.saveState()
        self._clip(gc)
        if gc.get_hatch() is not None:
            self._hatched(gc, path, transform, rgbFace)
            rgbFace = None  # noqa: N806
        if rgbFace is not None:
            canvas.setFillColorRGB(*rgbFace[:3])
            canvas.setFillAlpha(_opacity(gc, rgbFace))
        if strokes:
            self._pen(gc)
        if strokes or rgbFace is not None:
            canvas.drawPath(self._outline(path, transform), stroke=int(strokes), fill=int(rgbFace is not None))
        canvas.restoreState()

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False, mtext: Any = None
    ) -> None:  # the last two are matplotlib's own
        del ismath, mtext
        canvas, size = self._canvas, prop.get_size_in_points()
        canvas.saveState()
        canvas.setFillColorRGB(*gc.get_rgb()[:3])
        canvas.translate(x, y)
        canvas.rotate(angle)
        written = canvas.beginText(0, 0)
        for face, piece in runs(s, bold=is_bold(prop)):
            written.setFont(face, size)
            written.textOut(piece)
        canvas.drawText(written)
        canvas.restoreState()

    def draw_image(self, gc: Any, x: float, y: float, im: Any, transform: Any = None) -> None:
        raise NotImplementedError("a figure of the report has no picture of points")

    def _pen(self, gc: Any) -> None:
        canvas = self._canvas
        canvas.setStrokeColorRGB(*gc.get_rgb()[:3])
        canvas.setStrokeAlpha(gc.get_alpha() if gc.get_forced_alpha() else gc.get_rgb()[3])
        canvas.setLineWidth(gc.get_linewidth())
        canvas.setLineJoin(_JOINS[gc.get_joinstyle()])
        canvas.setLineCap(_CAPS[gc.get_capstyle()])
        offset, dashes = gc.get_dashes()
        if dashes is None:
            canvas.setDash()
        else:
            canvas.setDash([float(each) for each in dashes], float(offset))

    def _clip(self, gc: Any) -> None:
        box = gc.get_clip_rectangle()
        if box is not None:
            outline = self._canvas.beginPath()
            outline.rect(box.x0, box.y0, box.width, box.height)
            self._canvas.clipPath(outline, stroke=0, fill=0)

    def _outline(self, path: Path, transform: Any) -> Any:
        outline, here = self._canvas.beginPath(), np.zeros(2)
        for points, code in path.iter_segments(transform, simplify=False, curves=True):
            if code == Path.MOVETO:
                outline.moveTo(*map(float, points))
            elif code == Path.LINETO:
                outline.lineTo(*map(float, points))
            elif code == Path.CURVE3:
                bend, end = points[:2], points[2:]
                outline.curveTo(*map(float, (*(here + 2 * (bend - here) / 3), *(end + 2 * (bend - end) / 3), *end)))
            elif code == Path.CURVE4:
                outline.curveTo(*map(float, points))
            elif code == Path.CLOSEPOLY:
                outline.close()
                continue
            here = points[-2:]
        return outline

    def _hatched(self, gc: Any, path: Path, transform: Any, face: Any) -> None:
        """The area in its colour, then tiles of the hatch over it, cut at its outline."""
        canvas, box = self._canvas, path.get_extents(transform)
        canvas.saveState()
        canvas.clipPath(self._outline(path, transform), stroke=0, fill=0)
        if face is not None:
            canvas.setFillColorRGB(*face[:3])
            canvas.setFillAlpha(_opacity(gc, face))
            canvas.rect(box.x0, box.y0, box.width, box.height, stroke=0, fill=1)
        tile = self._tile(gc)
        for left in range(int(box.x0 // POINTS), int(box.x1 // POINTS) + 1):
            for low in range(int(box.y0 // POINTS), int(box.y1 // POINTS) + 1):
                canvas.saveState()
                canvas.translate(left * POINTS, low * POINTS)
                canvas.doForm(tile)
                canvas.restoreState()
        canvas.restoreState()

    def _tile(self, gc: Any) -> str:
        """The name of one tile of a hatch in one colour, drawn once for the whole file."""
        canvas, ink = self._canvas, tuple(round(float(part), 4) for part in gc.get_hatch_color()[:3])
        name = "hatch-" + hashlib.sha256(repr((gc.get_hatch(), ink)).encode()).hexdigest()[:16]
        if not canvas.hasForm(name):
            canvas.beginForm(name, 0, 0, POINTS, POINTS)
            canvas.setStrokeColorRGB(*ink)
            canvas.setFillColorRGB(*ink)
            canvas.setLineWidth(gc.get_hatch_linewidth())
            hatch = gc.get_hatch_path()
            outline = self._outline(hatch, Affine2D().scale(POINTS))
            canvas.drawPath(outline, stroke=1, fill=int(not _is_of_lines(hatch)))
            canvas.endForm()
        return name


class Drawn(Flowable):
    """A figure among the paragraphs of a page."""

    def __init__(self, figure: Figure) -> None:
        super().__init__()
        self._figure = figure
        self.width, self.height = (float(inches) * POINTS for inches in figure.get_size_inches())

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:  # noqa: ARG002, N803 - reportlab's own
        return self.width, self.height

    def draw(self) -> None:
        self._figure.set_dpi(POINTS)
        self._figure.draw(PdfRenderer(self.canv, self.width, self.height))


def _opacity(gc: Any, face: Any) -> float:
    if gc.get_forced_alpha():
        return float(gc.get_alpha())
    return float(face[3]) if len(face) > 3 else 1.0


def _is_of_lines(hatch: Path) -> bool:
    return hatch.codes is None or not bool((np.asarray(hatch.codes) == Path.CURVE4).any())
