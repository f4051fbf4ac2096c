"""A trial on the way to its target whose statistics were looked at many times, and whose plan was analysed twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import msgspec

from analytics.analyses import Analyses, analyse
from analytics.analysis_store import store_analyses
from analytics.plans.plan import Plan, parse_plan
from analytics.recompute import study_as_of
from analytics.study_table import STUDY_COLUMNS
from projections.knowledge import known_at_head
from tests.monitor.course import half_way
from tests.monitor.serving import Trial
from tests.projections.controls import STUDY
from tests.servers.postgres import Database

_PLAN = parse_plan(files("schemas.studies").joinpath("nct06486350.plan.toml").read_bytes(), STUDY_COLUMNS)

# The plan as it is, but with few resamples: what they come to is shown elsewhere.
PLAN = msgspec.structs.replace(
    _PLAN,
    estimates=tuple(
        msgspec.structs.replace(each, bootstraps=10) if getattr(each, "bootstraps", 0) else each
        for each in _PLAN.estimates
    ),
)

EVENTS_A_LOOK = 160
ANALYSED_AFTER = 4
"""After how many looks the plan is analysed first; and once more at the end."""


@contextmanager
def looked_at(database: Database) -> Iterator[Trial]:
    trial = Trial(database)
    try:
        events = half_way(subjects=26, screened_only=4)
        for look, first in enumerate(range(0, len(events), EVENTS_A_LOOK), 1):
            trial.say(*events[first : first + EVENTS_A_LOOK])
            if look == ANALYSED_AFTER:
                store(trial)
        store(trial)
        yield trial
    finally:
        trial.close()


def store(trial: Trial, plan: Plan = PLAN, own: Plan | None = PLAN) -> Analyses:
    """Analyses everything that is known now, as the job in the background does."""
    with trial.database.connect("trialog_read") as connection:
        known_at = known_at_head(connection)
        now = study_as_of(connection, STUDY, known_at, None)
    analyses = analyse(list(now.rows.values()), plan, own, STUDY, now.cutoff_on)
    with trial.database.connect("trialog_app") as connection:
        store_analyses(connection, analyses, known_at.commit)
    return analyses
