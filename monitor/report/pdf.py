"""The report as a PDF: pages of A4, text that can be searched, figures of lines and letters, no font inside."""

import io
from collections.abc import Iterator
from html import escape
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, HRFlowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Laid

from monitor.report.content import Report
from monitor.report.parts import Part, audience, parts, title_of
from monitor.report.pdf_renderer import Drawn
from monitor.report.style import POINTS, WIDTH, styled
from monitor.report.typefaces import runs, width
from monitor.table import Table
from monitor.words import Words

_ACROSS = WIDTH * POINTS
_SIDE = (A4[0] - _ACROSS) / 2
_CELL = 8.0
_LINE = HexColor("#BBBBBB")

_PLAIN = ParagraphStyle("plain", fontName="Helvetica", fontSize=9.5, leading=13.5, spaceAfter=4, wordWrap="CJK")
_STYLES = {
    "title": ParagraphStyle("title", parent=_PLAIN, fontSize=19, leading=24, spaceAfter=8),
    "chapter": ParagraphStyle("chapter", parent=_PLAIN, fontSize=14, leading=18, spaceBefore=4, spaceAfter=6),
    "heading": ParagraphStyle("heading", parent=_PLAIN, fontSize=10.5, leading=14, spaceBefore=10, spaceAfter=4),
    "plain": _PLAIN,
    "caption": ParagraphStyle("caption", parent=_PLAIN, fontSize=8.2, leading=11.5, textColor=HexColor("#444444")),
    "cell": ParagraphStyle("cell", parent=_PLAIN, fontSize=_CELL, leading=10.5, spaceAfter=0),
    "number": ParagraphStyle("number", parent=_PLAIN, fontSize=_CELL, leading=10.5, spaceAfter=0, alignment=2),
    "note": ParagraphStyle(
        "note", parent=_PLAIN, fontSize=8.2, leading=11.5, leftIndent=9, borderColor=HexColor("#D55E00"), bulletIndent=0
    ),
    "command": ParagraphStyle("command", parent=_PLAIN, fontName="Courier", fontSize=8.5, leading=12, spaceAfter=0),
}


def pdf_of(report: Report, words: Words) -> bytes:
    """The same report gives the same bytes: the file names no time of making."""
    written, title, told = io.BytesIO(), title_of(report, words), audience(report, words)
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=_SIDE,
        rightMargin=_SIDE,
        topMargin=46,
        bottomMargin=50,
        title=title,
        author="Trialog",
        lang=words.html_language,
        invariant=1,
        pageCompression=1,
    )

    def page(canvas: Canvas, laid: Any) -> None:
        _foot(canvas, laid, told, words)

    with styled():
        story = [_paragraph(title, "title", bold=True)]
        for part in parts(report, words):
            story += _part(part)
        document.build(story, onFirstPage=page, onLaterPages=page)
    return written.getvalue()


def _foot(canvas: Canvas, laid: Any, told: str, words: Words) -> None:
    """Who may read it, on every page."""
    canvas.saveState()
    number = words.text("report.page", n=laid.page)
    _say(canvas, _SIDE, 28, told, 7)
    _say(canvas, A4[0] - _SIDE - width(number, 7), 18, number, 7)
    canvas.restoreState()


def _say(canvas: Canvas, across: float, up: float, text: str, size: float) -> None:
    line = canvas.beginText(across, up)
    for face, piece in runs(text):
        line.setFont(face, size)
        line.textOut(piece)
    canvas.drawText(line)


def _part(part: Part) -> list[Flowable]:
    heading = _paragraph(part.title, "chapter" if part.level == 1 else "heading", bold=True, mark=part.mark)
    first: list[Flowable] = [heading, *(_paragraph(sentence, "plain") for sentence in part.sentences)]
    if part.figure is not None:
        first += [Drawn(part.figure), _paragraph(part.caption, "caption")]
    rest: list[Flowable] = []
    for table in part.tables:
        rest += _table(table)
    rest += [_paragraph(f"! {note}", "note") for note in part.notes]
    rest += [_paragraph(line, "command") for line in part.commands]
    if part.level == 1:
        first.insert(
            0, HRFlowable(width="100%", thickness=1.2, color=HexColor("#0072B2"), spaceBefore=14, spaceAfter=2)
        )
    if part.level == 1 and not part.sentences and part.figure is None:
        return [CondPageBreak(300), *first, *rest]
    if part.figure is None and part.tables:
        first.insert(0, CondPageBreak(90 + 16 * min(len(part.tables[0].rows), 8)))
    # A heading stands on the page of what follows it; a long table may go on over the next one.
    return [KeepTogether(first), *([CondPageBreak(70)] if rest and part.figure is None else []), *rest]


def _paragraph(text: str, style: str, *, bold: bool = False, mark: str | None = None) -> Paragraph:
    """``mark`` stands behind the text, in brackets: a line around it, as in HTML, is none in a paragraph."""
    said = "".join(_in_faces(text, bold=bold))
    if mark is not None:
        said += f' <font color="#A84F00">{"".join(_in_faces(f"[{mark}]", bold=False))}</font>'
    return Paragraph(said, _STYLES[style])


def _in_faces(text: str, *, bold: bool) -> Iterator[str]:
    for face, piece in runs(text, bold=bold):
        yield f'<font name="{face}">{escape(piece, quote=False)}</font>'


def _table(table: Table) -> list[Flowable]:
    if not table.rows:
        return [_paragraph(table.empty, "plain")]
    cells = [
        [
            _paragraph(name, "number" if right else "cell", bold=True)
            for name, right in zip(table.columns, table.numeric, strict=True)
        ],
        *(
            [_paragraph(cell, "number" if right else "cell") for cell, right in zip(row, table.numeric, strict=True)]
            for row in table.rows
        ),
    ]
    laid = Laid(cells, colWidths=_widths(table), repeatRows=1, hAlign="LEFT")
    laid.setStyle(
        [
            ("LINEBELOW", (0, 0), (-1, 0), 0.9, HexColor("#1A1A1A")),
            ("LINEBELOW", (0, 1), (-1, -1), 0.3, _LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 6),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ]
    )
    titled = [] if table.title is None else [_paragraph(table.title, "caption", bold=True)]
    return [*titled, laid, Spacer(0, 6)]


def _widths(table: Table) -> list[float]:
    """As wide as the widest cell; where that is too much, the widest columns give way."""
    wanted = [
        max(width(cell, _CELL, bold=True) for cell in column) + 12
        for column in zip(table.columns, *table.rows, strict=True)
    ]
    while sum(wanted) > _ACROSS:
        widest = max(wanted)
        others = max([each for each in wanted if each < widest], default=0.0)
        places = [place for place, each in enumerate(wanted) if each == widest]
        share = max(others, widest - (sum(wanted) - _ACROSS) / len(places))
        for place in places:
            wanted[place] = share if share < widest else widest * 0.99
    return wanted
