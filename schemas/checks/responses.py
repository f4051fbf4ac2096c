"""The investigator's categories beside those that the study's rule set derives, for the check `response-differs`.

What cannot be compared (another rule set, nothing to derive from, a value that is missing) is no difference.
"""

from collections.abc import Iterable

from schemas.checks.chart import Compare, Compared
from schemas.rules import comparison
from schemas.rules.comparison import Accord
from schemas.rules.derivation import derive
from schemas.rules.derived import DerivedResponse
from schemas.settlement import Settled
from schemas.study import StudyDefinition


def comparing(study: StudyDefinition) -> Compare | None:
    """What `catalogue.check` and `queries.queries` take as ``compare``; None for a study without a rule set."""
    if study.response.rule_set is None:
        return None

    def compare(settled: Settled) -> Iterable[Compared]:
        entries = settled.in_force()
        return [
            Compared(
                response=each.mark.entry,
                relied_on=_relied_on(each.derived),
                on=each.mark.on,
                investigator=each.category,
                # Where several are possible, the first of them; an investigator's that is among them does not differ.
                derived=each.category if each.accord is Accord.AGREE else each.derived.possible()[0],
            )
            for each in comparison.compared(entries, derive(entries, study))
            if each.accord is not Accord.NOT_COMPARABLE and each.derived is not None
        ]

    return compare


def _relied_on(derived: DerivedResponse) -> tuple[str, ...]:
    """Every entry that the log of conditions names, and the one that the response is of; sorted."""
    named = {finding.entry for step in derived.log for finding in step.findings if finding.entry is not None}
    return tuple(sorted({derived.mark.entry, *named}))
