"""The estimators that have to be certified, by the names that a statistician asks for, and which certificates do it."""

from collections.abc import Callable

from tests.certificates.reading import Certificate


def _of(*estimators: str) -> Callable[[Certificate], bool]:
    return lambda certificate: certificate.estimator in estimators


def _log_rank(*, weighted: bool, stratified: bool) -> Callable[[Certificate], bool]:
    def does(certificate: Certificate) -> bool:
        told = certificate.arguments
        is_weighted = bool(told.get("rho", 0) or told.get("gamma", 0))
        of_it = certificate.estimator in ("log_rank", "log_rank_weighted")
        return of_it and is_weighted is weighted and ("strata" in told) is stratified

    return does


def _maximally_selected(method: str) -> Callable[[Certificate], bool]:
    return lambda each: each.estimator.startswith("cut_for_") and each.arguments["pmethod"] == method


NAMED: dict[str, Callable[[Certificate], bool]] = {
    "Kaplan-Meier": _of("kaplan_meier", "survival_at", "quantile", "median"),
    "restricted mean": _of("restricted_mean"),
    "reverse Kaplan-Meier": _of("follow_up"),
    "log-rank": _log_rank(weighted=False, stratified=False),
    "log-rank, stratified": _log_rank(weighted=False, stratified=True),
    "Fleming-Harrington": _log_rank(weighted=True, stratified=False),
    "Fleming-Harrington, stratified": _log_rank(weighted=True, stratified=True),
    "Cox": _of("cox", "cox_baseline"),
    "Cox, residuals": _of("cox_residuals", "cox_null_residuals"),
    "proportional hazards (zph)": _of("proportional_hazards"),
    "Aalen-Johansen": _of("cumulative_incidence", "incidence_at"),
    "Gray": _of("gray"),
    "Clopper-Pearson": _of("clopper_pearson"),
    "Wilson": _of("wilson"),
    "Newcombe": _of("newcombe"),
    "Cohen's kappa": _of("cohen_kappa"),
    "logistic": _of("logistic", "logistic_profile"),
    "Firth, Wald": _of("firth"),
    "Firth, profile": _of("firth_profile"),
    "separation": _of("separation"),
    "ROC curve and cuts": _of("roc_curve", "best_cuts"),
    "accuracy at a prespecified cut": _of("cut_accuracy"),
    "DeLong": _of("auc", "compare_auc"),
    "maximally selected, Lau92": _maximally_selected("Lau92"),
    "maximally selected, Lau94": _maximally_selected("Lau94"),
    "optimism": _of("auc_optimism", "cut_optimism", "survival_cut_optimism"),
    "censored normal": _of("censored_means"),
    "restricted cubic spline": _of("spline_knots", "spline_basis", "logistic_spline", "cox_spline"),
    "lowess": _of("lowess"),
}


def values_of(certificates: list[Certificate]) -> int:
    """How many values that are numbers."""
    return sum(value is not None for each in certificates for found in each.values.values() for value in found)
