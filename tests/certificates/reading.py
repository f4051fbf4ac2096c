"""Certificates as the tests read them, and their comparison value by value."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import pandas as pd

from tests.certificates.datasets import HERE, data_set

RELATIVE = 1e-6
# Where a residual or difference is 0 but for rounding, there is nothing to be relative to.
ABSOLUTE = 1e-11


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What a program gave for one call on one data set; null where the estimator has to give None."""

    estimator: str
    program: str
    version: str
    data: str
    rows: int
    call: str
    arguments: dict[str, Any]
    values: dict[str, list[float | None]]

    def __str__(self) -> str:
        return f"{self.program}, {self.version}, {self.data}: {self.call}"

    def frame(self) -> pd.DataFrame:
        frame = data_set(self.data)
        assert len(frame) == self.rows, f"{self.data} has {len(frame)} rows here and {self.rows} in the certificate"
        return frame

    def columns(self, *names: str) -> dict[str, Any]:
        """The columns that the arguments of these names ask for; an argument that is not there asks for none."""
        frame = self.frame()
        return {name: frame[self.arguments[name]] for name in names if name in self.arguments}

    def settings(self, *names: str) -> dict[str, Any]:
        return {name: self.arguments[name] for name in names if name in self.arguments}


def certificates(name: str) -> list[Certificate]:
    return msgspec.json.decode((HERE / f"{name}.json").read_bytes(), type=list[Certificate])


def differences(certificate: Certificate, found: Mapping[str, Iterable[float | None]]) -> list[str]:
    """Every value that is not the certified one, each by its name and place in its call."""
    said = []
    for name, expected in certificate.values.items():
        values = list(found[name])
        if len(values) != len(expected):
            said.append(f"{certificate}: {name} has {len(values)} values, certified are {len(expected)}")
            continue
        said += [
            f"{certificate}: {name}[{place}] is {value}, certified is {wanted}"
            for place, (value, wanted) in enumerate(zip(values, expected, strict=True))
            if not _agree(value, wanted)
        ]
    return said


def _agree(value: float | None, wanted: float | None) -> bool:
    if value is None or wanted is None:
        return value is None and wanted is None
    return math.isclose(value, wanted, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
