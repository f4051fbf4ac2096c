"""`trialog estimate`: certified values on a plain file, every error at once, and refusals with exit 1."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plans.command import Ended, estimated
from tests.plans.tables import COLUMNS, leukaemia_csv

LEUKAEMIA_WITHOUT_FIRST = 4.28866835421
LOG_RANK = '[[estimates]]\nid = "lr"\nmethod = "log-rank"\ntime = "time"\nevent = "status"\ngroup = "arm"\n'


def estimate(folder: Path, csv: str, plan: str, *options: str) -> Ended:
    (folder / "data.csv").write_text(csv, encoding="utf-8")
    (folder / "plan.toml").write_text(plan, encoding="utf-8")
    return estimated(str(folder / "data.csv"), "--plan", str(folder / "plan.toml"), *options)


def test_it_prints_the_certified_value_and_one_json_document(tmp_path: Path) -> None:
    done = estimate(tmp_path, leukaemia_csv(), COLUMNS + LOG_RANK, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["rows"] == 23
    (result,) = found["results"]
    assert result["answer"]["test"]["statistic"] == pytest.approx(3.3963887, rel=1e-7)
    assert set(found["versions"]) == {"analytics", "fold", "lifelines", "numpy", "pandas", "Python", "rules", "scipy"}
    assert len(found["data_digest"]) == len(found["plan_digest"]) == 64


def test_missing_values_are_refused_until_the_plan_leaves_them_out(tmp_path: Path) -> None:
    """Without its first subject: R 4.2.2, survival 3.5-3, survdiff(Surv(time, status) ~ x, leukemia[-1, ])."""
    csv = leukaemia_csv().replace("1,9,1,maintained", "1,,1,maintained")
    refused = estimate(tmp_path, csv, COLUMNS + LOG_RANK)
    assert refused.code == 1
    assert "Values are missing in time of 1 of 23 subjects" in refused.out
    left_out = estimate(tmp_path, csv, COLUMNS + LOG_RANK + 'missing = "leave-out"\n', "--json")
    assert left_out.code == 0
    (result,) = json.loads(left_out.out)["results"]
    assert result["left_out"] == {"value-missing": 1}
    assert result["answer"]["test"]["statistic"] == pytest.approx(LEUKAEMIA_WITHOUT_FIRST, rel=1e-6)


def test_a_refusal_is_a_sentence_and_exit_1(tmp_path: Path) -> None:
    done = estimate(tmp_path, leukaemia_csv().replace("nonmaintained,1", "maintained,0"), COLUMNS + LOG_RANK)
    assert done.code == 1
    assert "1 of 1 estimates are refused: lr (one-group)" in done.err
    assert "Traceback" not in done.err


def test_everything_that_is_wrong_with_the_file_is_said_at_once_and_exits_2(tmp_path: Path) -> None:
    csv = leukaemia_csv().replace("1,9,1,", "1,x,1,").replace("2,13,1,", "2,13,maybe,")
    done = estimate(tmp_path, csv, COLUMNS + LOG_RANK)
    assert done.code == 2
    assert "line 2, column time: is no number" in done.err
    assert "line 3, column status: is neither 1 nor 0" in done.err
    assert "maybe" not in done.err


def test_a_file_that_is_not_there_is_named_by_the_program_itself(tmp_path: Path) -> None:
    """As a process of its own: exit codes and standard error are what a shell sees."""
    command = [sys.executable, "-c", "from trialog.cli import main; main()", "estimate", str(tmp_path / "none.csv")]
    done = subprocess.run(
        [*command, "--plan", str(tmp_path / "none.toml")], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 2
    assert "none.toml cannot be read: No such file or directory" in done.stderr


def test_columns_and_settings_of_the_plan_that_make_no_sense_exit_2_all_at_once(tmp_path: Path) -> None:
    plan = COLUMNS + LOG_RANK.replace('group = "arm"', 'group = "time"') + "level = 95\nrhoo = 1\n"
    done = estimate(tmp_path, leukaemia_csv(), plan)
    assert done.code == 2
    assert "estimates[0].rhoo" in done.err
    done = estimate(tmp_path, leukaemia_csv(), plan.replace("rhoo = 1\n", ""))
    assert done.code == 2
    assert "names time, a number column: name one of kind label or yes-no" in done.err
    assert "level is not between 0 and 1: write 0.95 for 95 %" in done.err
    assert done.out == ""
