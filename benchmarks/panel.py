"""How fast does one new entry move the live panel, beside fitting everything anew with lifelines?

Neither log nor database takes part. The same changed timelines go both ways, in turn, so that neither finds the caches
of the processor as it left them. Both ways are measured in processor time: what else runs on the machine would lengthen
the longer one more. Only a panel filled anew goes by the clock, as somebody waits for it.
"""

import random
import statistics
from collections.abc import Mapping
from time import perf_counter, process_time

import msgspec
import numpy as np
from lifelines import KaplanMeierFitter
from rich.console import Console
from rich.table import Table
from scipy.stats import beta

from analytics.computation import timelines_of
from analytics.live import LivePanel
from analytics.snapshot import encode_snapshot
from benchmarks.bench import SEED
from schemas.rules.endpoints import EndpointRow
from schemas.rules.response import Outcome
from schemas.rules.timeline import Timeline
from tests.rules.drawn import STUDY, entries

RATIO_MIN = 20.0
SUBJECTS_AT_SCALE = 10_000
REFRESH_MS_MAX = 50.0
"""A whole refresh of the live panel at the size of the trial."""


class PanelSizes(msgspec.Struct, frozen=True, kw_only=True):
    """``subjects`` at each size, moved by so many ``entries``."""

    subjects: tuple[int, ...] = (72, SUBJECTS_AT_SCALE)
    entries: int = 200


def measure_panel(console: Console, sizes: PanelSizes) -> bool:
    """Prints both ways at each size; True where they are as expected."""
    table = Table(
        title="One new entry: the live panel (enrolment, funnel, response, survival, forecast), in processor time"
    )
    for column in (
        "subjects",
        "moved, ms",
        "row and panel, ms",
        "filled anew, ms",
        "lifelines refit, ms",
        "refit / moved",
    ):
        table.add_column(column, justify="right")
    good, ratio = True, 0.0
    for subjects in sizes.subjects:
        with console.status(f"{subjects} subjects"):
            found = _measure(subjects, sizes.entries)
        ratio = found["lifelines"] / found["moved"]
        names = ("moved", "judged and moved", "anew", "lifelines")
        table.add_row(str(subjects), *(f"{found[name]:.3f}" for name in names), f"{ratio:.1f}")
        if subjects >= SUBJECTS_AT_SCALE:
            good &= ratio >= RATIO_MIN
        else:
            good &= found["anew"] <= REFRESH_MS_MAX
    console.print(table)
    console.print(
        f"refit / moved at {sizes.subjects[-1]:,} subjects: {ratio:.1f}\n"
        f"expected at {SUBJECTS_AT_SCALE:,} subjects >= {RATIO_MIN:.0f}, and a smaller panel filled anew "
        f"within {REFRESH_MS_MAX:.0f} ms: {'yes' if good else 'NO'}"
    )
    return good


def _measure(subjects: int, count: int) -> dict[str, float]:
    """Medians in milliseconds, of processor time but for "anew"."""
    dice = random.Random(SEED)
    histories = {f"S-{number:05}": _history(dice) for number in range(subjects)}
    timelines = timelines_of({each: entries(history, each) for each, history in histories.items()}, None, STUDY)
    panel = LivePanel(STUDY, None)
    panel.take(timelines)
    panel.snapshot()
    spent: dict[str, list[float]] = {"moved": [], "judged and moved": [], "lifelines": [], "anew": []}
    for _ in range(count):
        subject = dice.choice(sorted(histories))
        days = int(histories[subject].rpartition(", ")[2].split()[0])
        ending = "dead" if dice.random() < 0.3 else "alive"
        histories[subject] = f"{histories[subject].rpartition(', ')[0]}, {max(days - dice.randint(0, 5), 41)} {ending}"
        drawn = {subject: entries(histories[subject], subject)}
        began = process_time()
        changed = timelines_of(drawn, None, STUDY)
        judged = process_time()
        panel.take(changed)
        panel.snapshot()
        moved = process_time()
        spent["moved"].append(moved - judged)
        spent["judged and moved"].append(moved - began)
        began = process_time()
        _refit(panel.rows)
        spent["lifelines"].append(process_time() - began)
        timelines |= changed
    for _ in range(3):
        spent["anew"].append(_anew(timelines))
    return {name: 1e3 * statistics.median(each) for name, each in spent.items()}


def _history(dice: random.Random) -> str:
    """Enrolled within three years; a response or none; followed up to the same last day, or dead before it."""
    begin = dice.randint(0, 1_000)
    course = f"{begin} screened, {begin + 1} consent, {begin + 2} eligible, {begin + 3} enrolled, {begin + 5} chemo"
    assessed = f"{begin + 33} marrow, {begin + 33} {dice.choice(('CR', 'CRi', 'PR', 'NR'))}"
    last = dice.randint(begin + 40, 1_100) if begin < 1_060 else 1_100
    return f"{course}, {assessed}, {last} {'dead' if dice.random() < 0.4 else 'alive'}"


def _refit(rows: Mapping[str, EndpointRow]) -> None:
    """What a program does that keeps nothing: counts all rows and fits the curves and intervals with the library."""
    times = [row.survival for row in rows.values() if row.survival is not None]
    fitter = KaplanMeierFitter().fit([each.days for each in times], [each.event for each in times])
    fitter.confidence_interval_.to_numpy()
    fitter.survival_function_at_times([365, 730]).to_numpy()
    reverse = KaplanMeierFitter().fit([each.followed_days for each in times], [not each.died for each in times])
    _ = fitter.median_survival_time_, reverse.median_survival_time_
    responses = [row.response for row in rows.values() if row.response is not None]
    over = [each for each in responses if each.window_over]
    for counted in (
        sum(each.outcome is Outcome.RESPONDER for each in over),
        *(sum(each.shown is category for each in over) for category in STUDY.endpoints.orr),
    ):
        np.array([beta.ppf(0.025, counted, len(over) - counted + 1), beta.ppf(0.975, counted + 1, len(over) - counted)])


def _anew(timelines: Mapping[str, Timeline]) -> float:
    began = perf_counter()
    panel = LivePanel(STUDY, None)
    panel.take(timelines)
    encode_snapshot(panel.snapshot())
    return perf_counter() - began
