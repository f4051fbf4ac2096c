"""Who is in the full set, how far everybody came, early death, and what names a set of rows."""

import random
from hashlib import sha256

import msgspec
import pytest

from schemas.eligibility import Eligibility
from schemas.rules.counted_sets import membership_of
from schemas.rules.early_death import Vital
from schemas.rules.endpoint_digest import RowDigests
from schemas.rules.endpoints import endpoint_digest, endpoint_of
from schemas.rules.timeline import timeline_of
from schemas.settlement import settle
from tests.rules.candidates import READY, events, study
from tests.rules.drawn import IN_FULL_SET, STUDY, on, row, timeline

UNTREATED = f"-9 screened, {READY}, -9 born-1960, 0 enrolled"


class SmallRow(msgspec.Struct):
    subject: str
    number: int


@pytest.mark.parametrize(
    ("history", "cutoff", "outside"),
    [
        (IN_FULL_SET, 0, ()),
        (IN_FULL_SET, -1, ("chemotherapy-not-begun",)),
        ("-8 screened, -7 consent, -6 eligible, -5 enrolled", 400, ("chemotherapy-not-begun",)),
        ("-8 screened, -6 eligible, 0 chemo", 400, ("not-enrolled",)),
        ("-8 screened, -7 consent, -5 enrolled, 0 chemo", 400, ("eligibility-open",)),
        ("-8 screened, -7 consent, -6 eligible, -5 enrolled, -4 fails-E2, 0 chemo", 400, ("not-eligible",)),
        ("-8 screened, -7 consent, -6 eligible, -5 enrolled, -4 open-I1, 0 chemo", 400, ("eligibility-open",)),
        ("-8 screened, -6 eligible, -5 fails-E2", 400, ("not-enrolled", "not-eligible", "chemotherapy-not-begun")),
        (f"{IN_FULL_SET}, 9 withdrew", 400, ()),
        (f"{IN_FULL_SET}, 9 dead", 400, ()),
        (f"{IN_FULL_SET}, 9 fails-E6", 8, ()),
    ],
    ids=[
        "enrolled, eligible and chemotherapy begun",
        "chemotherapy begins after the cutoff",
        "no chemotherapy",
        "not enrolled",
        "criteria not answered",
        "a criterion fails",
        "a criterion is unknown",
        "all reasons in their order",
        "withdrawal after enrolment does not undo eligibility",
        "death does not undo membership",
        "an answer after the cutoff is ignored",
    ],
)
def test_full_set(history: str, cutoff: int, outside: tuple[str, ...]) -> None:
    membership = row(history, cutoff).membership
    assert tuple(reason.value for reason in membership.outside) == outside
    assert membership.in_full_set is not bool(outside)


@pytest.mark.parametrize(
    ("history", "full", "evaluable", "safety"),
    [
        pytest.param("-7 consent, -6 eligible, -5 enrolled, 0 chemo, 20 marrow", (), (), (), id="in all three"),
        pytest.param(
            "-7 consent, -6 eligible, -5 enrolled, 0 chemo", (), ("no-adequate-marrow",), (), id="no marrow yet"
        ),
        pytest.param(
            "-6 eligible, -5 enrolled, 0 chemo, 20 marrow",
            ("no-consent-at-enrolment",),
            ("no-consent-at-enrolment",),
            (),
            id="no consent",
        ),
        pytest.param(
            "-6 eligible, -5 enrolled, -4 consent, 0 chemo, 20 marrow",
            ("no-consent-at-enrolment",),
            ("no-consent-at-enrolment",),
            (),
            id="consented after enrolment",
        ),
        pytest.param(
            "-7 consent, -6 eligible, -5 fails-E1, -5 enrolled, 0 chemo, 20 marrow",
            ("not-eligible",),
            ("not-eligible",),
            (),
            id="not eligible",
        ),
        pytest.param(
            "-7 consent, -6 eligible, -5 ps-4, -5 enrolled, 0 chemo, 20 marrow",
            ("not-eligible",),
            ("not-eligible",),
            (),
            id="not eligible by a fact, whatever was answered",
        ),
        pytest.param(
            "-7 consent, -6 eligible, -5 open-E1, -5 enrolled, 0 chemo, 20 marrow",
            ("eligibility-open",),
            ("eligibility-open",),
            (),
            id="eligibility open",
        ),
        pytest.param(
            "-7 consent, -6 open-E1, -5 enrolled, 0 chemo, 20 marrow, 30 eligible",
            (),
            (),
            (),
            id="eligible by answers after enrolment",
        ),
        pytest.param(
            "-7 consent, -6 eligible, -5 enrolled, 0 chemo, 9 takes-back, 9 fails-E6, 20 marrow",
            (),
            (),
            (),
            id="participation taken back after enrolment",
        ),
        pytest.param(
            "-7 consent, -6 eligible, -5 enrolled, -4 undone, 0 chemo, 20 marrow",
            ("not-enrolled",),
            ("not-enrolled",),
            ("not-enrolled",),
            id="enrolment undone",
        ),
        pytest.param(
            "-7 consent, -6 eligible, -5 enrolled, -4 undone, -3 enrolled, 0 chemo, 20 marrow",
            (),
            (),
            (),
            id="enrolled again",
        ),
        pytest.param(
            "-7 consent, -6 eligible, -5 enrolled",
            ("chemotherapy-not-begun",),
            ("chemotherapy-not-begun", "no-adequate-marrow"),
            ("chemotherapy-not-begun",),
            id="not treated",
        ),
        pytest.param(
            "-9 alive",
            ("not-enrolled", "eligibility-open", "chemotherapy-not-begun"),
            ("not-enrolled", "eligibility-open", "chemotherapy-not-begun", "no-adequate-marrow"),
            ("not-enrolled", "chemotherapy-not-begun"),
            id="nothing reached: a missing consent is no reason before enrolment",
        ),
    ],
)
def test_what_each_set_demands(
    history: str, full: tuple[str, ...], evaluable: tuple[str, ...], safety: tuple[str, ...]
) -> None:
    entries = settle(events(history)).in_force()
    found = membership_of(timeline_of("S-001", entries, on(400), STUDY), STUDY)
    assert (found.outside, found.outside_evaluable, found.outside_safety) == (full, evaluable, safety)
    assert (found.in_full_set, found.in_evaluable_set, found.in_safety_set) == (not full, not evaluable, not safety)


@pytest.mark.parametrize(
    ("history", "consented"),
    [
        pytest.param("-7 consent", True, id="signed, and not enrolled yet"),
        pytest.param("-7 consent, -6 takes-back", False, id="taken back before enrolment"),
        pytest.param("-7 consent, -5 enrolled, -4 takes-back", True, id="taken back after enrolment"),
        pytest.param("-5 enrolled, -4 consent", False, id="signed after enrolment"),
    ],
)
def test_who_has_consented(history: str, consented: bool) -> None:
    entries = settle(events(history)).in_force()
    assert membership_of(timeline_of("S-001", entries, None, STUDY), STUDY).consented is consented


def test_membership_names_failed_and_open_criteria() -> None:
    membership = row("-8 screened, -6 eligible, -5 fails-E2, -5 fails-I1, -5 open-E5", 400).membership
    assert membership.eligibility is Eligibility.NOT_ELIGIBLE
    assert (membership.failed, membership.open) == (("I1", "E2"), ("E5",))


def test_a_consent_that_the_subject_did_not_sign_is_none() -> None:
    assert row("-8 consent", 0).membership.consented
    assert not row("-8 family-only", 0).membership.consented


@pytest.mark.parametrize(
    ("history", "assessed"),
    [
        ("20 marrow", 20),
        ("1 marrow", 1),
        ("0 marrow", None),
        ("-9 marrow", None),
        ("20 dilute", None),
        ("20 unreadable", None),
        ("20 unreadable, 27 marrow", 27),
        ("20 NR", 20),
        ("20 NE", None),
        ("20 relapse", None),
        ("500 marrow", None),
    ],
    ids=[
        "an adequate marrow",
        "the day after day 0 is after it",
        "a marrow of day 0 is the pretreatment one",
        "a marrow before day 0",
        "a dilute marrow is not adequate",
        "an unreadable marrow is not adequate",
        "the first adequate one counts",
        "an assessed category says that there was a marrow",
        "NE says that there was none",
        "relapse may show in the blood alone",
        "a marrow after the cutoff is ignored",
    ],
)
def test_evaluable(history: str, assessed: int | None) -> None:
    expected = None if assessed is None else on(assessed)
    assert row(f"{IN_FULL_SET}, {history}", 400).membership.assessed_on == expected


D, A, U, NR = Vital.DIED, Vital.ALIVE, Vital.UNKNOWN, Vital.NOT_REACHED


@pytest.mark.parametrize(
    ("history", "cutoff", "early", "vital"),
    [
        ("10 dead", 100, True, (D, D)),
        ("30 dead", 100, True, (D, D)),
        ("31 dead", 100, True, (A, D)),
        ("60 dead", 100, True, (A, D)),
        ("61 dead", 100, True, (A, A)),
        ("20 marrow, 25 dead", 100, False, (D, D)),
        ("20 dilute, 25 dead", 100, True, (D, D)),
        ("20 dead, 25 marrow", 100, True, (D, D)),
        ("25 marrow, 25 dead", 100, False, (D, D)),
        ("200 alive", 400, False, (A, A)),
        ("30 alive", 400, False, (A, U)),
        ("29 alive", 400, False, (U, U)),
        ("5 alive", 29, False, (NR, NR)),
        ("5 alive", 30, False, (U, NR)),
        ("10 dead", 20, True, (D, D)),
    ],
)
def test_early_death_and_mortality(history: str, cutoff: int, early: bool, vital: tuple[Vital, Vital]) -> None:
    found = row(f"{IN_FULL_SET}, {history}", cutoff).early_death
    assert found is not None
    assert (found.early_death, found.by_day) == (early, vital)


def test_a_mortality_day_is_over_from_that_day_on() -> None:
    over = [row(IN_FULL_SET, cutoff).early_death.over for cutoff in (29, 30, 59, 60)]  # type: ignore[union-attr]
    assert over == [(False, False), (True, False), (True, False), (True, True)]


def test_a_timeline_that_is_cut_elsewhere_is_refused() -> None:
    with pytest.raises(AssertionError, match="cut at another date"):
        endpoint_of(timeline(f"{IN_FULL_SET}, 200 CR", None), STUDY, on(100))


def test_the_digest_of_many_rows_is_the_one_that_is_described_byte_for_byte() -> None:
    """So many that buckets are shared: put in any order, one row in place of another, and some taken out."""
    subjects = [f"S-{number:04}" for number in range(700)]
    digests, dice = RowDigests(7), random.Random(1)
    for subject in dice.sample(subjects, len(subjects)):
        digests.put(subject, SmallRow(subject, 1))
    for subject in dice.sample(subjects, 300):
        digests.put(subject, SmallRow(subject, 2))
        digests.put(subject, SmallRow(subject, 1))
    for subject in dice.sample(subjects, 100):
        digests.remove(subject)
        subjects.remove(subject)
    buckets: list[list[bytes]] = [[] for _ in range(256)]
    for subject in subjects:
        first = sha256(subject.encode()).digest()[0]
        buckets[first].append(sha256(b'{"subject":"%s","number":1}' % subject.encode()).digest())
    assert any(len(rows) > 1 for rows in buckets)
    assert (
        digests.digest() == sha256(b"7\n" + b"".join(sha256(b"".join(rows)).digest() for rows in buckets)).hexdigest()
    )


def test_the_digest_names_the_set_of_rows_whatever_their_order() -> None:
    rows = [row(f"{IN_FULL_SET}, {number} CR", 400, f"S-{number:03}") for number in range(1, 9)]
    expected = endpoint_digest(rows)
    for seed in range(5):
        assert endpoint_digest(random.Random(seed).sample(rows, len(rows))) == expected
    assert endpoint_digest(rows[1:]) != expected
    assert endpoint_digest([*rows[1:], row(f"{IN_FULL_SET}, 2 CR", 400, "S-001")]) != expected


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param("60 screened", id="screened late, which is then the day of reference"),
        pytest.param("-6 fails-E2", id="an answer"),
        pytest.param("-6 form-2", id="a consent"),
        pytest.param("-3 takes-back", id="a withdrawal before enrolment"),
        pytest.param("-9 born-2020", id="demographics, by which the floor of age is not reached"),
        pytest.param("-7 ps-4", id="a performance status"),
        pytest.param("-7 operated:-21", id="an operation"),
        pytest.param("-2 enrolled", id="an earlier enrolment"),
        pytest.param("3 undone", id="an enrolment undone"),
        pytest.param("-3 withdrew", id="left before enrolment"),
        pytest.param("20 marrow", id="an adequate marrow"),
        pytest.param("20 dead", id="death"),
        pytest.param("0 chemo", id="an earlier chemotherapy"),
        pytest.param("20 alive", id="nothing that is counted"),
    ],
)
@pytest.mark.parametrize(
    "history",
    [
        pytest.param(f"{UNTREATED}, 2 chemo, 30 CR", id="a responder"),
        pytest.param(f"{UNTREATED}, 5 takes-back", id="enrolled, and back out"),
        pytest.param("-9 answered, -9 born-1960, -8 ps-1, -8 operated:-10, -7 consent", id="operated not long ago"),
        pytest.param("-9 fails-E2", id="not eligible"),
    ],
)
def test_a_row_moved_from_an_earlier_one_is_the_row_judged_anew(history: str, fact: str) -> None:
    floor, cutoff_on = study(age_min_years=18), on(400)
    first, then = (
        timeline_of("S-001", settle(events(facts)).in_force(), None, floor) for facts in (history, f"{history}, {fact}")
    )
    for before, after in ((first, then), (then, first), (first, first)):
        earlier = endpoint_of(before, floor, on(100))
        assert endpoint_of(after, floor, cutoff_on, (before, earlier)) == endpoint_of(after, floor, cutoff_on)
