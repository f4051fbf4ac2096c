"""What a plan's survival estimates say of published data, and how a group that is known later is dealt with."""

import lifelines.datasets
import pytest

from analytics.plans.results import Result
from tests.plans.tables import answered, leukaemia, made

TIMED = 'time = "time"\nevent = "status"\n'


def test_the_curves_of_the_leukaemia_data_are_r_s() -> None:
    """survival 3.5-3, survfit(Surv(time, status) ~ x, leukemia, conf.type = "log-log")."""
    result = leukaemia(f'id = "os"\nmethod = "kaplan-meier"\n{TIMED}by = "arm"\nat = [24]')
    maintained, nonmaintained = answered(result)["groups"]
    assert (maintained["median"]["value"], maintained["median"]["lower"], maintained["median"]["upper"]) == (
        31,
        13,
        None,
    )
    assert (nonmaintained["median"]["value"], nonmaintained["median"]["upper"]) == (23, 33)
    assert maintained["at"]["24"]["value"] == pytest.approx(0.6136, abs=5e-5)
    assert maintained["at"]["24"]["lower"] == pytest.approx(0.26575, abs=5e-6)
    assert nonmaintained["at"]["24"]["upper"] == pytest.approx(0.72967, abs=5e-6)


def test_the_log_rank_test_of_the_leukaemia_data_is_r_s() -> None:
    result = leukaemia(f'id = "lr"\nmethod = "log-rank"\n{TIMED}group = "arm"')
    assert answered(result)["test"]["statistic"] == pytest.approx(3.3963887, rel=1e-7)


def test_the_regression_of_the_leukaemia_data_is_r_s() -> None:
    result = leukaemia(f'id = "hr"\nmethod = "cox"\n{TIMED}covariates = ["nonmaintained"]')
    (coefficient,) = answered(result)["fit"]["coefficients"]
    assert coefficient["coefficient"] == pytest.approx(0.91553258, rel=1e-7)
    assert coefficient["std_err"] == pytest.approx(0.51193428, rel=1e-7)
    assert [label.guard for label in result.labels] == [], "18 events carry one coefficient"


STANFORD = """
name = "heart transplants"
[columns]
time = { kind = "number", least = 0 }
status = { kind = "yes-no" }
transplanted_at = { kind = "number", least = 0, known = "later" }
transplanted = { kind = "label", known = "later" }
age = { kind = "number" }
"""


def stanford(estimate: str) -> Result:
    """The heart transplants of the Stanford program as one row a patient, by the first and last of its intervals."""
    rows = lifelines.datasets.load_stanford_heart_transplants()
    time, status, at, ever, age = [], [], [], [], []
    for _, own in rows.groupby("id"):
        after = own[own["transplant"] == 1]
        time.append(float(own["stop"].max()))
        status.append(bool(own["event"].max()))
        at.append(float(after["start"].min()) if len(after) else None)
        ever.append("yes" if len(after) else "no")
        age.append(float(own["age"].iloc[0]))
    return made(STANFORD, estimate, time=time, status=status, transplanted_at=at, transplanted=ever, age=age)


def test_a_switch_is_a_covariate_that_depends_on_time() -> None:
    """R 4.2.2, survival 3.5-3: coxph(Surv(start, stop, event) ~ transplant + age, stanford)."""
    result = stanford(f'id = "tx"\nmethod = "cox"\n{TIMED}covariates = ["age"]\nswitch = "transplanted_at"')
    fit = answered(result)["fit"]
    age, switched = fit["coefficients"]
    assert result.subjects == 103
    assert switched["name"] == "switched"
    assert switched["coefficient"] == pytest.approx(-0.0041782473216394, rel=1e-6)
    assert switched["std_err"] == pytest.approx(0.3120850051965091, rel=1e-6)
    assert switched["p"] == pytest.approx(0.9893181044135547, rel=1e-6)
    assert (switched["lower"], switched["upper"]) == pytest.approx((0.54017959163050, 1.83583078511080), rel=1e-6)
    assert age["coefficient"] == pytest.approx(0.0307422562590613, rel=1e-6)
    assert fit["log_likelihood"] == pytest.approx(-295.53667261493, rel=1e-9)


def test_a_landmark_compares_who_was_there_by_the_group_of_that_day() -> None:
    """R 4.2.2, survival 3.5-3: survdiff(Surv(time - 30, event) ~ (switch <= 30)) of those with time >= 30."""
    result = stanford(f'id = "lm"\nmethod = "log-rank"\n{TIMED}landmark = 30\nswitch = "transplanted_at"')
    answer = answered(result)
    assert result.left_out == {"gone-before-landmark": 23}
    assert [(each["group"], each["subjects"]) for each in answer["groups"]] == [("no", 46), ("yes", 34)]
    assert answer["test"]["statistic"] == pytest.approx(0.12206090432575, rel=1e-6)
    assert answer["test"]["p"] == pytest.approx(0.72680993318537, rel=1e-6)


def test_who_was_ever_transplanted_is_not_compared_from_the_start() -> None:
    result = stanford(f'id = "ever"\nmethod = "log-rank"\n{TIMED}group = "transplanted"')
    assert result.answer is None
    assert result.refused is not None
    assert result.refused.reason == "immortal-time"
    assert "landmark" in result.refused.sentence


def test_a_landmark_after_everybody_was_gone_is_refused_with_a_sentence() -> None:
    result = stanford(f'id = "lm"\nmethod = "log-rank"\n{TIMED}landmark = 100000\nswitch = "transplanted_at"')
    assert result.refused is not None
    assert result.refused.reason == "follow-up-too-short"


@pytest.mark.parametrize(
    ("estimate", "status", "reason"),
    [
        ('method = "log-rank"\ngroup = "arm"', [True, True], "one-group"),
        ('method = "cox"\ncovariates = ["age"]', [False, False], "no-events"),
        ('method = "cox"\ncovariates = []', [True, False], "no-covariates"),
        ('method = "kaplan-meier"\nset = "in_set"', [True, True], "nobody"),
    ],
)
def test_what_cannot_be_estimated_is_a_refusal_with_its_reason(estimate: str, status: list, reason: str) -> None:
    columns = """
name = "two"
[columns]
time = { kind = "number" }
status = { kind = "yes-no" }
arm = { kind = "label" }
age = { kind = "number" }
in_set = { kind = "yes-no" }
"""
    result = made(
        columns,
        f'id = "x"\n{TIMED}{estimate}',
        time=[1.0, 2.0],
        status=status,
        arm=["a", "a"],
        age=[50.0, 60.0],
        in_set=[False, False],
    )
    assert result.refused is not None
    assert result.refused.reason == reason
    assert result.refused.sentence.endswith(".")
