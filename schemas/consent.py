"""Whether a subject's consent is valid: on a day, and for an enrolment.

Source: clinical.md, I3 and `family_signature_required`. In order:

1. A signature is **good** where the subject signed, the family member signed too if the study demands it, it allows
   participation (other signatures are no milestone), and its version was in force on the day of signature, if the study
   lists the versions of its form. A version that comes into force later does not end it.
2. Participation taken back ends every signature before it, in the one order of entries. A good signature after it is
   valid again. A signature that is not good ends nothing.
3. For an enrolment, signatures up to the end of its day count, since an enrolment is often dated to the day and a
   signature to the minute. Of withdrawals those count that come before the enrolment in the one order; a later one
   undoes nothing.
"""

import datetime as dt

from schemas.milestones import ConsentMark, Mark, Milestones
from schemas.study import StudyDefinition


def consent_on(milestones: Milestones, study: StudyDefinition, on: dt.date | None = None) -> ConsentMark | None:
    """The last good signature that holds at the end of the day ``on``; ``on`` None: after everything that is known.

    None where there is none: the consent is not valid then.
    """
    signed = [each for each in good_signatures(milestones, study) if on is None or each.mark.on <= on]
    ended = [mark for mark in taken_back(milestones) if on is None or mark.on <= on]
    return _standing(signed, ended)


def consent_for(enrolled: Mark, milestones: Milestones, study: StudyDefinition) -> ConsentMark | None:
    """The last good signature on which this enrolment rests, None where it rests on none."""
    signed = [each for each in good_signatures(milestones, study) if each.mark.on <= enrolled.on]
    return _standing(signed, [mark for mark in taken_back(milestones) if mark < enrolled])


def good_signatures(milestones: Milestones, study: StudyDefinition) -> tuple[ConsentMark, ...]:
    """In order, whether or not they were taken back since."""
    return tuple(each for each in milestones.consents if _is_good(each, study))


def taken_back(milestones: Milestones) -> tuple[Mark, ...]:
    """When the subject took participation back, by the consent or by leaving the study; in order."""
    left = () if milestones.left is None else (milestones.left,)
    return tuple(sorted((*milestones.consent_withdrawals, *left)))


def _is_good(signed: ConsentMark, study: StudyDefinition) -> bool:
    if not signed.signed_by_subject or (study.family_signature_required and not signed.signed_by_family):
        return False
    begun = [form for form in study.consent_forms if form.in_force_from <= signed.mark.on]
    in_force = max(begun, key=lambda form: form.in_force_from, default=None)
    return not study.consent_forms or (in_force is not None and in_force.version == signed.form_version)


def _standing(signed: list[ConsentMark], ended: list[Mark]) -> ConsentMark | None:
    last_end = max(ended, default=None)
    standing = [each for each in signed if last_end is None or each.mark > last_end]
    return standing[-1] if standing else None
