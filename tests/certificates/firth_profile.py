"""Makes the certificates of Firth's profile intervals and of separation again, by firthmodels, which R's packages lack.

Run by hand, in an environment of its own; no test needs it:

    pip install firthmodels==0.8.2 lifelines
    python -m tests.certificates.firth_profile
"""

import platform
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import msgspec
import numpy as np
from firthmodels import FirthLogisticRegression, detect_separation  # type: ignore[import-not-found]

from tests.certificates.datasets import HERE, data_set

MODELS = [
    ("endometrial", "HG", ["NV", "PI", "EH"]),
    ("separated", "response", ["marker", "age"]),
    ("separated", "response", ["marker"]),
    ("nearly separated", "response", ["high", "age"]),
    ("birth weights", "low", ["age", "lwt", "smoke", "ptl", "ht", "ui"]),
    ("infertility", "case", ["age", "parity", "induced", "spontaneous"]),
    ("tied marker", "response", ["marker", "other"]),
]
TIGHT = {"max_iter": 5000, "gtol": 1e-7, "xtol": 1e-7}
FIT = "FirthLogisticRegression(max_iter=5000, gtol=1e-7, xtol=1e-7).fit(X, y)"


def main() -> None:
    found = [msgspec.json.encode(each).decode() for each in _certificates()]
    (HERE / "firth_profile.json").write_text("[\n" + ",\n".join(found) + "\n]\n", encoding="utf-8")


def _certificates() -> Iterator[dict[str, Any]]:
    for data, response, covariates in MODELS:
        frame = data_set(data)
        x, y = frame[covariates].to_numpy(dtype=float), frame[response].to_numpy(dtype=int)
        own = {"response": response, "covariates": covariates}
        said = detect_separation(x, y)
        yield _certificate(
            "separation",
            data,
            "detect_separation(X, y)",
            own,
            {
                "separated": [float(said.separation)],
                # The intercept stands last.
                "infinite": (~said.is_finite[:-1]).astype(float).tolist(),
            },
        )
        for level in (0.95, 0.8):
            fit = FirthLogisticRegression(**TIGHT).fit(x, y)
            fit.lrt()
            limits = fit.conf_int(alpha=1 - level, method="pl", max_iter=5000, tol=1e-9)
            call = f'{FIT}.conf_int(alpha={1 - level:.2f}, method="pl", max_iter=5000, tol=1e-9)'
            yield _certificate(
                "firth_profile",
                data,
                call,
                own | {"level": level},
                {
                    "coefficient": _intercept_first([*fit.coef_, fit.intercept_]),
                    "covariates_p": fit.lrt_pvalues_[:-1].tolist(),
                    "lower": _intercept_first(limits[:, 0]),
                    "upper": _intercept_first(limits[:, 1]),
                },
            )


def _intercept_first(values: Any) -> list[float]:
    return np.roll(np.asarray(values, dtype=float), 1).tolist()


def _certificate(
    estimator: str, data: str, call: str, arguments: dict[str, Any], values: dict[str, list[float]]
) -> dict[str, Any]:
    return {
        "estimator": estimator,
        "program": f"Python {platform.python_version()}",
        "version": f"firthmodels {version('firthmodels')}",
        "data": data,
        "rows": len(data_set(data)),
        "call": call,
        "arguments": arguments,
        "values": values,
    }


if __name__ == "__main__":
    main()
