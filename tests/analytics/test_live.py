"""The panel moved entry by entry equals the one filled at once, and lifelines fitted anew, in any order of arrival."""

import datetime as dt
import itertools
import random

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from analytics.computation import panel_of, timelines_of
from analytics.live import LivePanel
from analytics.snapshot import encode_snapshot
from schemas.events.event import Event
from schemas.rules.endpoints import endpoint_digest, endpoint_of
from schemas.rules.lasting import next_change_on
from schemas.rules.timeline import timeline_of
from schemas.settlement import settle
from schemas.study import StudyDefinition
from tests.analytics.ledgers import corrected, voided
from tests.analytics.trials import DRAWN, TREATED
from tests.rules.drawn import STUDY, entries, events, on

CHEMOTHERAPY = msgspec.structs.replace(
    STUDY, endpoints=msgspec.structs.replace(STUDY.endpoints, survival_origin="chemotherapy")
)


def everything() -> list[Event]:
    """The drawn trial, with corrections, a correction of a correction, and voids of entries and of corrections."""
    said = [event for subject, history in DRAWN.items() for event in events(history, subject)]
    by_id = {event.id: event for event in said}
    cr = next(event for event in said if event.id.endswith("-CR"))
    dead = next(event for event in said if event.id.endswith("-dead"))
    lost = next(event for event in said if event.id.endswith("-lost"))
    enrolled = next(event for event in said if event.id.endswith("-enrolled"))
    said += [corrected(cr, category="PR"), voided(corrected(cr)), voided(dead), voided(lost), voided(enrolled)]
    assert len(by_id) + 5 == len(said)
    return said


EVERYTHING = everything()


def told(panel: LivePanel, so_far: dict[str, list[Event]], event: Event, study: StudyDefinition) -> None:
    assert event.subject is not None
    so_far.setdefault(event.subject, []).append(event)
    in_force = {event.subject: settle(so_far[event.subject]).in_force()}
    panel.take(timelines_of(in_force, None, study))


def at_once(so_far: dict[str, list[Event]], study: StudyDefinition) -> bytes:
    in_force = {subject: settle(theirs).in_force() for subject, theirs in so_far.items()}
    return encode_snapshot(panel_of(timelines_of(in_force, None, study), study, None).snapshot())


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), study=st.sampled_from([STUDY, CHEMOTHERAPY]))
def test_moved_entry_by_entry_in_any_order_it_equals_the_one_filled_at_once(seed: int, study: StudyDefinition) -> None:
    arriving = random.Random(seed).sample(EVERYTHING, len(EVERYTHING))
    panel, so_far = LivePanel(study, None), dict[str, list[Event]]()
    for place, event in enumerate(arriving):
        told(panel, so_far, event, study)
        if place % 9 == seed % 9 or place == len(arriving) - 1:
            assert encode_snapshot(panel.snapshot()) == at_once(so_far, study)


def test_a_subject_that_is_gone_leaves_nothing_behind() -> None:
    panel, without = LivePanel(STUDY, None), LivePanel(STUDY, None)
    drawn = {subject: entries(history, subject) for subject, history in DRAWN.items()}
    timelines = timelines_of(drawn, None, STUDY)
    panel.take(timelines)
    panel.take({}, ["S-002", "S-008"])
    without.take({subject: each for subject, each in timelines.items() if subject not in ("S-002", "S-008")})
    assert encode_snapshot(panel.snapshot()) == encode_snapshot(without.snapshot())


@pytest.mark.parametrize("history", [*DRAWN.values(), "0 enrolled", "0 chemo, 1 marrow", f"{TREATED}, 3 alive"])
def test_a_row_holds_until_the_day_that_is_named_and_the_days_that_change_it_are_named(history: str) -> None:
    timeline = timeline_of("S-001", entries(history, "S-001"), None, STUDY)
    first = timeline.latest_on or on(0)
    cutoffs = [first + dt.timedelta(days=day) for day in range(500)]
    holds_until = None
    for before, cutoff_on in itertools.pairwise(cutoffs):
        holds_until = next_change_on(timeline, STUDY, before)
        if holds_until is None or cutoff_on < holds_until:
            assert endpoint_of(timeline, STUDY, cutoff_on) == endpoint_of(timeline, STUDY, before)


def test_the_digest_moved_row_by_row_is_the_digest_of_all_rows() -> None:
    panel, so_far = LivePanel(STUDY, None), dict[str, list[Event]]()
    for event in EVERYTHING:
        told(panel, so_far, event, STUDY)
    assert panel.snapshot().key.endpoint_digest == endpoint_digest(panel.rows.values())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 120), st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_the_curve_moved_subject_by_subject_is_that_of_lifelines(drawn: list[tuple[int, bool, bool]]) -> None:
    """Every subject comes as alive on some day, and one in two is then corrected to what it is in the end."""
    panel = LivePanel(STUDY, None)
    for number, (day, died, twice) in enumerate(drawn):
        subject = f"S-{number:04}"
        if twice:
            panel.take(timelines_of({subject: entries("0 enrolled, 60 alive", subject)}, None, STUDY))
        last = "dead" if died else "alive"
        panel.take(timelines_of({subject: entries(f"0 enrolled, {day} {last}", subject)}, None, STUDY))
    curve = panel.snapshot().survival.curve
    fitter = KaplanMeierFitter().fit([day for day, _, _ in drawn], [died for _, died, _ in drawn])
    wanted = fitter.survival_function_at_times(list(curve.days)).to_numpy()
    assert np.allclose(curve.survival, wanted, rtol=0, atol=1e-9)
    limits = fitter.confidence_interval_.loc[list(curve.days)].to_numpy()
    for place, (low, high) in enumerate(zip(curve.lower, curve.upper, strict=True)):
        if low is not None and high is not None:
            assert (low, high) == pytest.approx(tuple(limits[place]), abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_a_median_follow_up_that_is_kept_is_the_one_that_would_be_found_anew(seed: int) -> None:
    """Contacts come, are taken back, and come later: before, between and after the days of the median's limits."""
    dice, panel = random.Random(seed), LivePanel(STUDY, None)
    timelines = timelines_of({f"S-{n:03}": entries(f"0 enrolled, {9 * n + 9} alive") for n in range(40)}, None, STUDY)
    panel.take(timelines)
    told_of = panel.snapshot().survival.follow_up
    assert (told_of.value, told_of.lower is None, told_of.upper is None) == (184.5, False, False)
    for _ in range(40):
        subject = f"S-{dice.randrange(40):03}"
        history = f"0 enrolled, {dice.randint(1, 400)} {dice.choice(('alive', 'alive', 'dead'))}"
        changed = timelines_of({subject: entries(history, subject)}, None, STUDY)
        panel.take(changed, [subject] if dice.random() < 0.2 and subject in panel.rows else ())
        timelines |= changed
        assert encode_snapshot(panel.snapshot()) == encode_snapshot(panel_of(timelines, STUDY, None).snapshot())


@pytest.mark.parametrize(("alive", "dead"), [(1_024, 1_023), (1_500, 40), (40, 1_500), (9_000, 3)])
def test_years_of_follow_up_are_counted_whoever_was_followed_longest(alive: int, dead: int) -> None:
    panel = LivePanel(STUDY, None)
    drawn = {"S-001": entries(f"0 enrolled, {alive} alive"), "S-002": entries(f"0 enrolled, {dead} dead", "S-002")}
    panel.take(timelines_of(drawn, None, STUDY))
    survival = panel.snapshot().survival
    assert (survival.subjects, survival.deaths) == (2, int(dead <= 730))
    # The reverse curve: one follow-up seen, which ends at its day; a later death was followed at least so long.
    assert survival.follow_up.value == alive
