"""What a plan's marker estimates say of published data; the values are those of the certificates or packages."""

import pytest

from analytics.plans.guards import Guard
from analytics.plans.results import Result
from tests.certificates.datasets import data_set
from tests.plans.tables import answered, made


def asked(columns: str, data: str, estimate: str, flags: tuple[str, ...] = ()) -> Result:
    frame = data_set(data)
    values = {
        name: [bool(value) for value in frame[name]] if name in flags else [float(value) for value in frame[name]]
        for name in frame.columns
    }
    return made(columns, 'id = "x"\n' + estimate, **values)


ANEURYSM = """
name = "aneurysm"
[columns]
poor = { kind = "yes-no" }
s100b = { kind = "number" }
ndka = { kind = "number" }
wfns = { kind = "number" }
age = { kind = "number" }
female = { kind = "number" }
"""
ENDOMETRIAL = """
name = "endometrial"
[columns]
NV = { kind = "number" }
PI = { kind = "number" }
EH = { kind = "number" }
HG = { kind = "yes-no" }
"""


def test_an_area_has_delongs_interval_and_a_warning_about_its_cut() -> None:
    """pROC's own example: ci.auc(roc(aSAH$outcome, aSAH$s100b)) is 0.7314 (0.6301 to 0.8326)."""
    estimate = 'method = "roc"\noutcome = "poor"\nmarker = "s100b"\ncases = "higher"'
    result = asked(ANEURYSM, "aneurysm", estimate, ("poor",))
    auc = answered(result)["auc"]
    assert (auc["cases"], auc["controls"]) == (41, 72)
    assert (auc["value"], auc["lower"], auc["upper"]) == pytest.approx((0.7314, 0.6301, 0.8326), abs=5e-5)
    assert Guard.CUTOFF_FROM_SAME_DATA in {label.guard for label in result.labels}


def test_two_markers_of_the_same_subjects_are_compared() -> None:
    """pROC's own example: roc.test(aSAH$outcome, aSAH$wfns, aSAH$s100b) has Z 2.209 and p 0.02718."""
    estimate = 'method = "roc"\noutcome = "poor"\nmarker = "wfns"\ncases = "higher"\nsecond = "s100b"'
    compared = answered(asked(ANEURYSM, "aneurysm", estimate, ("poor",)))["compared"]
    assert (compared["z"], compared["p"]) == pytest.approx((2.209, 0.02718), rel=3e-4)


def test_resamples_say_by_how_much_a_cut_looks_too_good_and_one_seed_gives_one_answer() -> None:
    estimate = 'method = "roc"\noutcome = "poor"\nmarker = "s100b"\ncases = "higher"\nbootstraps = 40\nseed = 7'
    first = answered(asked(ANEURYSM, "aneurysm", estimate, ("poor",)))
    assert first == answered(asked(ANEURYSM, "aneurysm", estimate, ("poor",)))
    optimism = first["cut_optimism"]["optimism"]
    assert optimism["resamples"] == 40
    assert optimism["corrected"] == pytest.approx(optimism["apparent"] - optimism["optimism"])
    assert optimism["optimism"] > 0


def test_a_logistic_regression_has_wald_and_profile_limits() -> None:
    """R 4.2.2: glm(HG ~ PI + EH, family = binomial, endometrial)."""
    result = asked(
        ENDOMETRIAL, "endometrial", 'method = "logistic"\noutcome = "HG"\ncovariates = ["PI", "EH"]', ("HG",)
    )
    answer = answered(result)
    pi, eh = answer["fit"]["coefficients"]
    assert pi["coefficient"] == pytest.approx(-0.0195996123111302, rel=1e-6)
    assert (eh["wald_lower"], eh["wald_upper"]) == pytest.approx((-5.32025808625615, -2.06587059322404), rel=1e-6)
    assert (eh["profile_lower"], eh["profile_upper"]) == pytest.approx((-5.54132335088224, -2.25020286923501), rel=1e-5)
    assert Guard.SEPARATION not in {label.guard for label in result.labels}


def test_where_the_data_separate_the_plain_fit_is_refused_and_firths_is_labelled() -> None:
    """brglm2 0.9: glm(HG ~ NV + PI + EH, method = brglmFit, type = "AS_mean")."""
    estimate = 'method = "logistic"\noutcome = "HG"\ncovariates = ["NV", "PI", "EH"]'
    plain = asked(ENDOMETRIAL, "endometrial", estimate, ("HG",))
    assert plain.refused is not None
    assert plain.refused.reason == "separation"
    firth = asked(ENDOMETRIAL, "endometrial", estimate + '\npenalty = "firth"', ("HG",))
    nv, pi, eh = answered(firth)["fit"]["coefficients"]
    assert [each["coefficient"] for each in (nv, pi, eh)] == pytest.approx(
        [2.92927335319712, -0.0347517598704364, -2.60416392529368], rel=1e-6
    )
    assert (nv["wald_lower"], nv["wald_upper"]) == pytest.approx((-0.110167705061873, 5.96871441145611), rel=1e-6)
    assert {Guard.SEPARATION, Guard.FEW_EVENTS_PER_VARIABLE} & {label.guard for label in firth.labels} == {
        Guard.SEPARATION
    }


LYMPHOMA = """
name = "lymphoma"
[columns]
time = { kind = "number" }
status = { kind = "yes-no" }
expression = { kind = "number" }
"""


def test_a_selected_cut_has_both_corrected_p_values() -> None:
    """maxstat 0.7-25: maxstat.test(Surv(time, status) ~ expression, smethod = "LogRank", pmethod = "Lau92")."""
    estimate = 'method = "cutpoint"\ntime = "time"\nevent = "status"\nmarker = "expression"'
    result = asked(LYMPHOMA, "lymphoma", estimate, ("status",))
    selected = answered(result)["selected"]
    assert selected["cut"] == pytest.approx(0.186052631578947, rel=1e-9)
    assert selected["statistic"] == pytest.approx(3.17722246327165, rel=1e-6)
    corrected = sorted(value for name, value in selected.items() if name.startswith("p_") and name != "p_unselected")
    assert corrected == pytest.approx([0.0238683220178731, 0.0354762485549333], rel=1e-6)
    assert Guard.CUTOFF_FROM_SAME_DATA in {label.guard for label in result.labels}


def test_a_cut_is_for_an_outcome_or_for_a_time_and_not_for_both() -> None:
    columns = LYMPHOMA + 'dead = { kind = "yes-no" }\n'
    estimate = 'id = "x"\nmethod = "cutpoint"\ntime = "t"\nevent = "dead"\noutcome = "dead"\nmarker = "expression"'
    both = made(
        columns.replace("time =", "t ="),
        estimate,
        t=[1.0, 2.0, 3.0, 4.0],
        status=[True] * 4,
        expression=[1.0, 2.0, 3.0, 4.0],
        dead=[True, False, True, False],
    )
    assert both.refused is not None
    assert "name one of the two" in both.refused.sentence


LIMITS = """
name = "limits"
[columns]
value = { kind = "number" }
limit = { kind = "label" }
group = { kind = "label" }
log_half = { kind = "number", log2_of = "value", limit = "limit" }
log_limit = { kind = "number", log2_of = "value", limit = "limit", below_as = "limit" }
log_zero = { kind = "number", log2_of = "value", limit = "limit", below_as = "zero" }
outcome = { kind = "yes-no" }
"""


def limits(estimate: str) -> Result:
    frame = data_set("limits")
    return made(
        LIMITS,
        'id = "x"\n' + estimate,
        value=[float(value) for value in frame["value"]],
        limit=list(frame["limit"]),
        group=[str(group) for group in frame["group"]],
        outcome=[row % 2 == 0 for row in range(len(frame))],
    )


def test_values_beyond_a_limit_are_censored_in_the_likelihood() -> None:
    """survival 3.5-3: survreg(Surv(low, high, type = "interval2") ~ factor(group) - 1, dist = "gaussian")."""
    answer = answered(limits('method = "censored-means"\nvalue = "value"\nlimit = "limit"\nby = "group"'))
    assert [group["mean"] for group in answer["groups"]] == pytest.approx(
        [-0.00166782934490897, 2.10131513955091, 2.9167321957338], rel=1e-5
    )
    assert answer["likelihood_ratio"]["p"] == pytest.approx(0.0128899045718599, rel=1e-6)


def test_a_distribution_is_exact_where_the_limits_leave_it_so_and_has_bounds_where_not() -> None:
    """R 4.2.2: quantile() of the group's values with 0, and with Inf, in place of what lies beyond a limit."""
    answer = answered(limits('method = "distribution"\nvalue = "value"\nlimit = "limit"\nby = "group"'))
    first = answer["groups"][0]
    assert first["least"] == {"value": None, "lower": 0.0, "upper": 0.6}
    assert first["median"] == {"value": 1.1, "lower": 1.1, "upper": 1.1}
    assert sum(group["below"] for group in answer["groups"]) == list(data_set("limits")["limit"]).count("below")
    alone = answered(limits('method = "distribution"\nvalue = "value"'))
    assert [group["group"] for group in alone["groups"]] == ["everybody"]


def test_values_below_quantification_are_labelled_only_where_something_is_put_in_their_place() -> None:
    columns = LIMITS.replace('value = { kind = "number" }', 'value = { kind = "number", below = "outcome" }')
    frame = data_set("limits")
    table = {
        "value": [float(value) for value in frame["value"]],
        "limit": list(frame["limit"]),
        "group": [str(group) for group in frame["group"]],
        "outcome": [row % 2 == 0 for row in range(len(frame))],
    }
    told = made(columns, 'id = "x"\nmethod = "distribution"\nvalue = "value"\nlimit = "limit"', **table)
    silent = made(columns, 'id = "x"\nmethod = "distribution"\nvalue = "value"', **table)
    assert [label.guard for label in told.labels] == []
    assert [label.guard for label in silent.labels] == [Guard.BELOW_QUANTIFICATION]


def test_a_value_below_its_limit_counts_as_half_or_all_of_it_as_asked_and_never_as_nothing() -> None:
    def cuts(column: str) -> list[float]:
        result = limits(f'method = "roc"\noutcome = "outcome"\nmarker = "{column}"\ncases = "higher"')
        return [cut for cut in answered(result)["curve"]["cut"] if cut is not None]

    # The lowest value is 0.6, below its limit: it stands at log2 0.3, or at log2 0.6.
    assert min(cuts("log_half")) < min(cuts("log_limit"))
    refused = limits('method = "roc"\noutcome = "outcome"\nmarker = "log_zero"\ncases = "higher"').refused
    assert refused is not None
    assert "logarithm" in refused.sentence


def test_two_readers_have_their_kappa_and_the_rows_in_which_they_differ() -> None:
    columns = 'name = "readers"\n[columns]\nfirst = { kind = "label" }\nsecond = { kind = "label" }\n'
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: the textbook's example of kappa 0.4.
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    result = made(
        columns, 'id = "k"\nmethod = "agreement"\nfirst = "first"\nsecond = "second"', first=first, second=second
    )
    answer = answered(result)
    assert answer["kappa"]["value"] == pytest.approx(0.4)
    assert answer["differing"] == [*range(20, 25), *range(25, 35)]


def test_a_spline_of_a_straight_effect_is_not_bent() -> None:
    columns = LYMPHOMA.replace("expression", "marker").replace("status", "dead")
    marker = [float(7 * place % 60) for place in range(60)]
    result = made(
        columns,
        'id = "s"\nmethod = "spline"\ntime = "time"\nevent = "dead"\nmarker = "marker"\npoints = 5',
        marker=marker,
        time=[float(100 - value + 11 * place % 13) for place, value in enumerate(marker)],
        dead=[True] * 60,
    )
    answer = answered(result)
    assert answer["fit"]["overall_ratio"]["p"] < 1e-6
    assert len(answer["curve"]["at"]) == 5
    assert answer["curve"]["value"] == sorted(answer["curve"]["value"])
