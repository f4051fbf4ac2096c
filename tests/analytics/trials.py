"""Small trials of drawn patients, their numbers and their rows, and the study's own plan."""

from importlib.resources import files

from analytics.computation import panel_of, timelines_of
from analytics.live import LivePanel
from analytics.plans.plan import parse_plan
from analytics.snapshot import Snapshot
from analytics.study_table import STUDY_COLUMNS
from schemas.rules.endpoints import EndpointRow
from schemas.study import StudyDefinition
from tests.rules.drawn import STUDY, entries, on

DOCUMENT = files("schemas.studies").joinpath("nct06486350.plan.toml").read_bytes()
PLAN = parse_plan(DOCUMENT, STUDY_COLUMNS)

TREATED = "-8 screened, -7 consent, -6 eligible, -5 enrolled, 0 chemo"

# Eight treated, one enrolled and not treated, one not eligible, one waiting, one who did not sign.
DRAWN = {
    "S-001": f"{TREATED}, 28 marrow, 28 CR, 500 alive",
    "S-002": f"{TREATED}, 28 marrow, 28 CRi, 60 CR, 300 relapse, 420 dead",
    "S-003": f"{TREATED}, 28 CRh, 200 lost",
    "S-004": f"{TREATED}, 28 PR, 70 MLFS, 100 withdrew",
    "S-005": f"{TREATED}, 28 marrow, 28 NR, 365 alive",
    "S-006": f"{TREATED}, 12 dead",
    "S-007": "292 screened, 293 consent, 294 eligible, 295 enrolled, 300 chemo, 330 PR, 500 alive",
    "S-008": "392 screened, 393 consent, 394 eligible, 395 enrolled, 400 chemo, 430 MLFS, 500 alive",
    "S-009": "394 screened, 395 consent, 396 eligible, 397 enrolled",
    "S-010": "400 screened, 401 consent, 402 eligible, 403 fails-E2, 403 fails-E5",
    "S-011": "400 screened, 401 consent, 402 eligible",
    "S-012": "400 screened, 402 eligible, 403 open-E4",
}

EDGES: dict[str, tuple[dict[str, str], int]] = {
    "nobody at all": ({}, 500),
    "nobody enrolled": ({"S-001": "-8 screened"}, 500),
    "one enrolled": ({"S-001": "0 enrolled"}, 500),
    "one treated": ({"S-001": TREATED}, 500),
    "nobody assessed": ({f"S-{n:03}": TREATED for n in range(1, 6)}, 500),
    "no events": ({f"S-{n:03}": f"{TREATED}, 28 CR, 490 alive" for n in range(1, 6)}, 500),
    "all dead": ({f"S-{n:03}": f"{TREATED}, {n * 9} dead" for n in range(1, 6)}, 500),
    "times of zero": ({"S-001": "0 enrolled, 0 dead", "S-002": "0 enrolled"}, 500),
    "one group empty": ({f"S-{n:03}": f"{TREATED}, 28 NR, 490 alive" for n in range(1, 6)}, 500),
    "a cutoff before the first enrolment": (DRAWN, -100),
}
"""Trials in which something is empty or all the same, with the cutoff in days from day 0."""


def snapshot(histories: dict[str, str], cutoff: int | None, study: StudyDefinition = STUDY) -> Snapshot:
    """The numbers at an explicit cutoff in days from day 0, or at the default one."""
    return _panel(histories, cutoff, study).snapshot()


def endpoint_rows(histories: dict[str, str], cutoff: int | None, study: StudyDefinition = STUDY) -> list[EndpointRow]:
    """The rows at the same cutoffs, by subject."""
    rows = _panel(histories, cutoff, study).rows
    return [rows[subject] for subject in sorted(rows)]


def _panel(histories: dict[str, str], cutoff: int | None, study: StudyDefinition) -> LivePanel:
    explicit_on = None if cutoff is None else on(cutoff)
    drawn = {subject: entries(history, subject) for subject, history in histories.items()}
    return panel_of(timelines_of(drawn, explicit_on, study), study, explicit_on)
