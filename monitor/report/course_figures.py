"""The course of every subject: lanes from day 0 on, and how far blasts in the marrow fell."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monitor.report.content import Report
from monitor.report.courses import BlastChange, Happening, Lane, blast_change, lanes
from monitor.report.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    HEIGHT_MAX,
    ORANGE,
    POINTS,
    PURPLE,
    SKY,
    VERMILION,
    legend,
    pale,
    panel,
)
from monitor.words import Words
from schemas.events.followup import Category

_MARKS = {
    Happening.RESPONSE: ("^", GREEN),
    Happening.RELAPSE: ("s", VERMILION),
    Happening.TRANSPLANT: ("D", PURPLE),
    Happening.DEATH: ("X", BLACK),
}

_BARS: tuple[tuple[frozenset[Category], str, str, str], ...] = (
    (frozenset({Category.CR, Category.CRI, Category.CRH}), "remission", BLUE, ""),
    (frozenset({Category.PR, Category.MLFS}), "partial", SKY, "////"),
)
_OTHER = ("no_response", ORANGE, "....")

_CAP = 100.0
_LABELS_MAX = 100


def swimmer(report: Report, words: Words) -> Figure | str:
    drawn = lanes(report.rows, report.then.timelines)
    if not drawn:
        return words.text("report.nobody_enrolled")
    figure, axes = panel(min(1.3 + 0.105 * len(drawn), HEIGHT_MAX), left=0.9, bottom=0.45, top=0.5)
    for key, colour, hatch in dict.fromkeys(_bar(lane.best) for lane in drawn):
        own = [(place, lane) for place, lane in enumerate(drawn) if _bar(lane.best) == (key, colour, hatch)]
        axes.barh(
            [place for place, _ in own],
            [max(lane.days, 1) for _, lane in own],
            height=0.62,
            color=pale(colour),
            hatch=hatch,
            edgecolor=GREY,
            lw=0.3,
            label=words.text(f"report.best_{key}"),
        )
    _marks(axes, drawn, words)
    axes.set_ylim(len(drawn) - 0.4, -0.6)
    shown = range(0, len(drawn), -(-len(drawn) // _LABELS_MAX))
    size = max(4.5, min(8.0, 0.7 * POINTS * figure.get_figheight() / (len(drawn) + 6)))
    axes.set_yticks(list(shown), [drawn[place].subject for place in shown], fontsize=size)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, max(lane.days for lane in drawn) * 1.04 + 5)
    axes.set_xlabel(words.text("report.days_of_treatment"))
    legend(axes, 4)
    return figure


def _bar(best: Category | None) -> tuple[str, str, str]:
    return next((bar[1:] for bar in _BARS if best in bar[0]), _OTHER)


def _marks(axes: Axes, drawn: tuple[Lane, ...], words: Words) -> None:
    for what, (marker, colour) in _MARKS.items():
        points = [(day, place) for place, lane in enumerate(drawn) for day, mark in lane.marks if mark is what]
        if points:
            axes.plot(
                *zip(*points, strict=True),
                ls="",
                marker=marker,
                ms=5.4,
                color=colour,
                mec="white",
                mew=0.4,
                label=words.text(f"report.mark_{what.value}"),
                clip_on=False,
            )
    followed = [(lane.days, place) for place, lane in enumerate(drawn) if lane.followed]
    if followed:
        axes.plot(
            *zip(*followed, strict=True),
            ls="",
            marker=">",
            ms=4.4,
            color=GREY,
            label=words.text("report.mark_followed"),
            clip_on=False,
        )


def blast_changes(report: Report) -> tuple[BlastChange, ...]:
    """Of all subjects who have both numbers, the largest rise first."""
    found = (blast_change(row, report.blasts.get(row.subject, ())) for row in report.rows)
    return tuple(sorted((each for each in found if each is not None), key=lambda each: (-each.change, each.subject)))


def waterfall(report: Report, words: Words) -> Figure | str:
    changes = blast_changes(report)
    if not changes:
        return words.text("report.no_blasts")
    figure, axes = panel(3.4, bottom=0.35, top=0.5)
    for key, colour, hatch in dict.fromkeys(_bar(each.best) for each in changes):
        own = [(place, each) for place, each in enumerate(changes) if _bar(each.best) == (key, colour, hatch)]
        axes.bar(
            [place for place, _ in own],
            [min(each.change, _CAP) for _, each in own],
            width=0.8,
            color=colour,
            hatch=hatch,
            edgecolor=BLACK,
            lw=0.4,
            label=words.text(f"report.best_{key}"),
        )
    for place, each in enumerate(changes):
        if each.change > _CAP:
            axes.annotate(
                f"{each.change:+.0f}%",
                (place, _CAP),
                (0, 2),
                textcoords="offset points",
                fontsize=6,
                rotation=90,
                ha="center",
            )
    axes.axhline(0, color=BLACK, lw=0.8)
    for level in (-50, -100):
        axes.axhline(level, color=GREY, lw=0.6, ls=":")
    axes.set_ylim(-105, 105 if any(each.change > 0 for each in changes) else 8)
    axes.set_xlim(-0.8, len(changes) - 0.2)
    axes.set_xticks([])
    axes.set_xlabel(words.text("report.each_a_subject", n=len(changes)))
    axes.set_ylabel(words.text("report.blast_change"))
    legend(axes, 3)
    return figure
