"""What earlier responses, courses and blood say at one marrow: was there a remission, and did blasts come back.

Earlier responses are derived ones; what the investigator called them plays no part, so that the two stay comparable.

- **Earlier remission**: the last response that was CR, CRh or CRi, or a relapse that no course has answered yet: until
  then the relapse goes on, and after it the disease is judged anew. An undetermined response leaves this open, unless
  all of its candidates come to the same.
- **Blasts back in blood**, since the last response that was or may have been a remission: as many samples with blasts
  as the rule set asks for, and where it asks for two, at least ``relapse_in_blood_days`` apart. Two samples are open
  where one more would decide: the day's own blood is not known, or blasts were found and a later sample is to come.
- **Blasts through a course** (the standard of 1987): above 5 % in an earlier adequate marrow since the remission, and a
  course began between that marrow and this one.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from schemas.events.followup import Category
from schemas.milestones import Mark
from schemas.rules.conditions import FINDINGS, NO, YES, Quantity
from schemas.rules.derived import DerivedResponse
from schemas.rules.history import History, Marrow, Reading, Sample
from schemas.rules.rule_sets import RuleSet
from schemas.status import REMISSION
from schemas.study import ResponseSettings

_PERSISTS_ABOVE = Decimal(5)


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """``remission`` is what earlier responses say; ``since`` the last of them that was or may have been one.

    ``since`` is None where none was.
    """

    remission: Reading
    since: dt.date | None


def earlier_at(on: dt.date, earlier: Sequence[DerivedResponse], history: History) -> Earlier:
    """What the responses before this day come to, each as all that it may be."""
    reached = {False}
    remissions: list[DerivedResponse] = []
    for response in earlier:
        after: set[bool] = set()
        for category in response.possible():
            if category in REMISSION:
                after.add(True)
                remissions.append(response)
            elif category is Category.RELAPSE:
                after.add(not _treated(history, response.mark.on, on))
            else:
                after |= reached
        reached = after
    last = remissions[-1].mark if remissions else None
    if len(reached) > 1:
        remission = Reading(quantity=Quantity.REMISSION, note="earlier responses undetermined")
    else:
        remission = _found(Quantity.REMISSION, last if True in reached else None)
    return Earlier(remission=remission, since=last.on if last else None)


def _treated(history: History, from_on: dt.date, before_on: dt.date) -> bool:
    """Whether a course began on the first day or later, and before the second."""
    return any(from_on <= course.on < before_on for course in history.courses)


def back_in_blood(
    blood: Reading, on: dt.date, since: dt.date | None, history: History, rules: RuleSet, settings: ResponseSettings
) -> Reading:
    """``blood`` is what this day is judged by; where that is a sample of a later day, samples up to it count."""
    if since is None or rules.samples_to_relapse is None:
        return _found(Quantity.BACK_IN_BLOOD, None)
    known = [sample for sample in history.samples if sample.mark.on > since]
    until_on = max(on, blood.on or on)
    positive = [sample for sample in known if sample.has_blasts and sample.mark.on <= until_on]
    if rules.samples_to_relapse == 1:
        return _found(Quantity.BACK_IN_BLOOD, positive[-1].mark if positive else None)
    return _in_two_samples(positive, known, blood, until_on, dt.timedelta(days=settings.relapse_in_blood_days))


def _in_two_samples(
    positive: list[Sample], known: list[Sample], blood: Reading, until_on: dt.date, apart: dt.timedelta
) -> Reading:
    if not positive:
        return _found(Quantity.BACK_IN_BLOOD, None)
    first, last = positive[0].mark, positive[-1].mark
    if last != first and last.on - first.on >= apart:
        return _found(Quantity.BACK_IN_BLOOD, last)
    later = [each for each in known if each.mark != first and each.mark.on - first.on >= apart]
    if all(sample.has_blasts is None for sample in later):
        return Reading(quantity=Quantity.BACK_IN_BLOOD, note="found once, a later sample is awaited")
    if blood.span != NO and until_on - first.on >= apart:
        return Reading(quantity=Quantity.BACK_IN_BLOOD, note="blood of that day not decided")
    return _found(Quantity.BACK_IN_BLOOD, None)


def through_course(on: dt.date, since: dt.date | None, history: History) -> Reading:
    """Whether a marrow between the remission and this day had blasts already, and a course has begun since."""
    persisting = [
        marrow.mark
        for marrow in history.marrows
        if since is not None
        and marrow.mark.on > since
        and _has_blasts(marrow)
        and _treated(history, marrow.mark.on, on)
    ]
    return _found(Quantity.THROUGH_COURSE, persisting[-1] if persisting else None)


def _has_blasts(marrow: Marrow) -> bool:
    blasts_pct = marrow.facts.blasts_pct
    return marrow.adequate.span == YES and blasts_pct is not None and blasts_pct > _PERSISTS_ABOVE


def _found(quantity: Quantity, mark: Mark | None) -> Reading:
    """A finding by the entry that shows it, or that nothing does."""
    said = FINDINGS[quantity][0 if mark else 1]
    return Reading(
        quantity=quantity,
        span=YES if mark else NO,
        value=said,
        on=mark.on if mark else None,
        entry=mark.entry if mark else None,
    )
