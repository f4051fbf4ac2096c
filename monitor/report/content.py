"""What is reported: the study as it was known, the estimates of its plan, and what ties both to the ledger.

**Who may see it.** The report names subjects beside their course, so it is for the study's statistician and for those
to whom the sponsor's charter gives it. Values of a blinded marker are shown to those alone whose role may see them (see
`analytics.disclosure`). Even a report of theirs may be passed on to an assessor, so while the look is interim it holds
none by default: `with_blinded`, asked for on purpose, shows them, and then every page says who must not read it. Odds
ratios, areas and tests tell no subject's value and stay.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from analytics.analyses import Analyses
from analytics.disclosure import hidden_columns, marker_is_blinded, shown
from analytics.plans.methods import title_in
from analytics.plans.plan import Plan
from analytics.plans.results import Result
from analytics.prespecified import Prespecified
from analytics.recompute import StudyAsOf
from monitor.report.courses import BlastCount
from monitor.words import Words
from schemas.rules.endpoints import EndpointRow
from schemas.study import StudyDefinition


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """The last seal of the ledger. ``covers`` is whether the report's position lies under it.

    ``root`` is hexadecimal, ``keys`` are the fingerprints of the public keys that the ledger lists.
    """

    number: int
    rows: int
    commit: int
    root: str
    sealed_at: dt.datetime
    keys: tuple[str, ...]
    covers: bool


def called(result: Result, words: Words) -> str:
    """The estimate's title, or its id where the plan gives it none."""
    return title_in(words.language, result.title) or result.id


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """``plan`` and ``analyses`` are None for a study without a plan; ``blasts`` are by subject, by day.

    ``sees_values`` says whether whoever makes the report may see values of a blinded marker.
    """

    study: StudyDefinition
    then: StudyAsOf
    analyses: Analyses | None
    seal: Sealed | None
    blasts: Mapping[str, Sequence[BlastCount]]
    sees_values: bool = False
    with_blinded: bool = False
    plan: Plan | None = None

    @property
    def prespecified(self) -> Prespecified:
        return Prespecified(self.plan, self.study.endpoints)

    @property
    def look(self) -> str:
        """Of the analyses; without a plan, interim."""
        return "interim" if self.analyses is None else self.analyses.look

    @property
    def rows(self) -> tuple[EndpointRow, ...]:
        """The enrolled, by subject."""
        enrolled = (row for row in self.then.rows.values() if row.membership.enrolled_on is not None)
        return tuple(sorted(enrolled, key=lambda row: row.subject))

    @property
    def marker_is_blinded(self) -> bool:
        """Whether the study's marker is hidden from those who assess the response."""
        return marker_is_blinded(self.study)

    @property
    def hides_marker(self) -> bool:
        """Whether values of the marker are left out."""
        return bool(self._hidden)

    @property
    def _hidden(self) -> tuple[str, ...]:
        asked_for = self.look == "final" or self.with_blinded
        return hidden_columns(self.study, sees_values=self.sees_values and asked_for)

    def results(self, *methods: str) -> Iterable[Result]:
        """Of these methods, in the plan's order; without any all of them. Values that are hidden are withheld."""
        found = () if self.analyses is None else shown(self.analyses, self._hidden).results.results
        return tuple(each for each in found if not methods or each.method in methods)
