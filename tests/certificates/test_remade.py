"""The kept certificates are what the kept scripts give, where R is there to say so."""

import shutil
import subprocess
from pathlib import Path

import lifelines.datasets
import msgspec
import pytest

from tests.certificates.datasets import HERE
from tests.certificates.reading import Certificate, certificates, differences

PACKAGES = ("survival", "cmprsk", "jsonlite", "vcd", "psych", "pROC", "maxstat", "brglm2", "rms", "Hmisc", "MASS")
NEEDS = f"stopifnot(all(c{PACKAGES} %in% rownames(installed.packages())))"


def _r_is_there() -> bool:
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", NEEDS], capture_output=True, check=False).returncode == 0


@pytest.mark.slow
def test_the_scripts_make_the_kept_certificates_again(tmp_path: Path):
    if not _r_is_there():
        pytest.skip("no Rscript with every package that make.R names on this machine: the kept certificates stand")
    for script in HERE.glob("*.R"):
        shutil.copy2(script, tmp_path)
    (folder,) = lifelines.datasets.__path__
    subprocess.run(["Rscript", str(tmp_path / "make.R"), folder], check=True, capture_output=True, timeout=300)
    made = {path.name for path in tmp_path.glob("*.json")}
    assert made == {path.name for path in HERE.glob("*.json")}
    for name in sorted(made - {"datasets.json"}):
        again = msgspec.json.decode((tmp_path / name).read_bytes(), type=list[Certificate])
        kept = certificates(name.removesuffix(".json"))
        assert [str(each).partition(": ")[2] for each in again] == [str(each).partition(": ")[2] for each in kept]
        for first, second in zip(again, kept, strict=True):
            assert differences(second, first.values) == []
