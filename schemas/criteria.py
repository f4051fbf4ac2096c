"""How each criterion of the study stands for one subject: computed from facts, or as a person answered it.

Source: clinical.md, "Inclusion", "Exclusion" and the paragraph below them. In order of precedence:

1. **The reference day** is the day of enrolment. While the subject is not enrolled it is the day asked about; where no
   day is asked about, the last day on which anything was said that eligibility rests on, since no clock is read here.
2. **A computed criterion** follows from facts where there are any; then an answer that says otherwise is reported as a
   difference and changes nothing. Without such facts, an answer by a person counts.

   - *Major surgery within days* is met where an operation lies 0 to ``limit`` days before the reference day, both ends
     included. An operation after that day does not count. The list noted last is taken to be whole.
   - *Performance above* is met where the ECOG status, as last noted on or before the reference day, is greater than
     ``limit``. A status noted after that day says nothing about it.
3. **A criterion met by withdrawal** is met where participation was taken back while the subject was not enrolled, and
   no good consent was signed since (up to the end of the day of enrolment). An answer "met" of a later day than the
   enrolment cannot be told from a withdrawal after it, so it is passed over and reported as a difference; what was
   there before the enrolment is entered by correcting the earlier answer.
4. **Every other criterion** stands as it was last answered, also after enrolment: a finding may come late.
5. What is neither computed nor answered, or was answered "unknown", is unknown; it is never "met" nor "not met".

The floor of age, in a study that sets one, stands like an inclusion criterion named "age". A year of birth decides it
but in the one year in which it depends on the birthday; on the last day of that year everyone has had it.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import assert_never

import msgspec

from schemas.consent import good_signatures, taken_back
from schemas.events.enrollment import Answer
from schemas.milestones import CriterionMark, Mark, Milestones
from schemas.study import Computed, Criterion, StudyDefinition

AGE = "age"
"""What the floor of age is called among the criteria."""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """The day to which the criteria are applied, and the entry that made it that day, None where somebody asked.

    ``enrolled`` is the enrolment that is judged, None for a subject who is not enrolled.
    """

    on: dt.date
    mark: Mark | None = None
    enrolled: Mark | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A person's answer that does not count, because facts say otherwise: the cause of a query.

    ``entry`` is the answer's; ``fact`` is the entry that decided instead, None where none did.
    """

    criterion: str
    answered: Answer
    stands: Answer
    entry: str
    fact: str | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion. ``answer`` is said of it as it is written: an exclusion criterion that is met excludes.

    ``mark`` is the entry that decided, None where nothing was said. ``computed`` is False for a person's answer.
    """

    criterion: str
    includes: bool
    answer: Answer
    mark: Mark | None = None
    computed: bool = False
    difference: Difference | None = None

    @property
    def passes(self) -> bool:
        """Whether it lets the subject in; False while unknown."""
        return self.answer is (Answer.MET if self.includes else Answer.NOT_MET)

    @property
    def fails(self) -> bool:
        """Whether it keeps the subject out; False while unknown."""
        return self.answer is (Answer.NOT_MET if self.includes else Answer.MET)


def standings(milestones: Milestones, study: StudyDefinition, reference: Reference) -> tuple[Standing, ...]:
    """Every criterion in the study's order, then the age where the study sets a floor."""
    found = [_standing(criterion, milestones, study, reference) for criterion in study.criteria]
    if study.age_min_years is not None:
        found.append(_age(milestones, study.age_min_years, reference))
    return tuple(found)


def turning_days(milestones: Milestones, study: StudyDefinition, until: dt.date) -> set[dt.date]:
    """The days up to ``until`` on which a computed criterion may change though nothing happens on them."""
    days: set[dt.date] = set()
    operated = {on for noted in milestones.surgeries_noted for on in noted.on if on <= until}
    for criterion in study.criteria:
        if criterion.computed is not None and criterion.computed.rule == "major-surgery-within-days":
            days |= operated | {on + dt.timedelta(days=criterion.computed.limit + 1) for on in operated}
    if study.age_min_years is not None:
        years = {noted.year_of_birth + study.age_min_years for noted in milestones.demographics_noted}
        days |= {dt.date(year, *day) for year in years for day in ((1, 1), (12, 31))}
    return {on for on in days if on <= until}


_Decided = tuple[Answer, Mark]


def _standing(criterion: Criterion, milestones: Milestones, study: StudyDefinition, reference: Reference) -> Standing:
    answers = milestones.answers.get(criterion.id, ())
    if criterion.computed is not None:
        decided = _computed(criterion.computed, milestones, reference)
        return _of_facts(criterion, decided, answers) if decided else _of_answer(criterion, answers)
    if not criterion.met_by_withdrawal:
        return _of_answer(criterion, answers)
    withdrew = _withdrew_before(milestones, study, reference)
    if withdrew is None:
        return _of_answer_before(criterion, answers, reference)
    return _of_facts(criterion, (Answer.MET, withdrew), [each for each in answers if each.mark > withdrew])


def _of_facts(criterion: Criterion, decided: _Decided, answers: Sequence[CriterionMark]) -> Standing:
    answer, mark = decided
    standing = Standing(criterion=criterion.id, includes=criterion.includes, answer=answer, mark=mark, computed=True)
    if not answers or answers[-1].answer in (answer, Answer.UNKNOWN):
        return standing
    return _differing(standing, answers[-1])


def _of_answer(criterion: Criterion, answers: Sequence[CriterionMark]) -> Standing:
    if not answers:
        return Standing(criterion=criterion.id, includes=criterion.includes, answer=Answer.UNKNOWN)
    last = answers[-1]
    return Standing(criterion=criterion.id, includes=criterion.includes, answer=last.answer, mark=last.mark)


def _of_answer_before(criterion: Criterion, answers: Sequence[CriterionMark], reference: Reference) -> Standing:
    """What stands without the answers "met" of a later day than the enrolment."""
    enrolled = reference.enrolled
    counted = [
        each for each in answers if enrolled is None or each.answer is not Answer.MET or each.mark.on <= enrolled.on
    ]
    standing = _of_answer(criterion, counted)
    return standing if len(counted) == len(answers) else _differing(standing, answers[-1])


def _differing(standing: Standing, answered: CriterionMark) -> Standing:
    difference = Difference(
        criterion=standing.criterion,
        answered=answered.answer,
        stands=standing.answer,
        entry=answered.mark.entry,
        fact=standing.mark.entry if standing.mark else None,
    )
    return msgspec.structs.replace(standing, difference=difference)


def _computed(computed: Computed, milestones: Milestones, reference: Reference) -> _Decided | None:
    """None where no facts say anything."""
    match computed.rule:
        case "major-surgery-within-days":
            return _surgery(computed.limit, milestones, reference)
        case "performance-above":
            return _performance(computed.limit, milestones, reference)
        case _:
            assert_never(computed.rule)


def _surgery(limit: int, milestones: Milestones, reference: Reference) -> _Decided | None:
    noted = milestones.surgeries
    if noted is None:
        return None
    operated = noted.on

    def lies_near(on: dt.date) -> Answer:
        return Answer.MET if any(0 <= (on - each).days <= limit for each in operated) else Answer.NOT_MET

    return _applied(lies_near, noted.mark, reference)


def _performance(limit: int, milestones: Milestones, reference: Reference) -> _Decided | None:
    noted = [each for each in milestones.performances if each.mark.on <= reference.on]
    if not noted:
        return None
    return (Answer.MET if noted[-1].status > limit else Answer.NOT_MET), noted[-1].mark


def _age(milestones: Milestones, years_min: int, reference: Reference) -> Standing:
    noted = milestones.demographics
    if noted is None:
        return Standing(criterion=AGE, includes=True, answer=Answer.UNKNOWN, computed=True)
    born = noted.year_of_birth

    def is_reached(on: dt.date) -> Answer:
        years = on.year - born
        if years == years_min and (on.month, on.day) != (12, 31):
            return Answer.UNKNOWN
        return Answer.MET if years >= years_min else Answer.NOT_MET

    answer, mark = _applied(is_reached, noted.mark, reference)
    return Standing(criterion=AGE, includes=True, answer=answer, mark=mark, computed=True)


def _applied(rule: Callable[[dt.date], Answer], noted: Mark, reference: Reference) -> _Decided:
    """What facts come to on the reference day, and the entry that decided it.

    Where they came to something else on the day on which they were noted, the entry that set the reference day decided.
    """
    answer = rule(reference.on)
    if reference.mark is None or answer is rule(noted.on):
        return answer, noted
    return answer, max(noted, reference.mark)


def _withdrew_before(milestones: Milestones, study: StudyDefinition, reference: Reference) -> Mark | None:
    """The last withdrawal before the enrolment that no good signature made up for."""
    enrolled, times = reference.enrolled, milestones.times_enrolled()

    def was_enrolled(mark: Mark) -> bool:
        return any(begun < mark and (undone is None or mark < undone) for begun, undone in times)

    before = [mark for mark in taken_back(milestones) if not was_enrolled(mark)]
    last = max((mark for mark in before if enrolled is None or mark < enrolled), default=None)
    if last is None:
        return None
    signed = [each.mark for each in good_signatures(milestones, study) if each.mark > last]
    return None if any(enrolled is None or mark.on <= enrolled.on for mark in signed) else last
