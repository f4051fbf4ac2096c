"""Read by analysis.py: Kaplan-Meier, log-rank, Cox and cumulative incidence, by lifelines where it gives them."""

import math
from typing import Any

import numpy as np
import pandas as pd
from analysis_table import Answer, Asked, Columns, chi_square, groups, labels, numbers, reach, wald
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test


def kaplan_meier(rows: Columns, asked: Asked) -> Answer:
    def one(label: str, own: np.ndarray) -> Answer:
        time, event = numbers(rows, asked["time"])[own], numbers(rows, asked["event"])[own]
        found = curve(time, event, numbers(rows, asked["entry"])[own] if "entry" in asked else None, asked)
        heights, over = (found["survival"], found["lower"], found["upper"]), found["survival"][-1] == 0
        return {
            "group": label,
            "subjects": own.sum(),
            "events": event.sum(),
            "curve": found,
            "median": median(found),
            "at": {str(when): at(found["time"], heights, 1.0, when, over) for when in asked.get("at", ())},
            "restricted_mean": restricted_mean(found, asked),
            "follow_up": median(curve(time, 1 - event, None, asked)),
        }

    return {
        "groups": [one(*each) for each in groups(rows, asked.get("by", "switched" if "switched" in rows else None))]
    }


def curve(time: np.ndarray, event: np.ndarray, entry: np.ndarray | None, asked: Asked) -> Answer:
    moments, place = np.unique(time, return_inverse=True)
    since = np.full(len(time), -np.inf) if entry is None else entry
    followed = np.array([((since < moment) & (time >= moment)).sum() for moment in moments])
    events = np.bincount(place, weights=event)
    if entry is None:
        survival = KaplanMeierFitter().fit(time, event).survival_function_at_times(moments).to_numpy()
    else:
        survival = np.cumprod(1 - events / followed)
    with np.errstate(all="ignore"):  # Greenwood's formula has no number where the curve has come down to 0
        error = survival * np.sqrt(np.cumsum(events / (followed * (followed - events))))
    lower, upper = limits(survival, error, asked)
    told = {"time": moments, "at_risk": followed, "events": events, "censored": np.bincount(place) - events}
    return told | {"survival": survival, "std_err": error, "lower": lower, "upper": upper}


def limits(p: np.ndarray, error: np.ndarray, asked: Asked) -> tuple[np.ndarray, np.ndarray]:
    """Of probabilities, log-log unless the plan says another scale; none (NaN) where the probability is 0 or 1."""
    width, kind = reach(asked) * error, asked.get("interval", "log-log")
    with np.errstate(all="ignore"):
        if kind == "log-log":
            spread = width / (p * np.log(p))
            low, high = np.exp(np.log(p) * np.exp(-spread)), np.exp(np.log(p) * np.exp(spread))
        elif kind == "log":
            low, high = p * np.exp(-width / p), np.minimum(p * np.exp(width / p), 1)
        else:
            low, high = np.maximum(p - width, 0), np.minimum(p + width, 1)
    inside = (p > 0) & (p < 1)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def median(found: Asked) -> Answer:
    if not found["events"].any():
        return dict.fromkeys(("value", "lower", "upper"))
    named = {"value": "survival", "lower": "lower", "upper": "upper"}
    return {name: crossing(found["time"], found[heights]) for name, heights in named.items()}


def crossing(moments: np.ndarray, heights: np.ndarray) -> float:
    """The median by R's rule. lifelines takes the first time at or below one half; where the curve is flat at exactly
    one half, R takes the middle between that time and the next drop, and so do most published tables."""
    below = [(time, height) for time, height in zip(moments, heights, strict=True) if height < 0.5 + 2.0**-26]
    if not below:
        return math.nan
    later = [time for time, height in below if height < below[0][1] - 2.0**-26]
    return (below[0][0] + later[0]) / 2 if later and abs(below[0][1] - 0.5) < 2.0**-26 else below[0][0]


def at(moments: np.ndarray, heights: tuple[np.ndarray, ...], first: float, when: float, over: bool) -> Answer:
    row = int(np.searchsorted(moments, when, side="right")) - 1
    if when > moments[-1] and not over:
        return dict.fromkeys(("value", "lower", "upper"))  # follow-up is too short
    told = [each[row] for each in heights] if row >= 0 else [first, None, None]
    return dict(zip(("value", "lower", "upper"), told, strict=True))


def restricted_mean(found: Asked, asked: Asked) -> Answer | None:
    until = asked.get("restricted_to")
    if until is None or (until > found["time"][-1] and found["survival"][-1] > 0):
        return None
    within = found["time"] <= until
    heights, died, followed = found["survival"][within], found["events"][within], found["at_risk"][within]
    areas = np.diff(np.concatenate(([0], found["time"][within], [until]))) * np.concatenate(([1], heights))
    left = np.where(followed > died, followed - died, np.inf)
    value, error = areas.sum(), np.sqrt((areas[::-1].cumsum()[::-1][1:] ** 2 * died / (followed * left)).sum())
    around = [value - reach(asked) * error, value + reach(asked) * error] if error else [None, None]
    return {"value": value, "std_err": error or None, "lower": around[0], "upper": around[1]}


def log_rank(rows: Columns, asked: Asked) -> Answer:
    """Observed less expected by hand, as lifelines gives neither these nor strata; the plain test is lifelines' own."""
    time, event = numbers(rows, asked["time"]), numbers(rows, asked["event"])
    group, rho, gamma = (
        labels(rows, asked.get("group", "switched")),
        *(float(asked.get(each, 0)) for each in ("rho", "gamma")),
    )
    names, strata = sorted(set(group)), list(groups(rows, asked.get("strata")))
    member = np.array([group == name for name in names], dtype=float)
    seen, expected, spread = np.zeros(len(names)), np.zeros(len(names)), np.zeros((len(names), len(names)))
    for _, own in strata:
        survival = 1.0
        for moment in np.unique(time[own & (event == 1)]):
            at_risk, dying = (
                member[:, own & (time >= moment)].sum(1),
                member[:, own & (time == moment) & (event == 1)].sum(1),
            )
            n, d = at_risk.sum(), dying.sum()
            weight, share = survival**rho * (1 - survival) ** gamma, at_risk / n
            seen, expected = seen + weight * dying, expected + weight * d * share
            if n > 1:
                spread += weight**2 * d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
            survival *= 1 - d / n
    there = np.flatnonzero(expected)[1:]
    statistic = (seen - expected)[there] @ np.linalg.solve(spread[np.ix_(there, there)], (seen - expected)[there])
    if len(strata) == 1 and rho == gamma == 0:
        statistic = multivariate_logrank_test(time, group, event).test_statistic
    counted = zip(names, member.sum(1), seen, expected, strict=True)
    told = [dict(zip(("group", "subjects", "observed", "expected"), each, strict=True)) for each in counted]
    return {"groups": told, "covariance": spread, "strata": len(strata), "test": chi_square(statistic, len(there))}


def followed_rows(rows: Columns, asked: Asked) -> pd.DataFrame:
    """One row a subject: covariates, stop?, end?, in? (its stratum), who? and start? where it was not followed from 0.

    A switch without a landmark splits its subject's time in two, from before day 0 on: what was until then, and after.
    """
    strata = labels(rows, asked["strata"]) if "strata" in asked else np.full(len(rows[asked["time"]]), "")
    frame = pd.DataFrame({name: numbers(rows, name) for name in asked.get("covariates", ())} | {"in?": strata})
    frame["stop?"], frame["end?"] = numbers(rows, asked["time"]), numbers(rows, asked["event"])
    frame["who?"] = np.arange(len(frame))
    if "entry" in asked:
        frame["start?"] = numbers(rows, asked["entry"])
    if "switched" in rows:
        frame["switched"] = numbers(rows, "switched")
    elif "switch" in asked:
        switch = np.array([math.inf if each is None else each for each in rows[asked["switch"]]], dtype=float)
        frame["start?"], frame["switched"], changed = -1.0, 0.0, switch < frame["stop?"]
        after = frame[changed].copy()
        after["start?"], after["switched"] = switch[changed], 1.0
        frame.loc[changed, "stop?"], frame.loc[changed, "end?"] = switch[changed], 0.0
        frame = pd.concat([frame, after], ignore_index=True)
    return frame


def cox(rows: Columns, asked: Asked) -> Answer:
    """Efron's ties, by lifelines."""
    frame = followed_rows(rows, asked)
    names = [*asked.get("covariates", ()), *(["switched"] if "switched" in frame else [])]
    frame = frame[[*names, *(name for name in frame if name not in names)]]
    fitted = CoxPHFitter().fit(
        frame.drop(columns=["who?"] if "strata" in asked else ["who?", "in?"]),
        "stop?",
        "end?",
        strata=["in?"] if "strata" in asked else None,
        entry_col="start?" if "start?" in frame else None,
        fit_options={"precision": 1e-18, "r_precision": 0.0},
    )
    values, covariance = fitted.params_[names].to_numpy(), fitted.variance_matrix_.loc[names, names].to_numpy()
    ratio = fitted.log_likelihood_ratio_test().test_statistic
    told = [
        {
            "name": name,
            **{key: each for key, each in wald(value, error, reach(asked)).items() if not key.startswith("wald")},
        }
        | {
            "hazard_ratio": np.exp(value),
            "lower": np.exp(value - reach(asked) * error),
            "upper": np.exp(value + reach(asked) * error),
        }
        for name, value, error in zip(names, values, np.sqrt(np.diag(covariance)), strict=True)
    ]
    return {
        "fit": {
            "subjects": len(frame),
            "events": frame["end?"].sum(),
            "strata": len(set(frame["in?"])),
            "coefficients": told,
            "covariance": covariance,
            "log_likelihood": fitted.log_likelihood_,
            "log_likelihood_null": fitted.log_likelihood_ - ratio / 2,
            "likelihood_ratio": chi_square(ratio, len(names)),
            "wald": chi_square(values @ np.linalg.solve(covariance, values), len(names)),
        },
        "diagnostics": diagnostics(frame, names, values, covariance),
    }


def diagnostics(frame: pd.DataFrame, names: list[str], values: np.ndarray, covariance: np.ndarray) -> Answer:
    """Of each subject, with the two parts of its time added up where it has two."""
    martingale, score = residuals(frame, names, values)
    null, _ = residuals(frame, names, np.zeros(len(names)))
    by_subject = pd.DataFrame(np.column_stack([martingale, null, score @ covariance])).groupby(frame["who?"]).sum()
    martingale, null, *moved = by_subject.to_numpy().T
    cut, errors = 2 / np.sqrt(len(by_subject)), np.sqrt(np.diag(covariance))
    scaled = [each / error for each, error in zip(moved, errors, strict=True)]
    told = [
        {"name": name, "dfbeta": dfbeta, "dfbetas": dfbetas, "beyond": (abs(dfbetas) > cut).sum()}
        for name, dfbeta, dfbetas in zip(names, moved, scaled, strict=True)
    ]
    return {"martingale": martingale, "null_martingale": null, "cut": cut, "influences": told}


def residuals(frame: pd.DataFrame, names: list[str], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Martingale and score residuals, by row. By hand: lifelines takes events of one time one after the other, and
    leaves times of entry out. Of d events of one time, the k-th from 0 is counted against a risk set less k/d of the d.
    """
    x, time, event = frame[names].to_numpy(dtype=float), frame["stop?"].to_numpy(), frame["end?"].to_numpy() == 1
    since = frame["start?"].to_numpy() if "start?" in frame else np.full(len(frame), -np.inf)
    stratum, risk = frame["in?"].to_numpy(), np.exp((x - x.mean(0)) @ values)
    expected, score = np.zeros(len(x)), np.zeros(x.shape)
    for own in (stratum == each for each in set(stratum)):
        for moment in np.unique(time[own & event]):
            dying = own & event & (time == moment)
            for k in range(dying.sum()):
                share = (own & (since < moment) & (time >= moment)) * risk * (1 - dying * k / dying.sum())
                share = share / share.sum()
                apart = x - share @ x
                expected += share
                score += (dying / dying.sum() - share)[:, None] * apart
    return event - expected, score


def cumulative_incidence(rows: Columns, asked: Asked) -> Answer:
    return {"groups": [incidence(rows, asked, *each) for each in groups(rows, asked.get("by"))]}


def incidence(rows: Columns, asked: Asked, label: str, own: np.ndarray) -> Answer:
    """Aalen-Johansen on the tied times as they are: lifelines moves tied times by chance. The variance is the
    infinitesimal jackknife's: how each subject moves the incidence, squared and added up, as R's survfit has it."""
    time, cause = numbers(rows, asked["time"])[own], labels(rows, asked["cause"])[own]
    moments, censored = np.unique(time), asked.get("censored", "0")
    names = sorted(set(cause) - {censored})
    free, free_moved, event_free = 1.0, np.zeros(len(time)), np.zeros(len(moments))
    value, moved = dict.fromkeys(names, 0.0), {name: np.zeros(len(time)) for name in names}
    told: dict[str, list[Any]] = {name: [] for name in names}
    at_risk = [(time >= moment).sum() for moment in moments]
    for row, moment in enumerate(moments):
        total, total_moved = 0.0, np.zeros(len(time))
        for name in names:
            ended = (time == moment) & (cause == name)
            hazard = ended.sum() / at_risk[row]
            hazard_moved = (ended - (time >= moment) * hazard) / at_risk[row]
            value[name], moved[name] = (
                value[name] + free * hazard,
                moved[name] + free_moved * hazard + free * hazard_moved,
            )
            told[name].append((ended.sum(), value[name], np.sqrt((moved[name] ** 2).sum())))
            total, total_moved = total + hazard, total_moved + hazard_moved
        free, free_moved = free * (1 - total), free_moved * (1 - total) - free * total_moved
        event_free[row] = free
    causes, times = [], {}
    for name in names:
        events, heights, errors = (np.array(each, dtype=float) for each in zip(*told[name], strict=True))
        lower, upper = limits(heights, errors, asked)
        causes.append(
            {"cause": name, "events": events, "incidence": heights, "std_err": errors, "lower": lower, "upper": upper}
        )
        seen = (heights, lower, upper)
        times[name] = {str(when): at(moments, seen, 0.0, when, event_free[-1] == 0) for when in asked.get("at", ())}
    curves = {"time": moments, "at_risk": at_risk, "event_free": event_free, "causes": causes}
    return {"group": label, "subjects": len(time), "curves": curves, "at": times}
