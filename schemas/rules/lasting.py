"""Until which cutoff an endpoint row holds, so that a moving cutoff judges anew only the subjects whom it concerns."""

import datetime as dt

from schemas.rules.early_death import MORTALITY_DAYS
from schemas.rules.rule_sets import rule_set
from schemas.rules.timeline import Timeline
from schemas.study import StudyDefinition


def next_change_on(timeline: Timeline, study: StudyDefinition, cutoff_on: dt.date) -> dt.date | None:
    """The first later cutoff at which the subject's row may differ without a new entry; None where there is none.

    Days that are watched for: the end of the response window, the days of early mortality, the day after which a less
    intensive treatment has failed, and the day after the last proof of life, from which on it is the past.
    """
    days = []
    if timeline.milestones.treated is not None:
        day_0 = timeline.milestones.treated.on
        days += [day_0 + dt.timedelta(days=each) for each in (study.endpoints.response_window_days, *MORTALITY_DAYS)]
    name = study.response.rule_set
    to_refractory = None if name is None else rule_set(name).days_to_refractory
    if to_refractory is not None and timeline.courses:
        days += [each.on + dt.timedelta(days=to_refractory) for each in timeline.courses]
    if timeline.alive is not None:
        days.append(timeline.alive.mark.on + dt.timedelta(days=1))
    return min((on for on in days if on > cutoff_on), default=None)
