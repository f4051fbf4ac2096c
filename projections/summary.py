"""What an event says beyond its type, in pairs without a language, for lists of events. Blind by default. Pure."""

from collections.abc import Set
from decimal import Decimal

from schemas.events import (
    ChemotherapyBegun,
    CriterionAssessed,
    EntryCorrected,
    Facts,
    MarrowAssessed,
    MessageRefused,
    ResponseAssessed,
    ResultReported,
    SpecimenCollected,
)

Detail = tuple[tuple[str, str], ...]


def detail_of(facts: Facts, analytes_shown: Set[str]) -> Detail:
    """Pairs of key and value. A result has a ``value`` only where its analyte is among ``analytes_shown``."""
    match facts:
        case ResultReported():
            return _result(facts, analytes_shown)
        case SpecimenCollected(matrix=matrix):
            return (("matrix", matrix.value),)
        case CriterionAssessed(criterion=criterion, answer=answer):
            return (("criterion", criterion), ("answer", answer.value))
        case ChemotherapyBegun(course=course):
            return (("course", str(course)),)
        case MarrowAssessed(blasts_pct=Decimal() as blasts):
            return (("blasts", str(blasts)),)
        case ResponseAssessed(category=category):
            return (("category", category.value),)
        case EntryCorrected(target_type=target_type):
            return (("target_type", target_type),)
        case MessageRefused(problem=problem):
            return (("problem", problem),)
        case _:
            return ()


def _result(facts: ResultReported, analytes_shown: Set[str]) -> Detail:
    said = (("analyte", facts.analyte), ("matrix", facts.matrix.value))
    if facts.analyte not in analytes_shown or facts.number is None:
        return said
    bound = "" if facts.bound is None or facts.bound.value == "=" else facts.bound.value
    return (*said, ("value", f"{bound}{facts.number}"))
