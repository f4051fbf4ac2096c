"""The data sets of the certificates: lifelines' own, and the small ones that datasets.R wrote down."""

import functools
import json
from pathlib import Path

import lifelines.datasets as lifelines
import numpy as np
import pandas as pd

HERE = Path(__file__).parent


@functools.cache
def data_set(name: str) -> pd.DataFrame:
    """The columns that datasets.R gives the set of this name."""
    own = json.loads((HERE / "datasets.json").read_text(encoding="utf-8"))
    return pd.DataFrame(own[name]) if name in own else _OF_LIFELINES[name]()


def _lung_complete() -> pd.DataFrame:
    return lifelines.load_lung()[["time", "status", "age", "sex", "ph.ecog", "ph.karno"]].dropna()


def _lymph_node() -> pd.DataFrame:
    nodes = lifelines.load_lymph_node()
    recurred, died = nodes["censrec"] == 1, nodes["censdead"] == 1
    cause = np.where(recurred, np.where(died, 2, 1), 0)
    return nodes.assign(cause=cause, months=np.ceil(nodes["rectime"] / 30))


_OF_LIFELINES = {
    "lung": lifelines.load_lung,
    "lung, complete": _lung_complete,
    "rossi": lifelines.load_rossi,
    "larynx": lifelines.load_larynx,
    "kidney transplant": lifelines.load_kidney_transplant,
    "gehan": lifelines.load_leukemia,
    "stanford": lifelines.load_stanford_heart_transplants,
    "aids": lifelines.load_multicenter_aids_cohort_study,
    "lymph node": _lymph_node,
}
