"""What is not shown: blinded values, free words, redacted fields, reasons that may quote a blinded value."""

from typing import Any

import msgspec
import pytest

from monitor.audit.blinding import SHOWN_TEXTS, Blinding, reason_shown
from monitor.audit.saying import Saying
from monitor.words import Words
from schemas import events as ev
from schemas.contracts.described import Kind, fields_of, parts_of
from schemas.events import FACTS_BY_TYPE
from schemas.events.enrollment import Answer
from schemas.events.event import Event
from schemas.events.followup import Category
from tests.monitor.audit.course import IL6_VALUES, il6
from tests.monitor.samples import STUDY
from tests.projections.controls import correction, platelets, void
from tests.schemas.controls import event

IL6, OTHER_IL6 = il6("il6-1", IL6_VALUES[0]), il6("il6-2", IL6_VALUES[1])
COUNT = platelets("plt-1", "55")
CORRECTED = correction("fix", IL6, OTHER_IL6.facts)
RESPONSE = event("r", ev.ResponseAssessed(category=Category.CR, rule_set="ELN2022"))


def because(one: Event, reason: str) -> Event:
    return msgspec.structs.replace(one, reason=reason)


def said(one: Event, *known: Event, language: Any = "en") -> str:
    """Everything that a page says of an event, in one text."""
    saying = Saying(Words(language), STUDY, Blinding(STUDY, [one, *known]))
    shown = [saying.headline(one)]
    shown += [f"{each.name}: {each.value}" for each in saying.facts(one.id, one.facts)]
    return "\n".join(shown)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("one", [IL6, CORRECTED], ids=["result", "correction"])
def test_nothing_that_a_blinded_result_measured_is_said(one: Event, language: str):
    text = said(one, IL6, language=language)
    assert not any(value in text for value in IL6_VALUES)
    assert "HH" not in text  # a flag tells as well
    assert Words(language).text("audit.hidden") in text  # type: ignore[arg-type]


def test_what_an_unblinded_result_measured_is_said():
    assert "Number: 55" in said(COUNT)


def test_an_analyte_that_the_study_does_not_know_is_hidden_as_a_blinded_one():
    facts = msgspec.structs.replace(COUNT.facts, analyte="unheard-of")  # type: ignore[type-var]
    assert "55" not in said(event("x", facts))


def test_an_entry_stays_blinded_when_a_correction_makes_another_analyte_of_it():
    fix = correction("fix", IL6, COUNT.facts)
    blinding = Blinding(STUDY, [IL6, fix])
    saying = Saying(Words("en"), STUDY, blinding)
    turned = saying.turned(fix, "il6-1.number", IL6_VALUES[0], "55")
    assert (turned.old, turned.new, turned.hidden) == ("not shown", "not shown", True)
    whole = saying.turned(void("v", "il6-1"), "il6-1", msgspec.json.decode(msgspec.json.encode(IL6.facts)), None)
    assert IL6_VALUES[0] not in str(whole)


@pytest.mark.parametrize(
    ("one", "known", "shown"),
    [
        (because(RESPONSE, "typed twice"), [], "typed twice"),
        (because(correction("fix", RESPONSE, RESPONSE.facts), "typo"), [RESPONSE], "typo"),
        (because(void("v", "plt-1"), "wrong tube"), [COUNT], "wrong tube"),
        (because(CORRECTED, "it was 1234.5"), [IL6], None),
        (because(void("v", "il6-1"), "it was 1234.5"), [IL6], None),
        (because(void("v", "fix"), "it was 1234.5"), [CORRECTED, IL6], None),  # a void of a correction of it
        (because(void("v", "gone"), "it was 1234.5"), [], None),  # of what is not known
        (because(event("q", ev.SourceVerified(entry="il6-1")), "it was 1234.5"), [IL6], None),
        (RESPONSE, [], None),  # none was given
    ],
)
def test_a_reason_is_shown_unless_it_may_quote_a_blinded_value(one: Event, known: list[Event], shown: str | None):
    assert reason_shown(one, Blinding(STUDY, [one, *known])) == shown


def test_two_actions_that_speak_of_each_other_end():
    one, other = because(void("a", "b"), "why"), because(void("b", "a"), "why")
    assert reason_shown(one, Blinding(STUDY, [one, other])) == "why"


def test_what_a_person_wrote_freely_is_not_said():
    free = "Dr Wang of bed 12 said so"
    for facts in (
        ev.CriterionAssessed(criterion="E2", answer=Answer.MET, evidence=free),
        ev.ContactedAlive(means=free),
        ev.QueryAnswered(query="q-1", answer=free),
        ev.VisitMissed(visit="month-3", why=free),
        ev.BaselineRecorded(comorbidities=(free,)),
    ):
        assert free not in said(event("x", facts))


def test_a_redacted_field_is_not_said_and_the_others_are():
    redaction = event("red", ev.EntryRedacted(entry="r", field="rule_set"), subject="S-001", reason="a name")
    text = said(RESPONSE, redaction)
    assert "ELN2022" not in text
    assert "complete remission" in text


def test_every_text_of_every_fact_is_shown_or_hidden_on_purpose():
    """A text that is added later is hidden until somebody says that it is a name or a code."""
    structs = [*FACTS_BY_TYPE.values(), *parts_of()]
    texts = {field.name for struct in structs for field in fields_of(struct) if field.kind is Kind.TEXT}
    assert sorted(texts - SHOWN_TEXTS) == sorted(
        {
            *("answer", "comorbidities", "description", "document", "events", "evidence", "from_place", "held_for"),
            *("karyotype", "kind", "means", "question", "still_held_for", "term", "text", "to_place", "why"),
        }
    )


def test_every_field_of_every_fact_has_a_name_in_both_languages():
    structs = [*FACTS_BY_TYPE.values(), *parts_of()]
    names = {field.name for struct in structs for field in fields_of(struct)} - {"at", "precision"}
    assert [name for name in sorted(names) if not Words("en").has(f"audit_fields.{name}")] == []
