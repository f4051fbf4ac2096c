"""How long until the response of one member of the full set, and how long it lasted.

Source: clinical.md, "Responder" and "Statistics"; the censorings are ours (confirm). Responses are those that
`schemas.rules.response` counts: within the window, before a relapse, and before a transplant or a new line of treatment
where these end the counting.

**Time to response** runs from day 0.

1. It ends in a response at the first qualifying assessment.
2. Else in a death from day 0 to the window's end, which competes: after it there is no response. A death after the day
   of a transplant or of a new line that ended the counting competes no more.
3. Else it is censored at the last counted assessment other than NE, and at day 0 where there is none. Who is alive and
   not assessed again is not known to be without response.

**Remission** runs from the first counted CR, CRh or CRi; a PR or MLFS begins none, and what has none has no row.

1. It ends in the first relapse after it, within the window or later, and whatever treatment came between.
2. Else in death from any cause, which competes with relapse. Of the two on one day the relapse came first. A death said
   to be before the remission contradicts it (a query asks), and ends nothing.
3. Else it is censored at the last assessment other than NE that was not before its beginning: a remission that nobody
   looked at again lasted for 0 days as far as is known.

``transplant_days`` lets an analysis censor at a transplant as well, as a sensitivity.
"""

import datetime as dt
import enum

import msgspec

from schemas.events.followup import Category
from schemas.milestones import Mark
from schemas.rules.response import Counted, counted_in_orr
from schemas.rules.timeline import Assessment, Timeline
from schemas.status import REMISSION
from schemas.study import Endpoints


class ResponseCensoring(enum.StrEnum):
    """Why a time has not ended in what it waits for."""

    NOT_ASSESSED = "not-assessed"
    TREATED_ANEW = "treated-anew"
    WINDOW_OVER = "window-over"
    LAST_ASSESSED = "last-assessed"


class TimeToResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Days from day 0. ``censoring`` is None for a response or a death, ``source`` the entry that the date came from.

    At most one of ``responded`` and ``died`` is true.
    """

    days: int
    responded: bool
    died: bool
    censoring: ResponseCensoring | None
    source: str


class Remission(msgspec.Struct, frozen=True, kw_only=True):
    """Days from ``start_on``, the first CR, CRh or CRi, of the entry ``start``.

    ``censored`` is true where neither relapse nor death ended it; ``source`` is the entry that its end came from.
    ``transplant_days`` is None without a transplant from the start on.
    """

    start_on: dt.date
    start: str
    days: int
    relapsed: bool
    died: bool
    censored: bool
    source: str
    transplant_days: int | None


def time_to_response(
    timeline: Timeline, day_0: Mark, counted: Counted, endpoints: Endpoints, *, window_over: bool
) -> TimeToResponse:
    """``counted`` is what `schemas.rules.response` counts of the same timeline."""
    in_orr = counted_in_orr(endpoints)
    first = next((each for each in counted.assessments if each.category in in_orr), None)
    if first is not None:
        return _time(day_0, first.mark, responded=True)
    died = timeline.milestones.died
    last_on = min(counted.window_ends_on, counted.treated_anew or counted.window_ends_on)
    if died is not None and day_0.on <= died.on <= last_on:
        return _time(day_0, died, died=True)
    seen = [each.mark for each in counted.assessments if each.category is not Category.NE]
    if not seen:
        why = ResponseCensoring.NOT_ASSESSED
    elif counted.treated_anew is not None:
        why = ResponseCensoring.TREATED_ANEW
    else:
        why = ResponseCensoring.WINDOW_OVER if window_over else ResponseCensoring.LAST_ASSESSED
    return _time(day_0, seen[-1] if seen else day_0, censoring=why)


def remission_of(timeline: Timeline, counted: Counted) -> Remission | None:
    first = next((each for each in counted.assessments if each.category in REMISSION), None)
    if first is None:
        return None
    start = first.mark
    later = [each for each in timeline.assessments if each.mark >= start]
    relapse = next((each.mark for each in later if each.category is Category.RELAPSE), None)
    died, transplanted = timeline.milestones.died, timeline.milestones.transplanted
    if died is not None and died.on < start.on:
        died = None
    if relapse is not None and died is not None and died.on < relapse.on:
        relapse = None
    end = relapse or died or _last_look(later)
    return Remission(
        start_on=start.on,
        start=start.entry,
        days=(end.on - start.on).days,
        relapsed=relapse is not None,
        died=relapse is None and died is not None,
        censored=relapse is None and died is None,
        source=end.entry,
        transplant_days=(transplanted.on - start.on).days if transplanted and transplanted.on >= start.on else None,
    )


def _last_look(later: list[Assessment]) -> Mark:
    """The first of them began the remission, so that there is one."""
    return [each.mark for each in later if each.category is not Category.NE][-1]


def _time(
    day_0: Mark,
    end: Mark,
    *,
    responded: bool = False,
    died: bool = False,
    censoring: ResponseCensoring | None = None,
) -> TimeToResponse:
    return TimeToResponse(
        days=(end.on - day_0.on).days, responded=responded, died=died, censoring=censoring, source=end.entry
    )
