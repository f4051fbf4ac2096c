"""A cut of a marker that was chosen because it divides best, with a p value that knows how it was chosen.

Method: the greatest standardised rank statistic over all cuts that leave a share of the subjects on either side. B.
Lausen, M. Schumacher, Biometrics 48 (1992) 73, whose limit gives ``p_lau92``; B. Lausen, W. Sauerbrei, M. Schumacher,
in Computational Statistics (1994) 483, whose improved Bonferroni bound gives ``p_lau94``, closer where subjects are
few. Scores: the ranks of a response of yes or no, or log-rank scores with ties after T. Hothorn, B. Lausen,
Computational Statistics & Data Analysis 43 (2003) 121. Equal to R's ``maxstat.test(smethod = "Wilcoxon" | "LogRank",
pmethod = "Lau92" | "Lau94", minprop =, maxprop =)``.

The p value is corrected for the choice; an effect estimated with the chosen cut in the same data is not, and needs its
optimism beside it.
"""

import msgspec
import numpy as np
from scipy.stats import norm, rankdata

from analytics.estimators.arrays import Column, Floats, Integers, read_numbers, read_times, same_length
from analytics.estimators.errors import InputRefused, NoEstimate, Reason
from analytics.estimators.roc import read_marked


class MaximallySelected(msgspec.Struct, frozen=True, kw_only=True):
    """``cut`` is the greatest value of the lower group, of ``below`` subjects.

    ``tied`` are all cuts with this greatest statistic, ascending; the first is taken, as in R. ``cuts`` and
    ``statistics`` have an element per cut that was allowed, ascending. ``p_unselected`` is what the statistic would
    mean of a cut chosen beforehand: it is here to be seen as too small.
    """

    method: str
    subjects: int
    minprop: float
    maxprop: float
    cut: float
    tied: tuple[float, ...]
    below: int
    statistic: float
    p_lau92: float
    p_lau94: float
    p_unselected: float
    cuts: tuple[float, ...]
    statistics: tuple[float, ...]


def cut_for_response(
    response: Column, marker: Column, *, minprop: float = 0.1, maxprop: float = 0.9
) -> MaximallySelected:
    """The cut that divides a response of 1 or 0 best.

    ``minprop`` and ``maxprop`` are the least and greatest share of the subjects below a cut. Refuses nobody, missing
    values, one response only, a marker with one value or none at which to cut between the shares.
    """
    case, values = read_marked(response, marker)
    scores = np.asarray(rankdata(case), dtype=np.float64)
    return _selected("maximally selected Wilcoxon statistic", scores, values, minprop, maxprop)


def cut_for_survival(
    time: Column, event: Column, marker: Column, *, minprop: float = 0.1, maxprop: float = 0.9
) -> MaximallySelected:
    """The cut that divides survival best. Refuses no events, and what ``cut_for_response`` refuses of the marker."""
    sample, values = read_times(time, event), read_numbers(marker, "marker")
    same_length(sample.subjects, marker=len(values))
    if not sample.events:
        raise NoEstimate(Reason.NO_EVENTS, "There are no events yet: no cut divides their times.")
    if values.min() == values.max():
        raise NoEstimate(Reason.CONSTANT, "The marker has one value for everybody: it cannot be cut.")
    scores = log_rank_scores(sample.time, sample.event.astype(np.float64))
    return _selected("maximally selected log-rank statistic", scores, values, minprop, maxprop)


def log_rank_scores(time: Floats, event: Floats) -> Floats:
    """For each subject its event less the hazard that it has been under, of all up to its own time.

    At a tie each event is divided by those who are left after the time, and itself: with them the sum of all is 0 only
    where nothing is tied.
    """
    last = rankdata(time, method="max").astype(np.int64)
    hazards = (event / (len(time) - last + 1))[np.argsort(time, kind="stable")]
    return np.asarray(event - hazards.cumsum()[last - 1])


def _selected(method: str, scores: Floats, values: Floats, minprop: float, maxprop: float) -> MaximallySelected:
    if not 0 < minprop < maxprop < 1:
        raise InputRefused(
            Reason.SETTING_OUT_OF_RANGE,
            "The least share below a cut lies above 0 and under the greatest, that under 1.",
        )
    order = np.argsort(values, kind="stable")
    below = _candidates(values[order], minprop, maxprop)
    statistics = _statistics(scores[order], below)
    highest = float(statistics.max())
    # The same division of the same scores, summed in another order, differs in its last digits only.
    best = np.flatnonzero(statistics >= highest * (1 - 1e-12))
    cuts = values[order][below - 1]
    return MaximallySelected(
        method=method,
        subjects=len(values),
        minprop=minprop,
        maxprop=maxprop,
        cut=float(cuts[best[0]]),
        tied=tuple(cuts[best].tolist()),
        below=int(below[best[0]]),
        statistic=highest,
        p_lau92=p_lausen_1992(highest, minprop, maxprop),
        p_lau94=p_lausen_1994(highest, len(values), below),
        p_unselected=float(2 * norm.sf(highest)),
        cuts=tuple(cuts.tolist()),
        statistics=tuple(statistics.tolist()),
    )


def _candidates(ordered: Floats, minprop: float, maxprop: float) -> Integers:
    """How many subjects lie below each cut that is allowed."""
    subjects = len(ordered)
    below = np.flatnonzero(np.diff(ordered) > 0) + 1
    allowed = below[(below >= np.floor(subjects * minprop)) & (below <= np.floor(subjects * maxprop))]
    if not len(allowed):
        raise NoEstimate(
            Reason.NOTHING_COMPARED,
            "No cut of the marker leaves the least share of subjects on either side: too many have the same value.",
        )
    return allowed.astype(np.int64)


def _statistics(ordered: Floats, below: Integers) -> Floats:
    subjects, total = len(ordered), ordered.sum()
    variance = below * (subjects - below) / (subjects**2 * (subjects - 1.0))
    variance = variance * (subjects * (ordered**2).sum() - total**2)
    if variance.min() <= 0:
        raise NoEstimate(Reason.NO_VARIATION, "All subjects have the same score: no cut divides them.")
    return np.asarray(np.abs(ordered.cumsum()[below - 1] - below / subjects * total) / np.sqrt(variance))


def p_lausen_1992(statistic: float, minprop: float, maxprop: float) -> float:
    """From the maximum of a Brownian bridge; 1 below a statistic of 1, where the approximation ends."""
    if statistic < 1:
        return 1.0
    density = float(norm.pdf(statistic))
    odds = maxprop * (1 - minprop) / ((1 - maxprop) * minprop)
    p = 4 * density / statistic + density * (statistic - 1 / statistic) * np.log(odds)
    return float(min(max(p, 0.0), 1.0))


def p_lausen_1994(statistic: float, subjects: int, below: Integers) -> float:
    """The p value of one cut, and what each further cut can add to it given its neighbour."""
    fewer, more = below[:-1], below[1:]
    apart = np.sqrt(1 - fewer * (subjects - more) / ((subjects - fewer) * more))
    added = np.exp(-(statistic**2) / 2) / np.pi * (apart - (statistic**2 / 4 - 1) * apart**3 / 6)
    return float(min(max(2 * norm.sf(statistic) + added.sum(), 0.0), 1.0))
