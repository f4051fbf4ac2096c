"""Enrolment toward the target and the way from screening to assessment, from tallies of endpoint rows."""

import datetime as dt
from collections import Counter, defaultdict
from typing import NamedTuple

from analytics.estimates import Estimate, Missing, not_given
from analytics.figures import EnrolmentFigure, FunnelFigure, FunnelStep
from analytics.parameters import Parameters
from analytics.response import exact_proportion
from analytics.rounding import rounded
from analytics.tally import Tally, among, how_many, move, total
from schemas.eligibility import Eligibility
from schemas.rules.endpoints import EndpointRow


class EnrolmentTally(Tally[tuple[dt.date, str]]):
    """The enrolled by date. Every enrolled subject counts, eligible or not: what is wrong shows in the funnel."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        self._parameters = parameters
        self._subjects: dict[dt.date, set[str]] = defaultdict(set)

    def figure(self) -> EnrolmentFigure:
        cumulative, so_far, dates = [], 0, sorted(self._subjects)
        for on in dates:
            so_far += len(self._subjects[on])
            cumulative.append(so_far)
        return EnrolmentFigure(
            target=self._parameters.target,
            enrolled=so_far,
            last_on=dates[-1] if dates else None,
            last_subject=max(self._subjects[dates[-1]]) if dates else None,
            on=tuple(dates),
            cumulative=tuple(cumulative),
            plan_on=(self._parameters.enrolment_begins_on, self._parameters.enrolment_ends_on),
            plan=(0, self._parameters.target),
        )

    def _part(self, row: EndpointRow) -> tuple[dt.date, str] | None:
        enrolled_on = row.membership.enrolled_on
        return None if enrolled_on is None else (enrolled_on, row.subject)

    def _count(self, part: tuple[dt.date, str], subjects: int) -> None:
        on, subject = part
        if subjects > 0:
            self._subjects[on].add(subject)
            return
        self._subjects[on].remove(subject)
        if not self._subjects[on]:
            del self._subjects[on]


class Way(NamedTuple):
    """How far a subject came, by what the funnel counts."""

    screened: bool
    consented: bool
    eligibility: Eligibility
    failed: tuple[str, ...]
    enrolled: bool
    treated: bool
    assessed: bool
    died: bool


class FunnelTally(Tally[Way]):
    """Subjects by how far they came."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        self._parameters = parameters
        self._ways: Counter[Way] = Counter()

    def figure(self) -> FunnelFigure:
        """Its one rate is rounded."""
        ways = list(self._ways.items())
        screened = among(ways, lambda way: way.screened)
        eligible = among(ways, lambda way: way.eligibility is Eligibility.ELIGIBLE)
        enrolled = among(ways, lambda way: way.enrolled)
        treated = among(ways, lambda way: way.treated)
        unassessed = among(treated, lambda way: not way.assessed)
        failed = Counter[str]()
        for way, subjects in screened:
            failed.update(dict.fromkeys(way.failed, subjects))
        ineligible = {criterion: failed[criterion] for criterion in self._parameters.criteria if failed[criterion]}
        undecided = how_many(screened, lambda way: way.eligibility is Eligibility.UNDECIDED)
        died = how_many(unassessed, lambda way: way.died)
        failures = how_many(screened, lambda way: bool(way.failed))
        decided = how_many(screened, lambda way: bool(way.failed) or way.eligibility is Eligibility.ELIGIBLE)
        unsigned = how_many(screened, lambda way: not way.consented)
        assessed = total(treated) - total(unassessed)
        return FunnelFigure(
            steps=(
                FunnelStep(step="screened", subjects=total(screened)),
                _step("consented", how_many(ways, lambda way: way.consented), unsigned=unsigned),
                _step("eligible", total(eligible), **ineligible, open=undecided),
                _step("enrolled", total(enrolled), waiting=how_many(eligible, lambda way: not way.enrolled)),
                _step("treated", total(treated), waiting=how_many(enrolled, lambda way: not way.treated)),
                _step("assessed", assessed, died=died, due=total(unassessed) - died),
            ),
            screen_failures=failures,
            screened_decided=decided,
            screen_failure_rate=self._rate(failures, decided),
        )

    def _rate(self, failures: int, decided: int) -> Estimate:
        if not decided:
            return not_given(Missing.NOBODY_DECIDED)
        return rounded(exact_proportion(failures, decided, self._parameters.level), self._parameters.digits)

    def _part(self, row: EndpointRow) -> Way:
        member = row.membership
        return Way(
            screened=member.screened_on is not None,
            consented=member.consented,
            eligibility=member.eligibility,
            failed=member.failed,
            enrolled=member.enrolled_on is not None,
            treated=member.treated_on is not None,
            assessed=member.assessed_on is not None,
            died=member.died_on is not None,
        )

    def _count(self, part: Way, subjects: int) -> None:
        move(self._ways, part, subjects)


def _step(step: str, subjects: int, **without: int) -> FunnelStep:
    return FunnelStep(step=step, subjects=subjects, without={why: count for why, count in without.items() if count})
