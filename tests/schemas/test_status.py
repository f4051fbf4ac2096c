"""The status of drawn subjects, and what eligibility makes of answers."""

from pathlib import Path

import pytest

import schemas.studies
from schemas import events as ev
from schemas.consent import consent_on
from schemas.eligibility import Eligibility, judge
from schemas.events.enrollment import Answer, ConsentScope, Intensity
from schemas.events.event import Event
from schemas.events.followup import Category, Cause, Certainty, EndReason
from schemas.status import Status, current, statuses
from schemas.study import StudyError, parse_study
from schemas.subject import fold
from tests.schemas.controls import event

TOML = (Path(schemas.studies.__path__[0]) / "nct06486350.toml").read_bytes()
STUDY = parse_study(TOML)

SCREENED = event("s", ev.ScreeningStarted(site="F"), happened="2024-01-01")
ENROLLED = event("n", ev.SubjectEnrolled(site="F"), happened="2024-01-05")
TREATED = event(
    "t", ev.ChemotherapyBegun(course=1, regimen="DA 3+7", intensity=Intensity.INTENSIVE), happened="2024-01-06"
)


def answers(**instead: Answer) -> list[Event]:
    """All nine answered so that the subject is eligible, but for those given."""
    good = {c.id: Answer.MET if c.includes else Answer.NOT_MET for c in STUDY.criteria}
    return [
        event(f"crit-{id_}", ev.CriterionAssessed(criterion=id_, answer=answer), happened="2024-01-03")
        for id_, answer in {**good, **instead}.items()
    ]


def response(date: str, category: Category) -> Event:
    return event(f"r-{date}", ev.ResponseAssessed(category=category, rule_set="ELN2022"), happened=date)


def lost(date: str) -> Event:
    return event("l", ev.SubjectLost(attempts=3), happened=date)


def alive(date: str) -> Event:
    return event(f"a-{date}", ev.ContactedAlive(means="telephone"), happened=date)


DIED = event("d", ev.SubjectDied(cause=Cause.LEUKAEMIA, certainty=Certainty.DOCUMENTED), happened="2024-09-01")
WITHDREW = event("w", ev.SubjectWithdrew(follow_up_allowed=True), happened="2024-08-01")
UNDONE = event("u", ev.EnrolmentUndone(why="found ineligible"), happened="2024-01-09")
TAKEN_BACK = event("b", ev.ConsentWithdrawn(scope=(ConsentScope.PARTICIPATION,)), happened="2024-01-04")
ENDED = event("x", ev.StudyEnded(why=EndReason.COMPLETED), happened="2024-10-01")
ON_TREATMENT = [SCREENED, *answers(), ENROLLED, TREATED]


@pytest.mark.parametrize(
    ("history", "status", "on", "entry"),
    [
        pytest.param([SCREENED], Status.SCREENED, "2024-01-01", "s", id="screened"),
        pytest.param([SCREENED, *answers()], Status.ELIGIBLE, "2024-01-03", "crit-I3", id="all nine as they should be"),
        pytest.param([SCREENED, *answers(E2=Answer.UNKNOWN)], Status.SCREENED, "2024-01-01", "s", id="unknown is open"),
        pytest.param([SCREENED, *answers(E2=Answer.MET)], Status.SCREENED, "2024-01-01", "s", id="an exclusion met"),
        pytest.param([SCREENED, *answers(), ENROLLED], Status.ENROLLED, "2024-01-05", "n", id="enrolled"),
        pytest.param(ON_TREATMENT, Status.ON_TREATMENT, "2024-01-06", "t", id="on treatment"),
        pytest.param(
            [*ON_TREATMENT, response("2024-02-10", Category.CRI), response("2024-03-10", Category.CR)],
            Status.IN_REMISSION,
            "2024-02-10",
            "r-2024-02-10",
            id="in remission since the first of CR, CRh, CRi",
        ),
        pytest.param(
            [*ON_TREATMENT, response("2024-02-10", Category.RELAPSE)],
            Status.ON_TREATMENT,
            "2024-01-06",
            "t",
            id="a relapse needs an earlier remission",
        ),
        pytest.param(
            [*ON_TREATMENT, response("2024-02-10", Category.CR), response("2024-06-10", Category.RELAPSE)],
            Status.RELAPSED,
            "2024-06-10",
            "r-2024-06-10",
            id="relapsed",
        ),
        pytest.param([*ON_TREATMENT, lost("2024-07-01")], Status.LOST, "2024-07-01", "l", id="lost"),
        pytest.param(
            [*ON_TREATMENT, lost("2024-07-01"), alive("2024-07-02")],
            Status.ON_TREATMENT,
            "2024-01-06",
            "t",
            id="a later contact ends a loss",
        ),
        pytest.param([*ON_TREATMENT, WITHDREW, ENDED], Status.WITHDRAWN, "2024-08-01", "w", id="withdrawn"),
        pytest.param([*ON_TREATMENT, ENDED], Status.OFF_STUDY, "2024-10-01", "x", id="off study"),
        pytest.param([*ON_TREATMENT, WITHDREW, ENDED, DIED], Status.DEAD, "2024-09-01", "d", id="death is last of all"),
    ],
)
def test_current_status(history: list[Event], status: Status, on: str, entry: str) -> None:
    now = current(fold("S-001", reversed(history)).milestones, STUDY)
    assert now is not None
    assert (now.status, str(now.since.on), now.since.entry) == (status, on, entry)


def again(date: str) -> Event:
    return event("n2", ev.SubjectEnrolled(site="F"), happened=date)


def consented(date: str, **said: object) -> Event:
    signed = {"form_version": "1", "language": "zh", "signed_by_subject": True, "signed_by_family": True, **said}
    return event(f"k-{date}", ev.ConsentSigned(**signed), happened=date)  # type: ignore[arg-type]


CR, RELAPSE = response("2024-02-10", Category.CR), response("2024-06-10", Category.RELAPSE)


@pytest.mark.parametrize(
    ("history", "reached"),
    [
        pytest.param([SCREENED, *answers(), ENROLLED, UNDONE], ["screened", "eligible"], id="back to eligible"),
        pytest.param([SCREENED, ENROLLED, UNDONE], ["screened"], id="back to screened"),
        pytest.param([ENROLLED, UNDONE], [], id="back to nothing"),
        pytest.param(
            [*ON_TREATMENT, CR, RELAPSE, UNDONE], ["screened", "eligible"], id="treatment and response go with it"
        ),
        pytest.param(
            [*ON_TREATMENT, CR, UNDONE, lost("2024-07-01"), ENDED, DIED],
            ["screened", "eligible", "lost", "off-study", "dead"],
            id="loss, end and death stay",
        ),
        pytest.param(
            [*ON_TREATMENT, UNDONE, WITHDREW], ["screened", "withdrawn"], id="withdrawn when not enrolled any more"
        ),
        pytest.param(
            [*ON_TREATMENT, UNDONE, again("2024-01-12")],
            ["screened", "eligible", "enrolled", "on-treatment"],
            id="enrolled again",
        ),
        pytest.param(
            [*ON_TREATMENT, again("2024-01-12")],
            ["screened", "eligible", "enrolled", "on-treatment"],
            id="enrolled twice is enrolled once",
        ),
        pytest.param(
            [SCREENED, TREATED], ["screened", "on-treatment"], id="an enrolment that is not in yet is not undone"
        ),
        pytest.param(
            [SCREENED, *answers(), consented("2024-01-02"), TAKEN_BACK],
            ["screened", "withdrawn"],
            id="withdrawn before enrolment, and so not eligible",
        ),
        pytest.param(
            [SCREENED, *answers(), TAKEN_BACK, consented("2024-01-05"), ENROLLED],
            ["screened", "eligible", "enrolled"],
            id="consented again before enrolment",
        ),
        pytest.param(
            [SCREENED, *answers(), ENROLLED, TAKEN_BACK, consented("2024-01-06", signed_by_subject=False)],
            ["screened", "enrolled", "withdrawn"],
            id="a signature of the family alone renews nothing",
        ),
        pytest.param(
            [
                *(SCREENED, *answers(), ENROLLED, TAKEN_BACK),
                consented("2024-01-06", scope=(ConsentScope.SPECIMEN_STORAGE,)),
            ],
            ["screened", "enrolled", "withdrawn"],
            id="a consent to storage alone renews nothing",
        ),
        pytest.param(
            [
                *ON_TREATMENT,
                WITHDREW,
                event("e6", ev.CriterionAssessed(criterion="E6", answer=Answer.MET), happened="2024-08-01"),
            ],
            ["screened", "eligible", "enrolled", "on-treatment", "withdrawn"],
            id="a withdrawal after enrolment leaves the subject eligible",
        ),
    ],
)
def test_every_status_reached(history: list[Event], reached: list[str]) -> None:
    for order in (history, history[::-1]):
        found = statuses(fold("S-001", order).milestones, STUDY)
        assert [each.status.value for each in found] == reached


def test_a_status_never_gives_way_to_one_of_a_lower_step() -> None:
    dated = [
        *(("d", DIED), ("x", ENDED), ("l", lost("2024-01-01")), ("r", CR)),
        *(("t", TREATED), ("n", ENROLLED), *((each.id, each) for each in answers()), ("s", SCREENED)),
    ]
    backwards = [
        event(id_, each.facts, happened=f"2024-01-{day:02}")  # each step on a day before that of the step below it
        for day, (id_, each) in enumerate(dated, 1)
    ]
    assert [each.status.value for each in statuses(fold("S-001", backwards).milestones, STUDY)] == [
        *("screened", "eligible", "enrolled", "on-treatment", "in-remission"),
        *("lost", "off-study", "dead"),
    ]


def test_the_status_after_an_undoing_names_the_entry_from_before_the_enrolment() -> None:
    now = current(fold("S-001", [*ON_TREATMENT, UNDONE]).milestones, STUDY)
    assert now is not None
    assert (now.status, now.since.entry) == (Status.ELIGIBLE, "crit-I3")


def test_a_subject_nobody_spoke_of_has_no_status() -> None:
    assert current(fold("S-001", []).milestones, STUDY) is None


def test_remission_and_relapse_take_turns() -> None:
    turns = [("2024-02-01", Category.CR), ("2024-03-01", Category.RELAPSE), ("2024-04-01", Category.CR)]
    milestones = fold("S-001", [response(date, category) for date, category in turns]).milestones
    assert [each.status for each in statuses(milestones, STUDY)] == [
        Status.IN_REMISSION,
        Status.RELAPSED,
        Status.IN_REMISSION,
    ]


def test_the_verdict_names_what_failed_and_what_is_open() -> None:
    history = answers(E2=Answer.MET, I2=Answer.NOT_MET, E5=Answer.UNKNOWN)
    verdict = judge(fold("S-001", history).milestones, STUDY)
    assert (verdict.eligibility, verdict.failed, verdict.open) == (Eligibility.NOT_ELIGIBLE, ("I2", "E2"), ("E5",))


@pytest.mark.parametrize(
    ("by_subject", "by_family", "valid"), [(True, False, True), (True, True, True), (False, True, False)]
)
def test_consent_needs_the_subject_and_the_family_only_by_setting(
    by_subject: bool, by_family: bool, valid: bool
) -> None:
    signed = ev.ConsentSigned(form_version="1", language="zh", signed_by_subject=by_subject, signed_by_family=by_family)
    assert (consent_on(fold("S-001", [event("c", signed)]).milestones, STUDY) is not None) is valid


def test_the_study_has_nine_criteria_and_the_target_of_its_record() -> None:
    assert len(STUDY.criteria) == 9
    assert STUDY.target == 72


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'id = "E6"', b'id = "E5"', "criterion E5 is named twice"),
        (b'analyte = "crp"', b'analyte = "cpr"', "code 1988-5 means cpr, which is no analyte"),
        (b'unit = "g/L"', b'unit = "g/L"\nunits = { "g/dL" = "0" }', "the factor of g/dL is not above 0"),
        (b"target = 72", b"target = 0", "target"),
        (b"target = 72", b"target = ", "Invalid value"),
    ],
)
def test_a_study_that_contradicts_itself_is_refused(old: bytes, new: bytes, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        parse_study(TOML.replace(old, new, 1))
