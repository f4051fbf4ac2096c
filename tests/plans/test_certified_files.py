"""`trialog estimate` on files with ties and missing values says what other programs are certified to say.

A subject with a missing value is added to each certified data set, and the plan leaves it out.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.certificates.reading import Certificate, certificates, differences
from tests.plans.command import Ended, estimated

COUNTED = {"clopper_pearson": "exact", "wilson": "wilson"}


def run(folder: Path, csv: list[str], columns: dict[str, str], estimate: dict[str, Any], *options: str) -> Ended:
    declared = "".join(f'"{name}" = {{ kind = "{kind}" }}\n' for name, kind in columns.items())
    asked = "".join(f"{field} = {json.dumps(value)}\n" for field, value in estimate.items())
    plan = f'name = "certified"\n[columns]\n{declared}[[estimates]]\nid = "x"\nmissing = "leave-out"\n{asked}'
    (folder / "data.csv").write_text("\n".join([",".join(columns), *csv]) + "\n", encoding="utf-8")
    (folder / "plan.toml").write_text(plan, encoding="utf-8")
    return estimated(str(folder / "data.csv"), "--plan", str(folder / "plan.toml"), *options)


def answered(ended: Ended) -> dict[str, Any]:
    assert ended.code == 0, ended.err
    (result,) = json.loads(ended.out)["results"]
    assert result["left_out"] == {"value-missing": 1}
    return result["answer"]


def lines(certificate: Certificate, columns: list[str]) -> list[str]:
    """The data set's rows, as text of all digits, and one without a value in the last column."""
    frame = certificate.frame()[columns].astype(float)
    rows = [
        [f"{value:g}" if float(f"{value:g}") == value else repr(value) for value in row] for row in frame.to_numpy()
    ]
    return [",".join(row) for row in [*rows, [*rows[0][:-1], ""]]]


CURVES = [
    each
    for each in certificates("kaplan_meier")
    if each.estimator == "kaplan_meier" and "entry" not in each.arguments and each.data != "no events"
]


@pytest.mark.parametrize("certificate", CURVES, ids=lambda each: f"{each.data}-{each.arguments.get('interval')}")
def test_the_curve_of_a_file_is_the_certified_one(certificate: Certificate, tmp_path: Path) -> None:
    time, event = certificate.arguments["time"], certificate.arguments["event"]
    estimate = {"method": "kaplan-meier", "time": time, "event": event, "interval": certificate.arguments["interval"]}
    estimate["level"] = certificate.arguments.get("level", 0.95)
    kinds = {event: "yes-no", time: "number"}
    answer = answered(run(tmp_path, lines(certificate, [event, time]), kinds, estimate, "--json"))
    assert differences(certificate, answer["groups"][0]["curve"]) == []


REGRESSIONS = [
    each
    for each in certificates("cox")
    if each.estimator == "cox" and not {"entry", "strata"} & set(each.arguments) and each.rows < 300
]


@pytest.mark.parametrize("certificate", REGRESSIONS, ids=lambda each: each.data)
def test_the_regression_of_a_file_is_the_certified_one(certificate: Certificate, tmp_path: Path) -> None:
    time, event, covariates = (certificate.arguments[name] for name in ("time", "event", "covariates"))
    estimate = {"method": "cox", "time": time, "event": event, "covariates": covariates}
    kinds = {time: "number", event: "yes-no", **dict.fromkeys(covariates, "number")}
    fit = answered(run(tmp_path, lines(certificate, list(kinds)), kinds, estimate, "--json"))["fit"]
    names = ("coefficient", "std_err", "z", "p", "hazard_ratio", "lower", "upper")
    found = {name: [each[name] for each in fit["coefficients"]] for name in names}
    found |= {
        name: [fit[name][each] for each in ("statistic", "df", "p")] for name in ("likelihood_ratio", "wald", "score")
    }
    found["covariance"] = [value for row in fit["covariance"] for value in row]
    found["log_likelihood"] = [fit["log_likelihood_null"], fit["log_likelihood"]]
    assert differences(certificate, found) == []


@pytest.mark.parametrize("certificate", [each for each in certificates("proportions") if each.estimator in COUNTED][:2])
def test_the_shares_of_a_file_are_the_certified_ones(certificate: Certificate, tmp_path: Path) -> None:
    """One file holds all counts, each as a group of its own."""
    rows = []
    for place, (count, of) in enumerate(certificate.frame()[["count", "of"]].astype(int).to_numpy()):
        rows += [f"group-{place:02},{int(number < count)}" for number in range(of)]
    estimate = {"method": "proportion", "outcome": "yes", "by": "group", "level": certificate.arguments["level"]}
    kinds = {"group": "label", "yes": "yes-no"}
    answer = answered(run(tmp_path, [*rows, "group-00,"], kinds, estimate, "--json"))
    groups = [each[COUNTED[certificate.estimator]] for each in answer["groups"]]
    assert differences(certificate, {name: [each[name] for each in groups] for name in certificate.values}) == []


REFUSED: list[tuple[str, list[str], dict[str, Any], str, str]] = [
    (
        "no events",
        ["5,0,1", "6,0,2", "6,0,1"],
        {"method": "cox", "time": "time", "event": "dead", "covariates": ["x"]},
        "no-events",
        "There are no events yet",
    ),
    (
        "one group",
        ["5,1,1", "6,0,1", "6,1,1"],
        {"method": "log-rank", "time": "time", "event": "dead", "group": "group"},
        "one-group",
        "group",
    ),
    (
        "separation in survival",
        ["1,1,9", "2,1,8", "8,1,2", "9,1,1"],
        {"method": "cox", "time": "time", "event": "dead", "covariates": ["x"]},
        "separation",
        "coefficient would be infinite",
    ),
    (
        "separation in response",
        ["1,1,9", "2,1,8", "8,0,2", "9,0,1"],
        {"method": "logistic", "outcome": "dead", "covariates": ["x"]},
        "separation",
        "Firth's regression",
    ),
    (
        "nobody responds",
        ["1,0,9", "2,0,8"],
        {"method": "roc", "outcome": "dead", "marker": "x", "cases": "higher"},
        "one-group",
        "obody has a response",
    ),
    (
        "all values missing",
        ["1,0,", "2,1,"],
        {"method": "spline", "outcome": "dead", "marker": "x"},
        "nobody",
        "There is nobody to estimate from yet.",
    ),
]


@pytest.mark.parametrize(("_", "csv", "estimate", "reason", "sentence"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_a_file_does_not_hold_is_a_sentence_and_exit_1(
    _: str, csv: list[str], estimate: dict[str, Any], reason: str, sentence: str, tmp_path: Path
) -> None:
    kinds = {"time": "number", "dead": "yes-no", "x": "number"}
    if "group" in estimate:
        kinds = {"time": "number", "dead": "yes-no", "group": "label"}
    ended = run(tmp_path, csv, kinds, estimate)
    assert ended.code == 1
    assert f"trialog: 1 of 1 estimates are refused: x ({reason})" in ended.err
    (told,) = (line for line in ended.out.splitlines() if line.startswith("  no estimate: "))
    assert sentence in told
    assert told.endswith(".")
    assert "Traceback" not in ended.err
    assert "nan" not in ended.out.lower()
