"""Changes and numbers in words; every code that they can hold has one in both languages."""

import pytest

from monitor.audit import numbers_words
from monitor.audit.blinding import Blinding
from monitor.audit.saying import Saying
from monitor.words import LANGUAGES, Words
from projections.fields import MILESTONES
from schemas.lineage import Verdict
from schemas.rules.counted_sets import Outside
from schemas.rules.endpoints import Contribution
from schemas.rules.survival import Censoring, NoTime
from schemas.status import Status
from tests.monitor.samples import STUDY


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_can_come_has_a_word(language):
    words = Words(language)
    keys = [f"audit_counts.{each.value}" for each in (*Contribution, *Outside, *Censoring, *NoTime)]
    keys += [f"audit_counts.{each}" for each in ("enrolled", "assessed", "treated", "screened", "death")]
    keys += [f"audit_counts.{each}" for each in ("early-death", "died", "not-known-dead", "no-time")]
    keys += [f"audit_status.{each.value}" for each in Status]
    keys += [f"audit_verdict_short.{each.value}" for each in Verdict]
    keys += [f"audit_verdict.{each.value}" for each in Verdict if each is not Verdict.IN_FORCE]
    keys += [f"audit_fields.{each}" for each in (*MILESTONES, "held", "contested", "happened")]
    assert [key for key in keys if not words.has(key)] == []


@pytest.mark.parametrize(
    ("field", "value", "en", "zh"),
    [
        ("status", "in-remission since 2024-04-08", "In remission, since 2024-04-08", "缓解，自 2024-04-08 起"),
        ("response", "2024-04-08 CR", "CR · complete remission, on 2024-04-08", "CR · 完全缓解（2024-04-08）"),
        ("response", "2024-04-08 relapse", "relapse, on 2024-04-08", "relapse · 复发（2024-04-08）"),
        (
            "consent",
            "2024-03-05 form 1 signed by subject and family",
            "2024-03-05, form 1, signed by subject and family",
            "2024-03-05，同意书版本 1，签署：受试者与家属",
        ),
        ("demographics", "born 1961, female", "born 1961, female", "1961 年出生，女"),
        ("demographics", "born 1961, sex not noted", "born 1961, not noted", "1961 年出生，未记录"),
        ("criteria.E2", "not-met", "not met", "不符合"),
        ("surgeries", "none", "none", "无"),
        ("enrolled", "2024-03-05", "2024-03-05", "2024-03-05"),
        ("performance", 1, "1", "1"),
    ],
)
def test_a_milestone_is_said_in_words(field, value, en, zh):
    said = [Saying(Words(language), STUDY, Blinding(STUDY)).course(field, value) for language in ("en", "zh")]
    assert said == [en, zh]


@pytest.mark.parametrize(
    ("name", "number", "title", "said"),
    [
        ("enrolment.enrolled", 1200, "Enrolled", "1\u202f200"),
        ("funnel.steps.eligible.without.E2", 3, "Eligible: E2", "3"),
        (
            "response.rates.ORR",
            {"count": 31, "of": 52, "estimate": {"value": 0.596154, "lower": 0.451, "upper": 0.7299}},
            "ORR, of those whose year is over",
            "31 of 52 · 59.6% [45.1, 73.0]",
        ),
        (
            "response.rates.ORR",
            {"count": 0, "of": 0, "estimate": {"value": None, "missing": "no-window-over-yet"}},
            "ORR, of those whose year is over",
            "0 of 0 · nobody's year is over yet",
        ),
        (
            "response.rates.CRi.bounds",
            {"certain": 4, "possible": 9, "of": 10, "lower": 0.4, "upper": 0.9},
            "CRi of the full set will end within",
            "40.0% to 90.0% (4 for certain, 9 at most)",
        ),
        ("survival.median", {"value": 412.0, "lower": 203.0, "upper": None}, "Median survival", "412 days [203, –]"),
        ("survival.median", {"value": None, "missing": "not-reached-yet"}, "Median survival", "not reached yet"),
        ("survival.at.365", {"value": 0.75, "lower": None, "upper": None}, "Survival at day 365", "75.0%"),
        ("survival.curve", {"days": [1], "at_risk": [2]}, "Survival curve", "a series, see its table"),
        ("response.outside.no-consent-at-enrolment", 1, "Enrolled, not in the full set: no consent at enrolment", "1"),
        ("a.number.of.tomorrow", 7, "a.number.of.tomorrow", "7"),
        ("response.rates.ORR", None, "ORR, of those whose year is over", "not given"),
    ],
)
def test_a_number_is_called_and_said_in_words(name, number, title, said):
    words = Words("en")
    assert numbers_words.title(name, words) == title
    assert numbers_words.said(name, number, words) == said
