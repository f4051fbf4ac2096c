"""The investigator's categories beside those that the study's rule set derives, for the check `response-differs`."""

from collections.abc import Iterable

from schemas.checks.chart import Compare
from schemas.rules.comparison import Compared, compared
from schemas.rules.derivation import derive
from schemas.settlement import Settled
from schemas.study import StudyDefinition


def comparing(study: StudyDefinition) -> Compare | None:
    """What `catalogue.check` and `queries.queries` take as ``compare``; None for a study without a rule set."""
    if study.response.rule_set is None:
        return None

    def compare(settled: Settled) -> Iterable[Compared]:
        entries = settled.in_force()
        return compared(entries, derive(entries, study))

    return compare
