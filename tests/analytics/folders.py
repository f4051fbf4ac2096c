"""Finished analyses as folders: of the drawn trial, of a simulated one, and of a made-up table for every method."""

import datetime as dt
import subprocess
import sys
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from analytics.analyses import Analyses, analyse
from analytics.computation import panel_of, timelines_of
from analytics.folder.contents import Folder, Origin, folder
from analytics.folder.withholding import without
from analytics.plans.plan import Plan, parse_plan
from analytics.plans.running import run
from analytics.plans.table import Table, Value
from analytics.study_table import study_table
from producers.simulator import simulate
from schemas.events import OversightFacts
from schemas.rules.endpoints import EndpointRow
from schemas.settlement import settle
from tests.analytics.trials import PLAN
from tests.simulator.folding import STUDY, folded

ORIGIN = Origin(
    position="commit 7",
    at=dt.datetime(2026, 3, 1, 8, 30, tzinfo=dt.UTC),
    seal="2, root 00ff",
    withheld=(),
    trialog="0.1.0",
)

EVERY_METHOD = """
name = "every method"
identity = "id"
[columns]
id = { kind = "label" }
time = { kind = "number" }
entry = { kind = "number" }
event = { kind = "yes-no" }
cause = { kind = "label" }
arm = { kind = "label" }
site = { kind = "label" }
male = { kind = "yes-no" }
switch = { kind = "number", known = "later" }
age = { kind = "number" }
x = { kind = "number" }
limit = { kind = "label" }
other = { kind = "number" }
good = { kind = "yes-no" }
pending = { kind = "yes-no" }
first = { kind = "label" }
second = { kind = "label" }
log2_x = { kind = "number", log2_of = "x", limit = "limit" }
high = { kind = "yes-no", cut_of = "x", cut_at = 7.5, limit = "limit" }
log2_x_at_limit = { kind = "number", log2_of = "x", limit = "limit", below_as = "limit" }
[[estimates]]
id = "km-plain"
method = "kaplan-meier"
time = "time"
event = "event"
by = "arm"
interval = "plain"
level = 0.9
at = [5, 20]
restricted_to = 15
[[estimates]]
id = "km-entry"
method = "kaplan-meier"
time = "time"
event = "event"
entry = "entry"
interval = "log"
at = [10]
[[estimates]]
id = "km-landmark"
method = "kaplan-meier"
time = "time"
event = "event"
switch = "switch"
landmark = 5
[[estimates]]
id = "log-rank"
method = "log-rank"
time = "time"
event = "event"
group = "arm"
[[estimates]]
id = "log-rank-strata"
method = "log-rank"
time = "time"
event = "event"
group = "arm"
strata = "site"
rho = 1
[[estimates]]
id = "log-rank-late"
method = "log-rank"
time = "time"
event = "event"
group = "male"
gamma = 1
[[estimates]]
id = "log-rank-landmark"
method = "log-rank"
time = "time"
event = "event"
switch = "switch"
landmark = 5
[[estimates]]
id = "cox"
method = "cox"
time = "time"
event = "event"
covariates = ["log2_x", "age", "male"]
strata = "site"
missing = "leave-out"
level = 0.9
[[estimates]]
id = "cox-entry"
method = "cox"
time = "time"
event = "event"
entry = "entry"
covariates = ["age"]
transform = "rank"
[[estimates]]
id = "cox-switch"
method = "cox"
time = "time"
event = "event"
covariates = ["age"]
switch = "switch"
transform = "identity"
[[estimates]]
id = "cox-landmark"
method = "cox"
time = "time"
event = "event"
covariates = ["age"]
switch = "switch"
landmark = 4
[[estimates]]
id = "incidence"
method = "cumulative-incidence"
time = "time"
cause = "cause"
by = "arm"
censored = "none"
at = [5, 20, 1000]
interval = "log"
[[estimates]]
id = "gray"
method = "gray"
time = "time"
cause = "cause"
of = "relapse"
censored = "none"
group = "arm"
[[estimates]]
id = "share"
method = "proportion"
outcome = "good"
by = "arm"
pending = "pending"
level = 0.8
[[estimates]]
id = "kappa"
method = "agreement"
first = "first"
second = "second"
[[estimates]]
id = "kappa-squares"
method = "agreement"
first = "first"
second = "second"
weights = "quadratic"
categories = ["low", "middle", "high"]
[[estimates]]
id = "logistic"
method = "logistic"
outcome = "good"
covariates = ["age", "log2_x_at_limit"]
missing = "leave-out"
[[estimates]]
id = "firth"
method = "logistic"
outcome = "good"
covariates = ["age", "male"]
penalty = "firth"
[[estimates]]
id = "roc"
method = "roc"
outcome = "good"
marker = "log2_x"
cases = "higher"
second = "other"
second_cases = "lower"
missing = "leave-out"
bootstraps = 10
[[estimates]]
id = "roc-at-cut"
method = "roc"
outcome = "good"
marker = "log2_x"
cases = "lower"
cut = 3
missing = "leave-out"
bootstraps = 5
level = 0.9
[[estimates]]
id = "roc-at-no-cut"
method = "roc"
outcome = "good"
marker = "log2_x"
cases = "higher"
cut = 0.5
missing = "leave-out"
[[estimates]]
id = "km-high"
method = "kaplan-meier"
time = "time"
event = "event"
by = "high"
missing = "leave-out"
[[estimates]]
id = "cox-high"
method = "cox"
time = "time"
event = "event"
covariates = ["high", "age"]
missing = "leave-out"
[[estimates]]
id = "cut"
method = "cutpoint"
time = "time"
event = "event"
marker = "other"
[[estimates]]
id = "means"
method = "censored-means"
value = "x"
limit = "limit"
by = "arm"
missing = "leave-out"
[[estimates]]
id = "spline"
method = "spline"
outcome = "good"
marker = "other"
"""


def made(subjects: int = 150) -> Table:
    """A seeded table with ties, a missing value here and there, and values beyond limits."""
    dice = np.random.default_rng(6486350)
    time = dice.integers(1, 31, subjects).astype(float)
    cause = dice.choice(["none", "relapse", "death"], subjects)
    limit = dice.choice(["exact", "exact", "exact", "below", "above"], subjects)
    exact = (2.0 ** dice.normal(3, 1, subjects)).round(2)
    measured = np.select([limit == "below", limit == "above"], [2.0, 64.0], exact)
    first = dice.choice(["low", "middle", "high"], subjects)
    columns: dict[str, list[Value]] = {
        "id": [f"S-{place:03}" for place in range(subjects)],
        "time": time.tolist(),
        "entry": np.minimum(dice.integers(0, 4, subjects), time - 1).tolist(),
        "event": (cause != "none").tolist(),
        "cause": cause.tolist(),
        "arm": dice.choice(["A", "B", "C"], subjects).tolist(),
        "site": dice.choice(["north", "south"], subjects).tolist(),
        "male": (dice.random(subjects) < 0.5).tolist(),
        "switch": [None if at > 15 else float(at) for at in dice.integers(0, 30, subjects)],
        "age": dice.normal(60, 10, subjects).round(1).tolist(),
        "x": [None if place % 29 == 0 else float(each) for place, each in enumerate(measured)],
        "limit": limit.tolist(),
        "other": dice.integers(0, 40, subjects).astype(float).tolist(),
        "good": (dice.random(subjects) < 0.4).tolist(),
        "pending": (dice.random(subjects) < 0.1).tolist(),
        "first": first.tolist(),
        "second": np.where(dice.random(subjects) < 0.6, first, np.roll(first, 1)).tolist(),
    }
    return Table(rows=subjects, columns={name: tuple(values) for name, values in columns.items()})


def made_folder(estimates: str | None = None) -> Folder:
    """Of every method, or of these estimates over the same columns."""
    head = EVERY_METHOD.partition("[[estimates]]")[0]
    plan = parse_plan((EVERY_METHOD if estimates is None else head + estimates).encode())
    analyses = Analyses(
        study="MADE-UP",
        endpoint_digest="0" * 64,
        cutoff_on=dt.date(2026, 3, 1),
        look=plan.look,
        results=run(plan, made()),
    )
    return folder(analyses, plan, made(), ORIGIN)


@cache
def simulated() -> tuple[list[EndpointRow], dt.date]:
    """72 subjects of the simulator, at the default cutoff."""
    events = folded(simulate(5, STUDY, 72)).events
    own = {
        subject: [one for one in all_ if not isinstance(one.facts, OversightFacts)] for subject, all_ in events.items()
    }
    timelines = timelines_of({subject: settle(each).in_force() for subject, each in own.items()}, None, STUDY)
    panel = panel_of(timelines, STUDY, None)
    return list(panel.rows.values()), panel.cutoff_on


def study_folder(rows: list[EndpointRow], cutoff_on: dt.date, hidden: tuple[str, ...] = ()) -> Folder:
    plan: Plan = without(PLAN, hidden)
    analyses = analyse(rows, plan, PLAN, STUDY, cutoff_on)
    looked = msgspec.structs.replace(plan, look=analyses.look)
    return folder(
        analyses, looked, study_table(rows, STUDY.endpoints), msgspec.structs.replace(ORIGIN, withheld=hidden)
    )


def written(made: Folder, path: Path) -> Path:
    path.mkdir()
    for name, content in made.files.items():
        (path / name).write_bytes(content)
    return path


def python_script(path: Path) -> subprocess.CompletedProcess[str]:
    """Its own process, away from this tree: `-I` takes neither PYTHONPATH nor the current folder."""
    command = [sys.executable, "-I", str(path / "analysis.py")]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=120, check=False)


def r_script(path: Path) -> subprocess.CompletedProcess[str]:
    command = ["Rscript", "--vanilla", "analysis.R"]
    return subprocess.run(command, cwd=path, capture_output=True, text=True, timeout=120, check=False)
