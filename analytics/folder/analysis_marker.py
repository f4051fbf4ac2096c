"""Read by analysis.py: logistic regression and ROC curves, by scipy and numpy."""

import math

import numpy as np
from analysis_table import Answer, Asked, Columns, chi_square, numbers, reach, side, wald
from scipy import optimize, special, stats


def logistic(rows: Columns, asked: Asked) -> Answer:
    """lifelines has no logistic regression: maximum likelihood, or Firth's, with Wald's and the profile's limits."""
    y, names, firth = numbers(rows, asked["outcome"]), list(asked["covariates"]), asked.get("penalty") == "firth"
    x = np.column_stack([np.ones(len(y)), *(numbers(rows, name) for name in names)])
    everything = list(range(x.shape[1]))
    best, high, info = climb(x, y, firth, everything, np.zeros(len(everything)))
    null = climb(x, y, firth, [0], np.zeros(len(everything)))[1]
    covariance = np.linalg.inv(info)

    def tested(place: int) -> Answer:
        others, error = [each for each in everything if each != place], math.sqrt(covariance[place, place])

        def fallen(steps: float) -> float:
            start = best + steps * covariance[place] / error
            start[place] = best[place] + steps * error
            return max(2 * (high - climb(x, y, firth, others, start)[1]), 0)

        def limit(sign: int) -> float:
            far = reach(asked)
            while fallen(sign * far) < reach(asked) ** 2:
                far *= 1.5
            steps = optimize.brentq(lambda steps: math.sqrt(fallen(sign * steps)) - reach(asked), 0, far, xtol=1e-11)
            return best[place] + sign * steps * error

        told = wald(best[place], error, reach(asked)) | {"profile_lower": limit(-1), "profile_upper": limit(1)}
        return told | {"likelihood_ratio": chi_square(fallen(-best[place] / error), 1)}

    intercept, *told = [tested(place) for place in everything]
    spans = ("wald_lower", "wald_upper", "profile_lower", "profile_upper")
    ratios = {
        name: {"value": math.exp(each["coefficient"])} | {span: math.exp(each[span]) for span in spans}
        for name, each in zip(names, told, strict=True)
    }
    fit = {"subjects": len(y), "responders": y.sum(), "intercept": intercept, "covariance": covariance}
    fit |= {"coefficients": [{"name": name} | each for name, each in zip(names, told, strict=True)]}
    fit |= {
        "log_likelihood_null": null,
        "log_likelihood": high,
        "likelihood_ratio": chi_square(2 * (high - null), len(names)),
    }
    return {"fit": fit, "odds_ratios": ratios, "separation": {"subjects": len(y)}}


def climb(
    x: np.ndarray, y: np.ndarray, firth: bool, free: list[int], start: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray]:
    """The greatest log-likelihood over the coefficients at ``free``, the others held; Firth's adds half of the
    logarithm of the information's determinant. Scoring steps, halved where they would go down."""

    def height(b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        p = special.expit(x @ b)
        info = (x * (p * (1 - p))[:, None]).T @ x
        lean = (p * (1 - p) * (x @ np.linalg.pinv(info) * x).sum(1)) * (0.5 - p) if firth else 0.0
        high = -np.logaddexp(0, np.where(y == 1, -1, 1) * (x @ b)).sum() + (
            np.linalg.slogdet(info)[1] / 2 if firth else 0
        )
        return high, x.T @ (y - p + lean), info

    b, (high, score, info) = start.astype(float), height(start)
    for _ in range(500 if free else 0):
        step = np.zeros(len(b))
        step[free] = np.linalg.solve(info[np.ix_(free, free)], score[free])
        while not (there := height(b + step))[0] >= high - 1e-12 * abs(high):
            step /= 2
        b, gain = b + step, score @ step
        high, score, info = there
        if gain < 1e-18:
            break
    return b, high, info


def roc(rows: Columns, asked: Asked) -> Answer:
    case, directions = numbers(rows, asked["outcome"]) == 1, [asked["cases"], asked.get("second_cases", asked["cases"])]
    counts = {"cases": case.sum(), "controls": (~case).sum()}

    def placed(name: str, cases: str) -> tuple[np.ndarray, np.ndarray]:
        """For each case the share of controls below it, for each control the share of cases above it; DeLong's."""
        value = numbers(rows, name) * (1 if cases == "higher" else -1)
        above = (value[case][:, None] > value[~case]) + (value[case][:, None] == value[~case]) / 2
        return above.mean(1), above.mean(0)

    def area(name: str, cases: str) -> Answer:
        of_cases, of_controls = placed(name, cases)
        told = counts | {"value": of_cases.mean(), **dict.fromkeys(("std_err", "lower", "upper"))}
        error = spread(of_cases, of_controls) if min(counts.values()) > 1 else 0.0
        if error > 1e-10:
            low, high = told["value"] - reach(asked) * error, told["value"] + reach(asked) * error
            told |= {"std_err": error, "lower": max(low, 0), "upper": min(high, 1)}
        return told

    def spread(of_cases: np.ndarray, of_controls: np.ndarray) -> float:
        return float(np.sqrt(of_cases.var(ddof=1) / len(of_cases) + of_controls.var(ddof=1) / len(of_controls)))

    value, higher = numbers(rows, asked["marker"]), asked["cases"] == "higher"
    distinct = np.unique(value)
    middles = (distinct[1:] + distinct[:-1]) / 2
    cuts = np.concatenate(([-np.inf], middles, [np.inf]))
    positive = (value[:, None] > cuts) if higher else (value[:, None] < cuts)
    hits, spared = positive[case].sum(0), (~positive[~case]).sum(0)
    sensitivity, specificity = hits / counts["cases"], spared / counts["controls"]
    both = hits * counts["controls"] + spared * counts["cases"]
    columns = (np.where(np.isfinite(cuts), cuts, np.nan), sensitivity, specificity)
    found = [
        dict(zip(("cut", "sensitivity", "specificity"), (each[row] for each in columns), strict=True))
        for row in np.flatnonzero(both == both.max())
    ]
    youden = both.max() / (counts["cases"] * counts["controls"]) - 1
    told: Asked = {"auc": area(asked["marker"], asked["cases"]), "compared": None, "cuts": None, "at_cut": None}
    if "cut" in asked:
        told["at_cut"] = at_cut(case, rows[side(asked)], asked)
    elif youden > 1e-12:  # no cut is better than none
        told["cuts"] = counts | {"youden": youden, "cuts": found}
    if "second" in asked:
        pairs = [
            placed(name, cases) for name, cases in zip((asked["marker"], asked["second"]), directions, strict=True)
        ]
        error, difference = (
            spread(*(one - two for one, two in zip(*pairs, strict=True))),
            pairs[0][0].mean() - pairs[1][0].mean(),
        )
        test = {name.removeprefix("wald_"): each for name, each in wald(difference, error, reach(asked)).items()}
        test["value"] = test.pop("coefficient")
        told["compared"] = {"first": told["auc"], "second": area(asked["second"], directions[1])} | test
    return told | {"curve": counts | dict(zip(("cut", "sensitivity", "specificity"), columns, strict=True))}


def at_cut(case: np.ndarray, upper: list[bool | None], asked: Asked) -> Answer | None:
    """The plan's own cut: a value equal to it lies on the upper side. None where somebody's side is not known."""
    if None in upper:
        return None
    positive = np.array(upper, dtype=bool) == (asked["cases"] == "higher")
    hits, missed = (case & positive).sum(), (case & ~positive).sum()
    false, spared = (~case & positive).sum(), (~case & ~positive).sum()

    def share(count: int, of: int) -> Answer | None:
        if not of:
            return None
        limits = stats.binomtest(int(count), int(of)).proportion_ci(float(asked.get("level", 0.95)), "exact")
        return {"count": count, "of": of, "value": count / of, "lower": limits.low, "upper": limits.high}

    def ratio(of_cases: int, of_controls: int) -> Answer:
        """Simel's, on the scale of the logarithm."""
        told: Answer = dict.fromkeys(("value", "lower", "upper"))
        if of_controls:
            told["value"] = (of_cases / case.sum()) / (of_controls / (~case).sum())
        if of_controls and of_cases:
            variance = 1 / of_cases - 1 / case.sum() + 1 / of_controls - 1 / (~case).sum()
            far = math.exp(reach(asked) * math.sqrt(max(variance, 0)))
            told |= {"lower": told["value"] / far, "upper": told["value"] * far} if variance > 0 else {}
        return told

    counts = {"cases_positive": hits, "cases_negative": missed, "controls_positive": false, "controls_negative": spared}
    shares = {"sensitivity": share(hits, hits + missed), "specificity": share(spared, false + spared)}
    shares |= {"positive_predictive": share(hits, hits + false)}
    shares |= {"negative_predictive": share(spared, missed + spared)}
    ratios = {"positive_likelihood": ratio(hits, false), "negative_likelihood": ratio(missed, spared)}
    return {"cut": float(asked["cut"])} | counts | shares | ratios
