"""What is reported: the study as it was known, the estimates of its plan, and what ties both to the ledger.

**Who may see it.** The report names subjects beside their course, so it is for the study's statistician and for those
to whom the sponsor's charter gives it. Values of a blinded marker are shown on no page, because whoever assesses the
response must not know them; a report may be passed on to an assessor, so by default it holds none of them either while
the look is interim: no value of a subject, and no cut, knot or mean of values. Odds ratios, areas and tests tell no
subject's value and stay. `with_blinded`, asked for on purpose, shows them, and then every page says who must not read
it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from analytics.analyses import Analyses
from analytics.plans.plan import Plan
from analytics.plans.results import Result
from analytics.prespecified import Prespecified
from analytics.recompute import StudyAsOf
from monitor.report.courses import BlastCount
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


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """``plan`` and ``analyses`` are None for a study without a plan; ``blasts`` are by subject, by day."""

    study: StudyDefinition
    then: StudyAsOf
    analyses: Analyses | None
    seal: Sealed | None
    blasts: Mapping[str, Sequence[BlastCount]]
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
        marker = self.study.marker
        analyte = None if marker is None else self.study.analyte(marker.analyte)
        return marker is not None and (analyte is None or analyte.blinded)

    @property
    def hides_marker(self) -> bool:
        """Whether values of the marker are left out."""
        return self.marker_is_blinded and self.look == "interim" and not self.with_blinded

    def results(self, *methods: str) -> Iterable[Result]:
        """Of these methods, in the plan's order; without any all of them."""
        found = () if self.analyses is None else self.analyses.results.results
        return tuple(each for each in found if not methods or each.method in methods)
