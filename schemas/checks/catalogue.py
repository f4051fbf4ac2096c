"""Every edit check by its name. A new one is added here, to `texts`, and to the tests' tables, which demand it."""

import datetime as dt
from collections.abc import Callable, Iterable
from types import MappingProxyType

import msgspec

from schemas.checks import (
    assessments,
    corrections,
    deaths,
    entering,
    safety,
    specimens,
    treatment,
    values,
    visits,
)
from schemas.checks.chart import Chart, Compare, chart_of
from schemas.checks.finding import Doubt, Finding, Severity
from schemas.checks.texts import TEXTS
from schemas.settlement import Settled
from schemas.study import StudyDefinition, Text

ERROR, WARNING = Severity.ERROR, Severity.WARNING


class Rule(msgspec.Struct, frozen=True):
    """``find`` yields each doubt once, in the same order for the same record."""

    name: str
    severity: Severity
    find: Callable[[Chart], Iterable[Doubt]]

    @property
    def text(self) -> Text:
        return TEXTS[self.name]


RESPONSE_DIFFERS = "response-differs"
"""The one rule whose doubts come from outside: without `Compare` it is not asked."""

RULES = (
    Rule("screening-after-consent", WARNING, entering.screening_after_consent),
    Rule("enrolment-without-consent", ERROR, entering.enrolment_without_consent),
    Rule("enrolment-before-consent", ERROR, entering.enrolment_before_consent),
    Rule("chemotherapy-before-enrolment", WARNING, entering.chemotherapy_before_enrolment),
    Rule("enrolled-twice", ERROR, entering.enrolled_twice),
    Rule("birth-year-contradicts-dates", ERROR, entering.birth_year_contradicts_dates),
    Rule("age-below-minimum", ERROR, entering.age_below_minimum),
    Rule("value-implausible", WARNING, values.value_implausible),
    Rule("analyte-unknown", ERROR, values.analyte_unknown),
    Rule("unit-missing", ERROR, values.unit_missing),
    Rule("unit-not-canonical", ERROR, values.unit_not_canonical),
    Rule("unit-sent-unknown", WARNING, values.unit_sent_unknown),
    Rule("marrow-few-cells", WARNING, values.marrow_few_cells),
    Rule("percentage-impossible", ERROR, values.percentage_impossible),
    Rule("specimen-number-reused", ERROR, specimens.specimen_number_reused),
    Rule("specimens-at-one-instant", WARNING, specimens.specimens_at_one_instant),
    Rule("specimen-handled-before-collected", ERROR, specimens.specimen_handled_before_collected),
    Rule("result-before-collection", ERROR, specimens.result_before_collection),
    Rule("result-of-rejected-specimen", ERROR, specimens.result_of_rejected_specimen),
    Rule("result-of-destroyed-specimen", WARNING, specimens.result_of_destroyed_specimen),
    Rule("result-of-uncollected-specimen", WARNING, specimens.result_of_uncollected_specimen),
    Rule("course-begun-twice", ERROR, treatment.course_begun_twice),
    Rule("course-out-of-order", ERROR, treatment.course_out_of_order),
    Rule("course-number-skipped", WARNING, treatment.course_number_skipped),
    Rule("course-ended-not-begun", ERROR, treatment.course_ended_not_begun),
    Rule("course-ended-before-begun", ERROR, treatment.course_ended_before_begun),
    Rule("dose-of-course-not-begun", ERROR, treatment.dose_of_course_not_begun),
    Rule("dose-before-course", ERROR, treatment.dose_before_course),
    Rule("transplant-before-chemotherapy", WARNING, treatment.transplant_before_chemotherapy),
    Rule("response-without-marrow", WARNING, assessments.response_without_marrow),
    Rule("response-names-no-marrow", ERROR, assessments.response_names_no_marrow),
    Rule("response-before-chemotherapy", ERROR, assessments.response_before_chemotherapy),
    Rule("relapse-without-remission", ERROR, assessments.relapse_without_remission),
    Rule(RESPONSE_DIFFERS, WARNING, assessments.response_differs),
    Rule("visit-missing", WARNING, visits.visit_missing),
    Rule("visit-item-missing", WARNING, visits.visit_item_missing),
    Rule("visit-out-of-window", WARNING, visits.visit_out_of_window),
    Rule("visit-missed-but-done", ERROR, visits.visit_missed_but_done),
    Rule("visit-unknown", ERROR, visits.visit_unknown),
    Rule("serious-event-without-outcome", ERROR, safety.serious_event_without_outcome),
    Rule("fatal-event-without-death", ERROR, safety.fatal_event_without_death),
    Rule("event-ended-before-onset", ERROR, safety.event_ended_before_onset),
    Rule("died-twice", ERROR, deaths.died_twice),
    Rule("result-after-death", ERROR, deaths.result_after_death),
    Rule("contact-after-death", ERROR, deaths.contact_after_death),
    Rule("activity-after-death", ERROR, deaths.activity_after_death),
    Rule("corrections-contested", WARNING, corrections.corrections_contested),
    Rule("action-held", WARNING, corrections.action_held),
)

RULES_BY_NAME: MappingProxyType[str, Rule] = MappingProxyType({rule.name: rule for rule in RULES})


def check(settled: Settled, study: StudyDefinition, on: dt.date, compare: Compare | None = None) -> tuple[Finding, ...]:
    """Every finding in one subject's record as it stands, judged at a date; in the order of the rules.

    The record is the set of settled entries: in whatever order its events came, the findings are the same. The cost is
    linear in the entries, for a given study, up to the logarithm of a few searches by date; so is the number of
    findings, because where many contradict each other each is held against the first one alone.

    ``compare`` derives the responses for the rule `response-differs`, which is not asked without it.
    """
    chart = chart_of(settled, study, on, compare(settled) if compare is not None else ())
    return tuple(
        Finding(
            rule=rule.name,
            severity=rule.severity,
            entries=each.entries,
            field=each.field,
            on=each.on,
            about=each.about,
        )
        for rule in RULES
        for each in rule.find(chart)
    )
