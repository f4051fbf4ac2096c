"""What a plan's Cox regressions say of single subjects: R's residuals, the form of each covariate, and influence.

Numbers: R 4.2.2, survival 3.5-3, with coxph.control(eps = 1e-12).
"""

import lifelines.datasets
import numpy as np
import pytest

from analytics.estimators.cox import fit_cox
from analytics.estimators.cox_design import CoxDesign, cox_design, restricted
from analytics.estimators.cox_diagnostics import cox_diagnostics
from analytics.plans.lines import lines
from tests.plans.tables import answered, leukaemia, made
from tests.plans.test_survival_methods import TIMED, stanford

COX = f'id = "hr"\nmethod = "cox"\n{TIMED}'
SWITCHING = COX + 'covariates = ["age"]\nswitch = "transplanted_at"'
SHOWN = [0, 3, 49, 102]
"""Of the heart transplants, the rows that are compared: one never transplanted, and three that were."""


def test_the_residuals_of_the_leukaemia_data_are_r_s() -> None:
    """residuals(fit, type) of coxph(Surv(time, status) ~ x, leukemia), and of ~ 1: subjects 1, 2, 12 and 23."""
    told = answered(leukaemia(COX + 'covariates = ["nonmaintained"]'))["diagnostics"]
    (influence,) = told["influences"]
    shown = [0, 1, 11, 22]
    assert told["rows"] == list(range(23))
    assert [told["martingale"][row] for row in shown] == pytest.approx(
        [0.859675930847304, 0.789944565152947, 0.906576297015458, -1.633895839192059], rel=1e-7
    )
    assert [told["null_martingale"][row] for row in shown] == pytest.approx(
        [0.760816567109473, 0.646437482142153, 0.933794466403162, -0.671791511086840], rel=1e-7
    )
    assert [influence["dfbeta"][row] for row in shown] == pytest.approx(
        [-0.143725418240613, -0.129528030126335, 0.065915116355999, -0.126257427009506], rel=1e-7
    )
    assert [influence["dfbetas"][row] for row in shown] == pytest.approx(
        [-0.280749747010635, -0.253016913319223, 0.128756990013712, -0.246628196494724], rel=1e-7
    )


def test_a_covariate_of_two_values_has_no_form_to_look_at() -> None:
    assert answered(leukaemia(COX + 'covariates = ["nonmaintained"]'))["diagnostics"]["forms"] == []


def test_who_moves_a_coefficient_most_is_told_by_fitting_again_without_them() -> None:
    """sapply(1:23, function(i) coef(update(fit, subset = -i))): the ninth, and the first the other way."""
    result = leukaemia(COX + 'covariates = ["nonmaintained"]')
    (without,) = answered(result)["diagnostics"]["leaving_out"]
    assert (without["most"]["row"], without["opposite"]["row"]) == (8, 0)
    assert without["most"]["moved"] == pytest.approx(0.368650418397097, rel=1e-7)
    assert without["most"]["hazard_ratio"] == pytest.approx(2.0684670767, rel=1e-7)
    assert without["most"]["p"] == pytest.approx(0.15417165083, rel=1e-7)
    assert without["opposite"]["moved"] == pytest.approx(-0.3199094269745, rel=1e-7)
    said = "nonmaintained: row 8 moves the coefficient most, by 0.37 standard errors; without it 2.068, p = 0.1542"
    assert f"  {said}" in list(lines(result))


def test_both_parts_of_a_subject_s_time_are_one_subject() -> None:
    """residuals(fit, type, collapse = id) of coxph(Surv(start, stop, event) ~ age + transplant)."""
    result = stanford(SWITCHING)
    told = answered(result)["diagnostics"]
    age, switched = told["influences"]
    assert len(told["rows"]) == result.subjects == 103
    assert answered(result)["fit"]["subjects"] == 172, "rows of the design"
    assert [told["martingale"][row] for row in SHOWN] == pytest.approx(
        [0.756559521172265, 0.734636580159799, -0.484445989833297, 0.913731883168979], rel=1e-7
    )
    assert [told["null_martingale"][row] for row in SHOWN] == pytest.approx(
        [0.610029209301092, 0.681486955494078, -0.455939299788492, 0.893014355969604], rel=1e-7
    )
    assert [switched["dfbeta"][row] for row in SHOWN] == pytest.approx(
        [-0.0470019596169185, 0.0469231230558510, 0.0256519080430463, -0.0057400792011238], rel=1e-6
    )
    assert [age["dfbetas"][row] for row in SHOWN] == pytest.approx(
        [-0.1484717976924014, -0.0966960620651790, 0.0116390098391446, -0.1022323343219488], rel=1e-6
    )
    assert (age["beyond"], switched["beyond"]) == (8, 5)
    assert told["cut"] == pytest.approx(0.1970658556, rel=1e-9), "2 / sqrt(103)"


def test_leaving_a_subject_out_leaves_all_of_its_time_out() -> None:
    """The same, fitted without each id in turn."""
    age, switched = answered(stanford(SWITCHING))["diagnostics"]["leaving_out"]
    assert [each["most"]["row"] for each in (age, switched)] == [26, 37]
    assert age["most"]["moved"] == pytest.approx(-0.382475540345573, rel=1e-6)
    assert switched["most"]["hazard_ratio"] == pytest.approx(0.909065688246658, rel=1e-6)
    assert (switched["opposite"]["row"], switched["opposite"]["moved"]) == (
        61,
        pytest.approx(-0.171727853821, rel=1e-6),
    )


def test_the_form_of_a_covariate_is_the_smooth_of_the_null_residuals() -> None:
    """lowess(age, residuals(coxph(Surv(start, stop, event) ~ 1), collapse = id), iter = 0), its two ends."""
    (form,) = answered(stanford(SWITCHING))["diagnostics"]["forms"]
    at, height = form["smooth"]["at"], form["smooth"]["height"]
    assert form["name"] == "age", "whether transplanted has two values, and changes"
    assert (at[0], at[-1]) == pytest.approx((-39.2142368240930992, 16.4079397672826985))
    assert (height[0], height[-1]) == pytest.approx((-0.0157386584602244, 0.7738571174540878), rel=1e-7)


def test_rows_are_counted_in_the_table_also_where_some_are_left_out() -> None:
    result = made(
        'name = "few"\n[columns]\ntime = { kind = "number" }\nstatus = { kind = "yes-no" }\nx = { kind = "number" }\n',
        COX + 'covariates = ["x"]\nmissing = "leave-out"',
        time=[9.0, 1.0, 2.0, 3.0, 4.0, 5.0],
        status=[True, True, True, False, True, True],
        x=[None, 3.0, 1.0, 2.0, 1.0, 2.5],
    )
    assert answered(result)["diagnostics"]["rows"] == [1, 2, 3, 4, 5]


def drawn(place: int) -> CoxDesign:
    """Between 20 and 80 subjects with ties and a covariate of long tails, an even one and a rare one."""
    random = np.random.default_rng(place)
    count = int(random.integers(20, 80))
    columns = {
        "tailed": random.standard_t(3, count),
        "even": random.normal(60, 10, count),
        "rare": random.random(count) < 0.3,
    }
    return cox_design(np.ceil(random.exponential(300, count)), random.random(count) < 0.6, columns)


@pytest.mark.parametrize("place", range(5))
def test_among_those_who_are_left_out_in_turn_is_whoever_moves_it_most_of_all(place: int) -> None:
    """Only those at the ends are left out: everybody is here, and nobody moves any coefficient further."""
    design = drawn(place)
    fit, count = fit_cox(design), design.sample.subjects
    rests = [fit_cox(restricted(design, np.arange(count) != row)).coefficients for row in range(count)]
    for covariate, without in enumerate(cox_diagnostics(design, fit).leaving_out):
        whole = fit.coefficients[covariate]
        moved = [(whole.coefficient - rest[covariate].coefficient) / whole.std_err for rest in rests]
        assert without.most is not None
        assert without.opposite is not None
        assert sorted((without.most.moved, without.opposite.moved)) == pytest.approx([min(moved), max(moved)])


def test_a_value_far_from_all_others_is_found_though_its_dfbeta_is_small() -> None:
    """Larynx with one age of 300 instead of 77: dfbeta looks past the subject who makes the age's coefficient."""
    data = lifelines.datasets.load_larynx()
    age = data["age"].to_numpy(dtype=float).copy()
    age[0] = 300
    design = cox_design(data["time"], data["death"], {"age": age})
    told = cox_diagnostics(design, fit_cox(design))
    (influence,), (without,) = told.influences, told.leaving_out
    assert without.most is not None
    assert without.most.row == 0
    assert abs(influence.dfbetas[0]) < max(map(abs, influence.dfbetas))


def test_without_anybody_to_leave_out_there_is_a_reason_and_no_number() -> None:
    result = made(
        'name = "two"\n[columns]\ntime = { kind = "number" }\nstatus = { kind = "yes-no" }\nx = { kind = "number" }\n',
        COX + 'covariates = ["x"]',
        time=[1.0, 2.0, 3.0],
        status=[True, True, True],
        x=[1.0, 3.0, 2.0],
    )
    (without,) = answered(result)["diagnostics"]["leaving_out"]
    assert without == {"name": "x", "most": None, "opposite": None, "most_missing": "separation"}
    assert "  x: without any one subject there is no estimate (separation)" in list(lines(result))
