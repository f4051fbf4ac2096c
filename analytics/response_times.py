"""How soon responses came and how long remissions lasted, over the full set, from endpoint rows. Pure.

The rows say what ended each time and where it is censored (`schemas.rules.response_times`). Time to response among
responders is a description of them and no forecast: how many ever respond, and when, is told by the cumulative
incidence, in which death competes. Each refuses in a sentence what is not there yet.
"""

import enum
from collections.abc import Sequence

from analytics.estimators.answers import Interval
from analytics.estimators.competing_risks import CumulativeIncidence, cumulative_incidence
from analytics.estimators.kaplan_meier import SurvivalCurve, kaplan_meier
from analytics.estimators.quartiles import Quartiles, quartiles
from schemas.rules.endpoints import EndpointRow
from schemas.rules.response_times import Remission


class End(enum.StrEnum):
    """What a time ended in."""

    RESPONSE = "response"
    RELAPSE = "relapse"
    DEATH = "death"
    CENSORED = "censored"


def times_among_responders(rows: Sequence[EndpointRow]) -> Quartiles:
    """Days from day 0 to the first qualifying assessment. Refuses nobody: no responder yet."""
    times = [row.time_to_response for row in rows if row.time_to_response is not None]
    return quartiles([each.days for each in times if each.responded])


def incidence_of_response(
    rows: Sequence[EndpointRow], *, interval: Interval = Interval.LOG_LOG, level: float = 0.95
) -> CumulativeIncidence:
    """Causes ``End.RESPONSE`` and ``End.DEATH``. Refuses nobody in the full set, and neither a response nor a death."""
    times = [row.time_to_response for row in rows if row.time_to_response is not None]
    ends = [End.RESPONSE if each.responded else End.DEATH if each.died else End.CENSORED for each in times]
    return cumulative_incidence(
        [each.days for each in times], ends, censored=End.CENSORED, interval=interval, level=level
    )


def duration_of_remission(
    rows: Sequence[EndpointRow],
    *,
    censored_at_transplant: bool = False,
    interval: Interval = Interval.LOG_LOG,
    level: float = 0.95,
) -> SurvivalCurve:
    """From the first CR, CRh or CRi to relapse or death. Refuses nobody: no remission yet.

    ``censored_at_transplant`` is the sensitivity in which a transplant before the end censors.
    """
    ended = [_ended(each, censored_at_transplant=censored_at_transplant) for each in _remissions(rows)]
    return kaplan_meier(
        [days for days, _ in ended], [end is not End.CENSORED for _, end in ended], interval=interval, level=level
    )


def incidence_of_relapse(
    rows: Sequence[EndpointRow], *, interval: Interval = Interval.LOG_LOG, level: float = 0.95
) -> CumulativeIncidence:
    """Causes ``End.RELAPSE`` and ``End.DEATH``. Refuses nobody in remission yet, and neither a relapse nor a death."""
    ended = [_ended(each, censored_at_transplant=False) for each in _remissions(rows)]
    return cumulative_incidence(
        [days for days, _ in ended], [end for _, end in ended], censored=End.CENSORED, interval=interval, level=level
    )


def _remissions(rows: Sequence[EndpointRow]) -> list[Remission]:
    return [row.remission for row in rows if row.remission is not None]


def _ended(remission: Remission, *, censored_at_transplant: bool) -> tuple[int, End]:
    transplant = remission.transplant_days
    if censored_at_transplant and transplant is not None and transplant < remission.days:
        return transplant, End.CENSORED
    if remission.relapsed:
        return remission.days, End.RELAPSE
    return remission.days, End.DEATH if remission.died else End.CENSORED
