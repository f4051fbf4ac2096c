"""Enrolment toward the target and the way from screening to assessment, from endpoint rows. Pure."""

from collections import Counter
from collections.abc import Sequence

from analytics.estimates import Missing, not_given
from analytics.figures import EnrolmentFigure, FunnelFigure, FunnelStep
from analytics.parameters import Parameters
from analytics.response import exact_proportion
from schemas.eligibility import Eligibility
from schemas.rules.endpoints import EndpointRow


def enrolment_figure(rows: Sequence[EndpointRow], parameters: Parameters) -> EnrolmentFigure:
    """Every enrolled subject counts, eligible or not: what is wrong with an enrolment shows in the funnel."""
    enrolled = sorted(
        (row.membership.enrolled_on, row.subject) for row in rows if row.membership.enrolled_on is not None
    )
    by_date = Counter(on for on, _ in enrolled)
    cumulative, so_far = [], 0
    for on in sorted(by_date):
        so_far += by_date[on]
        cumulative.append(so_far)
    last_on, last_subject = enrolled[-1] if enrolled else (None, None)
    return EnrolmentFigure(
        target=parameters.target,
        enrolled=len(enrolled),
        last_on=last_on,
        last_subject=last_subject,
        on=tuple(sorted(by_date)),
        cumulative=tuple(cumulative),
        plan_on=(parameters.enrolment_begins_on, parameters.enrolment_ends_on),
        plan=(0, parameters.target),
    )


def funnel_figure(rows: Sequence[EndpointRow], parameters: Parameters) -> FunnelFigure:
    members = [row.membership for row in rows]
    screened = [each for each in members if each.screened_on is not None]
    eligible = [each for each in members if each.eligibility is Eligibility.ELIGIBLE]
    enrolled = [each for each in members if each.enrolled_on is not None]
    treated = [each for each in members if each.treated_on is not None]
    unassessed = [each for each in treated if each.assessed_on is None]
    failed = Counter(criterion for each in screened for criterion in each.failed)
    ineligible = {criterion: failed[criterion] for criterion in parameters.criteria if failed[criterion]}
    undecided = sum(each.eligibility is Eligibility.UNDECIDED for each in screened)
    died = sum(each.died_on is not None for each in unassessed)
    failures = sum(bool(each.failed) for each in screened)
    decided = sum(bool(each.failed) or each.eligibility is Eligibility.ELIGIBLE for each in screened)
    return FunnelFigure(
        steps=(
            FunnelStep(step="screened", subjects=len(screened)),
            _step(
                "consented", sum(each.consented for each in members), unsigned=sum(not m.consented for m in screened)
            ),
            _step("eligible", len(eligible), **ineligible, open=undecided),
            _step("enrolled", len(enrolled), waiting=sum(each.enrolled_on is None for each in eligible)),
            _step("treated", len(treated), waiting=sum(each.treated_on is None for each in enrolled)),
            _step("assessed", len(treated) - len(unassessed), died=died, due=len(unassessed) - died),
        ),
        screen_failures=failures,
        screened_decided=decided,
        screen_failure_rate=(
            exact_proportion(failures, decided, parameters.level) if decided else not_given(Missing.NOBODY_DECIDED)
        ),
    )


def _step(step: str, subjects: int, **without: int) -> FunnelStep:
    return FunnelStep(step=step, subjects=subjects, without={why: count for why, count in without.items() if count})
