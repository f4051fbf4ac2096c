"""Times, agreement and markers of one drawn trial, each counted by hand from its lines."""

import msgspec
import pytest

from analytics.computation import panel_of, timelines_of
from analytics.estimators.assays import judge_assays
from analytics.estimators.errors import NoEstimate, Reason
from analytics.estimators.kaplan_meier import median
from analytics.estimators.limits import log2_values
from analytics.markers import COLUMNS, marker_frame, missing_markers
from analytics.readings import agreement_of_readings
from analytics.response_times import (
    End,
    duration_of_remission,
    incidence_of_relapse,
    incidence_of_response,
    times_among_responders,
)
from schemas.events.followup import Category
from schemas.events.lab import Bound
from schemas.rules.endpoints import EndpointRow
from tests.analytics.trials import DRAWN, TREATED
from tests.rules.drawn import STUDY, entries, on
from tests.rules.test_baseline_marker import endpoint as endpoint_with
from tests.rules.test_baseline_marker import result
from tests.rules.test_endpoints import LOW_PLATELETS, assessed, counted, marrow
from tests.rules.test_endpoints import endpoint as endpoint_of_treated


def rows(histories: dict[str, str], cutoff: int = 500) -> list[EndpointRow]:
    drawn = {subject: entries(history, subject) for subject, history in histories.items()}
    panel = panel_of(timelines_of(drawn, on(cutoff), STUDY), STUDY, on(cutoff))
    return [panel.rows[subject] for subject in sorted(panel.rows)]


TRIAL = rows(DRAWN)


def test_times_among_responders_are_those_of_five() -> None:
    # S-001 to S-004 on day 28, S-007 thirty days after its day 0.
    found = times_among_responders(TRIAL)
    assert (found.subjects, found.least, found.lower, found.median, found.upper, found.greatest) == (
        5,
        28,
        28,
        28,
        28,
        30,
    )


def test_a_death_before_response_competes_with_it() -> None:
    # Eight: one dies on day 12; of seven four respond on day 28 and one leaves; of two one responds on day 30.
    found = incidence_of_response(TRIAL)
    assert list(zip(found.time, found.at_risk, strict=True)) == [(12, 8), (28, 7), (30, 2)]
    curves = {each.cause: each.incidence for each in found.causes}
    assert curves[End.DEATH] == pytest.approx((1 / 8, 1 / 8, 1 / 8))
    assert curves[End.RESPONSE] == pytest.approx((0, 1 / 2, 1 / 2 + 3 / 16))


def test_a_remission_lasts_until_the_relapse() -> None:
    # S-001 and S-003 were not looked at again; S-002 relapses on day 300, 272 days after its CRi.
    curve = duration_of_remission(TRIAL)
    assert (curve.time, curve.at_risk, curve.events) == ((0, 272), (3, 1), (0, 1))
    assert median(curve).value == 272
    (relapse,) = incidence_of_relapse(TRIAL).causes
    assert (relapse.cause, relapse.incidence) == (End.RELAPSE, (0, 1))


TRANSPLANTED = {
    "S-001": f"{TREATED}, 28 CR, 100 transplant, 200 relapse",
    "S-002": f"{TREATED}, 28 CR, 150 dead",
    "S-003": f"{TREATED}, 28 CR, 200 transplant, 200 relapse",
}


def test_a_transplant_censors_as_a_sensitivity_only() -> None:
    found = duration_of_remission(rows(TRANSPLANTED))
    assert (found.time, found.events, found.censored) == ((122, 172), (1, 2), (0, 0))
    sensitivity = duration_of_remission(rows(TRANSPLANTED), censored_at_transplant=True)
    # A transplant on the day of the relapse came with it and does not hide it.
    assert (sensitivity.time, sensitivity.events, sensitivity.censored) == ((72, 122, 172), (0, 1, 1), (1, 0, 0))


def test_a_death_in_remission_competes_with_relapse() -> None:
    curves = {each.cause: each.incidence for each in incidence_of_relapse(rows(TRANSPLANTED)).causes}
    assert curves[End.DEATH] == pytest.approx((1 / 3, 1 / 3))
    assert curves[End.RELAPSE] == pytest.approx((0, 2 / 3))


NOBODY = rows({})
ONE_WAITING = rows({"S-001": TREATED})


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (lambda: times_among_responders(NOBODY), Reason.NOBODY),
        (lambda: incidence_of_response(NOBODY), Reason.NOBODY),
        (lambda: duration_of_remission(NOBODY), Reason.NOBODY),
        (lambda: incidence_of_relapse(NOBODY), Reason.NOBODY),
        (lambda: agreement_of_readings(NOBODY), Reason.NOBODY),
        (lambda: times_among_responders(ONE_WAITING), Reason.NOBODY),
        (lambda: incidence_of_response(ONE_WAITING), Reason.NO_EVENTS),
        (lambda: duration_of_remission(ONE_WAITING), Reason.NOBODY),
        (lambda: incidence_of_relapse(rows({"S-001": f"{TREATED}, 28 CR"})), Reason.NO_EVENTS),
    ],
    ids=[
        "nobody responded",
        "nobody enrolled",
        "nobody in remission",
        "nobody to relapse",
        "nobody read twice",
        "one not assessed: no responder",
        "one not assessed: neither response nor death",
        "one not assessed: no remission",
        "one in remission: neither relapse nor death",
    ],
)
def test_what_is_not_there_yet_is_refused_in_a_sentence(asked, reason: Reason) -> None:
    with pytest.raises(NoEstimate) as refused:
        asked()
    assert refused.value.reason is reason
    assert str(refused.value).endswith(".")


def _named(subject: str, row: EndpointRow) -> EndpointRow:
    return msgspec.structs.replace(row, subject=subject)


def test_agreement_names_the_subjects_whose_readings_differ() -> None:
    agreeing = [marrow(-3, "60"), marrow(28, "2"), *counted(28, "1.5", "100"), assessed(28, Category.CR)]
    two = [
        _named("S-001", endpoint_of_treated(*LOW_PLATELETS)),
        _named("S-002", endpoint_of_treated(*agreeing)),
        _named("S-003", endpoint_of_treated(marrow(-3, "60"), cutoff=100)),
    ]
    found = agreement_of_readings(two)
    # A CR against a CRh, and a CR against a CR: half agree, as many as by chance. The third has no reading yet.
    assert (found.kappa.observed, found.kappa.expected, found.kappa.value) == (0.5, 0.5, 0.0)
    assert (found.kappa.subjects, found.differ, found.one_only) == (2, ("S-001",), 1)


def test_the_markers_of_the_full_set_are_columns_for_the_estimators() -> None:
    found = marker_frame(
        [
            _named("S-002", endpoint_with(result(-3, "1.2", lower="1.5"))),
            _named("S-001", endpoint_with(result(-3, "12.5"))),
            _named("S-003", endpoint_with(result(-3, "5000", bound=Bound.GREATER))),
            _named("S-004", endpoint_with()),
        ]
    )
    assert tuple(found.columns) == COLUMNS
    assert found["subject"].tolist() == ["S-001", "S-002", "S-003"]
    assert found["limit"].tolist() == ["exact", "below", "above"]
    values = log2_values(found["value"], found["limit"])
    assert values.values == pytest.approx((3.6438561898, -0.4150374993, 12.2877123795))  # log2 of 12.5, 0.75, 5000
    assert judge_assays({"platform": found["platform"], "matrix": found["matrix"]}).assays[0].subjects == 3


def test_missing_markers_are_counted_by_reason_and_outcome() -> None:
    found = missing_markers(
        [
            _named("S-001", endpoint_with(result(-3))),
            _named("S-002", endpoint_with()),
            _named("S-003", endpoint_with(result(-20), assessed(28, Category.CR))),
            _named("S-004", endpoint_with(chemo=None)),
        ]
    )
    assert (found.members, found.missing) == (3, 2)
    assert found.by_reason == {"no-specimen": 1, "outside-window": 1}
    assert found.by_outcome == {"responder": 1, "non-responder": 0, "pending": 1}
