"""Rules on the way into the study: screening, consent, enrolment, first day of chemotherapy, year of birth.

Source: clinical.md, "Inclusion" (I3) and "The study". Expected is screening, then consent, then enrolment, then
chemotherapy, each on the same day as the one before it or later.
"""

from collections.abc import Iterator

from schemas.checks.chart import Chart
from schemas.checks.finding import Doubt, doubt
from schemas.checks.order import certainly_before
from schemas.events import ConsentSigned, DemographicsRecorded, EnrolmentUndone, ScreeningStarted, SubjectEnrolled
from schemas.rules.timeline import needs_the_person
from schemas.settlement import Entry

AGE_MAX_YEARS = 120
"""Nobody who takes part is older; a year of birth that says so is a slip of the pen."""


def screening_after_consent(chart: Chart) -> Iterator[Doubt]:
    """A consent that was signed before the subject was first considered. Later re-consents are of no concern."""
    screened, consent = chart.first(ScreeningStarted), chart.first(ConsentSigned)
    if screened and consent and certainly_before(consent.happened, screened.happened):
        yield doubt("happened", screened, consent)


def enrolment_without_consent(chart: Chart) -> Iterator[Doubt]:
    """Enrolled, and no consent in force has the signatures that the study demands."""
    if chart.enrolled and not _complete_consents(chart):
        yield doubt("happened", chart.enrolled)


def enrolment_before_consent(chart: Chart) -> Iterator[Doubt]:
    """Enrolled before the first consent with the signatures that the study demands."""
    enrolled, consents = chart.enrolled, _complete_consents(chart)
    if enrolled and consents and certainly_before(enrolled.happened, consents[0].happened):
        yield doubt("happened", enrolled, consents[0])


def chemotherapy_before_enrolment(chart: Chart) -> Iterator[Doubt]:
    enrolled, treated = chart.enrolled, chart.treated
    if enrolled and treated and certainly_before(treated.happened, enrolled.happened):
        yield doubt("happened", treated, enrolled)


def enrolled_twice(chart: Chart) -> Iterator[Doubt]:
    """A second enrolment where nothing undid the one before it."""
    before: Entry | None = None
    entries = [entry for kind in (SubjectEnrolled, EnrolmentUndone) for entry, _ in chart.of(kind)]
    for entry in sorted(entries, key=Entry.sort_key):
        if isinstance(entry.facts, EnrolmentUndone):
            before = None
            continue
        if before is not None:
            yield doubt("happened", before, entry)
        before = entry


def birth_year_contradicts_dates(chart: Chart) -> Iterator[Doubt]:
    """Born after the first fact that needs the person, or more than 120 years before it. Ages are in calendar years."""
    first = next((each for each in chart.in_force if each.facts is not None and needs_the_person(each.facts)), None)
    if first is None:
        return
    for entry, facts in chart.of(DemographicsRecorded):
        if not 0 <= first.happened.on.year - facts.year_of_birth <= AGE_MAX_YEARS:
            yield doubt("year_of_birth", entry, first)


def age_below_minimum(chart: Chart) -> Iterator[Doubt]:
    """Enrolled before the year in which the subject reached the study's age floor, where the study has one.

    In that very year the birthday decides, which nobody records: no doubt.
    """
    enrolled, demographics, floor = chart.enrolled, chart.milestones.demographics, chart.study.age_min_years
    if enrolled is None or demographics is None or floor is None:
        return
    if enrolled.happened.on.year - demographics.year_of_birth < floor:
        yield doubt("year_of_birth", chart.entries[demographics.mark.entry], enrolled)


def _complete_consents(chart: Chart) -> list[Entry]:
    family = chart.study.family_signature_required
    return [
        entry
        for entry, facts in chart.of(ConsentSigned)
        if facts.signed_by_subject and (facts.signed_by_family or not family)
    ]
