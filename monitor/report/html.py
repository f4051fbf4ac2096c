"""The report as one HTML file that needs nothing beside itself: no script, no font, no picture from elsewhere."""

from html import escape

from monitor.report.content import Report
from monitor.report.parts import Part, audience, parts, title_of
from monitor.report.style import styled
from monitor.report.svg import svg_of
from monitor.table import Table
from monitor.words import Words

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 "Helvetica Neue", Arial, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  color: #1a1a1a; background: #fff; max-width: 47rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .4rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem; padding-top: .6rem; border-top: 2px solid #0072b2; }
h3 { font-size: 1.02rem; margin: 1.8rem 0 .4rem; }
p { margin: .4rem 0; }
.audience { border: 1px solid #1a1a1a; padding: .5rem .8rem; font-weight: 600; }
figure { margin: .6rem 0; }
figure svg { width: 100%; height: auto; }
figure svg text { font-family: Arial, Helvetica, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif
  !important; }
figcaption { color: #444; font-size: .87rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .87rem; margin: .6rem 0; min-width: 60%; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th { text-align: left; border-bottom: 1.5px solid #1a1a1a; padding: .2rem .7rem .2rem 0; }
td { border-bottom: 1px solid #ddd; padding: .2rem .7rem .2rem 0; vertical-align: top; overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.exploratory { border: 1px dashed #a84f00; color: #a84f00; border-radius: 4px; padding: 0 .35em; font-size: .8rem;
  font-weight: 400; white-space: nowrap; }
.note { border-left: 3px solid #d55e00; padding: .1rem 0 .1rem .7rem; font-size: .87rem; }
pre { background: #f3f3f3; padding: .6rem .8rem; overflow-x: auto; }
nav { columns: 2; font-size: .9rem; margin: 1rem 0; }
nav a { display: block; color: #0072b2; }
@media print { nav { display: none; } figure, table { break-inside: avoid; } }
"""


def html_of(report: Report, words: Words) -> bytes:
    """UTF-8. The same report in the same language gives the same bytes under the same libraries."""
    with styled():
        drawn = list(parts(report, words))
        body = "\n".join(html_of_part(part) for part in drawn)
    title, chapters = title_of(report, words), [part for part in drawn if part.level == 1]
    links = "".join(f'<a href="#{part.id}">{escape(part.title)}</a>' for part in chapters)
    return (
        f'<!DOCTYPE html>\n<html lang="{words.html_language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f'<p class="audience">{escape(audience(report, words))}</p>\n<nav>{links}</nav>\n{body}\n</body>\n</html>\n'
    ).encode()


def html_of_part(part: Part) -> str:
    """Within `monitor.report.style.styled`."""
    heading = "h2" if part.level == 1 else "h3"
    mark = "" if part.mark is None else f' <span class="exploratory">{escape(part.mark)}</span>'
    said = [f'<{heading} id="{part.id}">{escape(part.title)}{mark}</{heading}>']
    said += [f"<p>{escape(sentence)}</p>" for sentence in part.sentences]
    if part.figure is not None:
        says = f"{part.title}. {part.caption}"
        said.append(
            f"<figure>{svg_of(part.figure, part.id, says)}<figcaption>{escape(part.caption)}</figcaption></figure>"
        )
    said += [_table(each) for each in part.tables]
    said += [f'<p class="note">{escape(note)}</p>' for note in part.notes]
    if part.commands:
        said.append(f"<pre>{escape(chr(10).join(part.commands))}</pre>")
    return "\n".join(said)


def _table(table: Table) -> str:
    if not table.rows:
        return f"<p>{escape(table.empty)}</p>"
    classes = [' class="number"' if flush_right else "" for flush_right in table.numeric]
    head = "".join(f"<th{flush}>{escape(name)}</th>" for name, flush in zip(table.columns, classes, strict=True))
    rows = "".join(
        "<tr>"
        + "".join(f"<td{flush}>{escape(cell)}</td>" for cell, flush in zip(row, classes, strict=True))
        + "</tr>\n"
        for row in table.rows
    )
    caption = "" if table.title is None else f"<caption>{escape(table.title)}</caption>"
    return f'<div class="scroll"><table>{caption}<thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>'
