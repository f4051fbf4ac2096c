"""Messages to facts, and to refusals that name the place."""

import datetime as dt
from decimal import Decimal

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.hl7.translation import translation
from producers.hl7.wire import read_segments
from producers.message import Message, Refusal, events_of
from schemas.codec import decode, encode
from schemas.events import ResultReported, SpecimenCollected
from schemas.events.lab import Bound, Matrix, ResultStatus
from schemas.moments import Precision
from tests.producers.controls import NUMBER, RECEIVED_AT, SECRETS, STUDY, ZONE, blood_count, interleukin

translate = translation(STUDY)


def taken(text: str, codec: str = "utf-8") -> Message:
    said = translate(text.encode(codec), RECEIVED_AT)
    assert isinstance(said, Message), said
    return said


def refused(text: str | bytes) -> tuple[str, str | None, str]:
    said = translate(text.encode() if isinstance(text, str) else text, RECEIVED_AT)
    assert isinstance(said, Refusal), said
    for secret in SECRETS:
        assert secret not in said.text
        assert secret not in (said.where or "")
    return said.problem, said.where, said.ack


def one_result(**changes: str) -> ResultReported:
    found = [draft.facts for draft in taken(interleukin(**changes)).drafts if isinstance(draft.facts, ResultReported)]  # type: ignore[arg-type]
    assert len(found) == 1
    return found[0]


def test_interleukin_result_keeps_all_that_the_laboratory_said() -> None:
    message = taken(interleukin())
    assert (message.source, message.hospital_number, message.subject) == ("/hl7/LIS-A/FJMUUH", NUMBER, None)
    collected, reported = message.drafts
    assert collected.facts == SpecimenCollected(specimen="A-2025-0042", matrix=Matrix.MARROW_SUPERNATANT)
    facts = reported.facts
    assert isinstance(facts, ResultReported)
    assert facts == ResultReported(
        analyte="il6",
        bound=Bound.LESS,
        number=Decimal("1.5"),
        unit="pg/mL",
        text="<^1.5",
        unit_sent="pg/mL",
        matrix=Matrix.MARROW_SUPERNATANT,
        status=ResultStatus.FINAL,
        series=facts.series,
        code="IL6-BM",
        code_system="99LAB",
        specimen="A-2025-0042",
        lower_limit=Decimal("1.5"),
        upper_limit=Decimal(5000),
        method="ECLIA",
        device="COBAS-E801-17",
        dilution=Decimal(2),
        reference_range="<7.0",
        reference_max=Decimal("7.0"),
        flags="N",
    )
    # SPM-17 to the minute; recorded at OBR-22, which is later than OBX-19.
    assert str(reported.happened) == "2025-03-04T09:15+08:00"
    assert reported.recorded_at == dt.datetime(2025, 3, 4, 17, 30, tzinfo=ZONE)
    assert (reported.actor, reported.actor_role) == ("COBAS-E801-17", "device")


def test_blood_count_of_an_analyser_gives_canonical_numbers() -> None:
    message = taken(blood_count(obx=("OBX|1|NM|718-7^HGB^LN||8.4|g/dL||L|||F", "OBX|2|NM|777-3^PLT^LN||41|K/uL|||||F")))
    collected, hemoglobin, platelets = message.drafts
    assert collected.facts == SpecimenCollected(specimen="2025030417", matrix=Matrix.WHOLE_BLOOD)
    assert isinstance(hemoglobin.facts, ResultReported)
    assert (hemoglobin.facts.number, hemoglobin.facts.unit, hemoglobin.facts.unit_sent) == (
        Decimal("84.0"),
        "g/L",
        "g/dL",
    )
    assert isinstance(platelets.facts, ResultReported)
    assert (platelets.facts.number, platelets.facts.analyte) == (Decimal(41), "platelets")
    assert {draft.happened.precision for draft in message.drafts} == {Precision.SECOND}


@pytest.mark.parametrize(
    ("unit", "number"),
    [
        ("10^9/L", "41"),
        ("x10^9/L", "41"),
        ("×10^9/L", "41"),
        ("× 10^9/L", "41"),
        (r"10\S\9/L", "41"),
        ("10*9/L^^UCUM", "41"),
        ("10*9/L", "41"),
        ("10^3/mm^3", "41"),
        ("/mm^3", "0.041"),
        ("个/mm^3", "0.041"),
        ("10^12/L", "41000"),
    ],
)
def test_unit_with_an_unescaped_power_is_read_whole(unit: str, number: str) -> None:
    facts = taken(blood_count(obx=(f"OBX|1|NM|777-3^PLT^LN||41|{unit}|||||F",))).drafts[-1].facts
    assert isinstance(facts, ResultReported)
    assert facts.number == Decimal(number)


@pytest.mark.parametrize(
    ("unit", "lower", "upper", "number", "least", "most"),
    [
        ("pg/mL", "1.5", "5000", "12.40", "0.0", "7.0"),
        ("ng/L", "1.5", "5000", "12.40", "0.0", "7.0"),
        ("ng/mL", "1500.0", "5000000", "12400.00", "0.0", "7000.0"),
        ("fg/mL", "0.0015", "5.000", "0.01240", "0.0000", "0.0070"),
        ("ug/dm3", "1500.0", "5000000", "12400.00", "0.0", "7000.0"),
    ],
)
def test_limits_and_reference_range_are_in_the_unit_of_the_number(
    unit: str, lower: str, upper: str, number: str, least: str, most: str
) -> None:
    facts = one_result(value=f"NM|{{code}}||12.40|{unit}|0.0-7.0||||F|||202503040915||ECLIA", notes=LIMITS)  # type: ignore[arg-type]
    kept = (facts.number, facts.lower_limit, facts.upper_limit, facts.reference_min, facts.reference_max)
    assert [str(each) for each in kept] == [number, lower, upper, least, most]
    # What has no unit, or is verbatim, stays as it was sent.
    assert (facts.unit, facts.unit_sent, facts.dilution) == ("pg/mL", unit, Decimal(10))
    assert (facts.text, facts.reference_range) == ("12.40", "0.0-7.0")


LIMITS = ("NTE|1|L|LLOQ=1.5", "NTE|2|L|ULOQ=5000", "NTE|3|L|DILUTION=10")


@pytest.mark.parametrize("comparator", ["<", "<=", "=", ">=", ">"])
@pytest.mark.parametrize(("unit", "number"), [("pg/mL", "1.5"), ("ng/mL", "1500.0"), ("fg/mL", "0.0015")])
def test_a_bound_stays_what_it_is_in_every_unit(comparator: str, unit: str, number: str) -> None:
    facts = one_result(value=f"SN|{{code}}||{comparator}^1.5|{unit}")
    assert (facts.bound, str(facts.number)) == (Bound(comparator), number)


@pytest.mark.parametrize(
    ("printed", "kept", "ends"),
    [
        ("3.50-9.50", "3.50-9.50", ("0.00350", "0.00950")),
        ("3.5~9.5", "3.5~9.5", ("0.0035", "0.0095")),
        ("≥100", "≥100", ("0.100", None)),
        ("<7.0", "<7.0", (None, "0.0070")),
        ("男 4-10", "男 4-10", (None, None)),
        ("x" * 300, "x" * 200, (None, None)),
        ("", None, (None, None)),
    ],
)
def test_reference_range_is_kept_as_printed_and_its_ends_are_canonical(
    printed: str, kept: str | None, ends: tuple[str | None, str | None]
) -> None:
    facts = taken(blood_count(obx=(f"OBX|1|NM|6690-2^WBC^LN||5|/uL|{printed}||||F",))).drafts[-1].facts
    assert isinstance(facts, ResultReported)
    assert facts.reference_range == kept
    assert tuple(None if end is None else str(end) for end in (facts.reference_min, facts.reference_max)) == ends


def test_limits_and_range_of_a_result_without_number_and_unit_are_not_kept() -> None:
    facts = one_result(value="ST|{code}||-----|")
    assert (facts.number, facts.unit_sent, facts.reference_range) == (None, "", "<7.0")
    assert (facts.lower_limit, facts.upper_limit, facts.reference_max) == (None, None, None)


@pytest.mark.parametrize(
    ("value", "number"), [("SN|{code}||＜^１.５|pg/mL", "1.5"), ("ST|{code}||＜1，5|pg/mL", "1.5")]
)
def test_value_in_full_width_is_the_same_value(value: str, number: str) -> None:
    facts = one_result(value=value)
    assert (facts.bound, str(facts.number)) == (Bound.LESS, number)


@pytest.mark.parametrize(
    ("line", "where", "reason"),
    [
        ("NM|777-3^PLT^LN||1,234|10*9/L", "OBX[2]-5", "grouped-digits"),
        ("NM|777-3^PLT^LN||-3|10*9/L", "OBX[2]-5", "negative"),
        ("SN|777-3^PLT^LN||^1^-^5|10*9/L", "OBX[2]-5", "range"),
        ("ST|777-3^PLT^LN||clumped|10*9/L", "OBX[2]-5", "word"),
        ("NM|777-3^PLT^LN||41|", "OBX[2]-6", "blank"),
        ("NM|777-3^PLT^LN||41|1", "OBX[2]-6", "bare-number"),
        ("NM|777-3^PLT^LN||41|g/L", "OBX[2]-6", "other-dimension"),
        ("NM|777-3^PLT^LN||41|109/L", "OBX[2]-6", "unknown"),
        ("NM|777-3^PLT^LN||41|10*9/Mm3", "OBX[2]-6", "uncertain-case"),
    ],
)
def test_the_answer_names_the_reason_and_not_what_was_sent(line: str, where: str, reason: str) -> None:
    answer = translate(obx(f"OBX|2|{line}|||||F").encode(), RECEIVED_AT)
    assert isinstance(answer, Refusal)
    assert answer.where == where
    assert answer.text.endswith(f" Reason: {reason}.")
    assert "clumped" not in answer.text


def test_codes_that_the_study_ignores_are_read_and_left_out() -> None:
    message = taken(blood_count(obx=("OBX|1|NM|789-8^RBC^LN||3.2|10*12/L||||F", "OBX|2|IS|08001^Mode^99MRC||O||||||F")))
    assert message.drafts == ()


def test_structured_and_plain_result_give_the_same_fact_but_for_the_text() -> None:
    structured = one_result()
    plain = one_result(value="ST|{code}||<1.5|pg/mL")
    assert (structured.bound, structured.number) == (plain.bound, plain.number)
    assert (structured.text, plain.text) == ("<^1.5", "<1.5")
    assert structured.series == plain.series


@pytest.mark.parametrize("sent", ["-----", "", '""'])
def test_result_without_a_number_keeps_its_text(sent: str) -> None:
    facts = one_result(value=f"ST|{{code}}||{sent}|pg/mL")
    assert (facts.bound, facts.number, facts.text) == (None, None, sent)


@pytest.mark.parametrize("status", ["P", "F", "C", "D", "W", "X"])
def test_every_status_of_a_report_line_keeps_its_series(status: str) -> None:
    facts = one_result(status=status)
    assert facts.status == ResultStatus(status)
    assert facts.series == one_result().series


def test_deleted_result_needs_neither_value_nor_unit() -> None:
    facts = one_result(status="D", value="SN|{code}|||")
    assert (facts.number, facts.unit, facts.unit_sent) == (None, "pg/mL", "")


def test_order_numbers_that_start_again_the_next_day_are_another_series() -> None:
    days = [taken(blood_count(order="17", collected=day)) for day in ("20250303083000", "20250304083000")]
    series = {
        draft.facts.series for message in days for draft in message.drafts if isinstance(draft.facts, ResultReported)
    }
    assert len(series) == 4


@pytest.mark.parametrize(
    ("collected", "expected"),
    [
        ("20250304", "2025-03-04"),
        ("202503040830", "2025-03-04T08:30+08:00"),
        ("20250304083000", "2025-03-04T08:30:00+08:00"),
        ("20250304083000.25", "2025-03-04T08:30:00.250+08:00"),
        ("20250304003000+0000", "2025-03-04T08:30:00+08:00"),
        ("20250304000000", "2025-03-04T00:00:00+08:00"),
    ],
)
def test_clinical_time_keeps_its_precision(collected: str, expected: str) -> None:
    assert {str(draft.happened) for draft in taken(blood_count(collected=collected)).drafts} == {expected}


def test_correction_of_what_was_typed_is_recorded_later_although_it_was_analysed_before() -> None:
    first = taken(interleukin()).drafts[-1]
    second = taken(interleukin(status="C", reported="20250304190000")).drafts[-1]
    assert first.recorded_at < second.recorded_at


def test_sent_again_with_another_time_is_the_same_message() -> None:
    first, again = taken(interleukin()), taken(interleukin(sent="20250304235900"))
    assert first == again


def test_other_content_under_one_control_id_is_another_message() -> None:
    first, other = taken(interleukin()), taken(interleukin(value="SN|{code}||^7|pg/mL"))
    assert first.identity == other.identity
    assert first.content_digest != other.content_digest
    ids = [{event.id for event in events_of(message, "S-001", STUDY)} for message in (first, other)]
    # The specimen is the same one, and its collection one event; the results are two.
    assert len(ids[0] & ids[1]) == 1
    assert len(ids[0] | ids[1]) == 3


def test_ids_do_not_depend_on_who_the_patient_is() -> None:
    """An id is in the log for everybody to read: nobody may find a number out by trying all of them."""
    ids = [
        [event.id for event in events_of(taken(interleukin(number=number)), "S-001", STUDY)]
        for number in (NUMBER, "ZY99999999")
    ]
    assert ids[0] == ids[1]


def test_events_of_a_message_hold_no_identity_and_decode() -> None:
    for event in events_of(taken(interleukin()), "S-001", STUDY):
        value = encode(event)
        assert decode(value) == event
        for secret in SECRETS:
            assert secret.encode() not in value


@pytest.mark.parametrize(
    ("named", "codec"),
    [("UNICODE UTF-8", "utf-8"), ("GB 18030-2000", "gb18030"), ("GB18030", "gb18030"), ("UTF-8~ASCII", "utf-8")],
)
def test_character_set_of_the_message(named: str, codec: str) -> None:
    # The second byte of this character is a vertical bar in GB 18030.
    tail = (f"NTE|1|L|{bytes([0x81, 0x7C]).decode('gb18030')}|after",)
    assert len(taken(blood_count(charset=named, tail=tail), codec).drafts) == 3


def test_latin_1_and_ascii() -> None:
    plain = blood_count(charset="").replace("模拟^患者甲", "M^Simul")
    assert len(taken(plain, "ascii").drafts) == 3
    assert (
        len(taken(plain.replace("|" * 6 + "\r", "||||||8859/1\r", 1).replace("Simul", "Müller"), "latin-1").drafts) == 3
    )


GOOD = "OBX|1|NM|6690-2^WBC^LN||3.20|10*3/uL|||||F"


def obx(line: str) -> str:
    """A count whose second result is the one to be refused."""
    return blood_count(obx=(GOOD, line))


REFUSED: dict[str, tuple[str | bytes, tuple[str, str | None, str]]] = {
    "empty": (b"", ("not-hl7", "MSH", "AE")),
    "binary noise": (bytes(range(256)), ("not-hl7", "MSH", "AE")),
    "noise after MSH": (b"MSH" + bytes(range(256)), ("encoding-characters", "MSH-2", "AE")),
    "a batch": ("BHS|^~\\&\r" + blood_count(), ("not-hl7", "MSH", "AE")),
    "two messages in one frame": (blood_count() + blood_count(), ("segment-sequence", "MSH", "AE")),
    "no separators": ("MSH|\rPID|", ("encoding-characters", "MSH-2", "AE")),
    "one separator twice": (blood_count().replace("^~\\&", "^^\\&", 1), ("encoding-characters", "MSH-2", "AE")),
    "a letter as separator": (blood_count().replace("^~\\&", "^~\\a", 1), ("encoding-characters", "MSH-2", "AE")),
    "unknown character set": (blood_count(charset="KLINGON"), ("charset", "MSH-18", "AE")),
    "utf-8 said, gb18030 sent": (blood_count().encode("gb18030"), ("charset", "MSH-18", "AE")),
    "ascii said, utf-8 sent": (blood_count(charset=""), ("charset", "MSH-18", "AE")),
    "nul": (blood_count(tail=("NTE|1|L|a\0b",)), ("control-character", "NTE[1]", "AE")),
    "escape character": (blood_count().replace("^患者", "\x1b^患者"), ("control-character", "PID", "AE")),
    "segment name": (blood_count(tail=("what is this",)), ("malformed-segment", "OBX[2]", "AE")),
    "admission": (blood_count(kind="ADT^A01"), ("message-type", "MSH-9", "AR")),
    "other trigger": (blood_count(kind="ORU^R30"), ("message-type", "MSH-9", "AR")),
    "no type": (blood_count(kind=""), ("field-missing", "MSH-9", "AE")),
    "version 2.3": (blood_count(version="2.3"), ("version", "MSH-12", "AR")),
    "version 3": (blood_count(version="3"), ("version", "MSH-12", "AR")),
    "training": (blood_count(processing_id="T"), ("processing-id", "MSH-11", "AR")),
    "debugging": (blood_count(processing_id="D"), ("processing-id", "MSH-11", "AR")),
    "no processing id": (blood_count(processing_id=""), ("processing-id", "MSH-11", "AR")),
    "no control id": (blood_count(control_id=""), ("field-missing", "MSH-10", "AE")),
    "long control id": (blood_count(control_id="9" * 300), ("field-too-long", "MSH-10", "AE")),
    "no PID": (blood_count().replace("PID|", "PV1|"), ("segment-missing", "PID", "AE")),
    "two PIDs": (blood_count(tail=("PID|2||OTHER",)), ("several-patients", "PID", "AE")),
    "no number": (blood_count(number=""), ("field-missing", "PID-3", "AE")),
    "null as number": (blood_count(number='""'), ("field-missing", "PID-3", "AE")),
    "no OBR": (blood_count(obx=()).replace("OBR|", "ORC|"), ("segment-missing", "OBR", "AE")),
    "OBX before OBR": (blood_count().replace("OBR|", "ORC|"), ("segment-sequence", "OBX[1]", "AE")),
    "no OBX": (blood_count(obx=()), ("segment-missing", "OBX", "AE")),
    "too many": (blood_count(obx=(GOOD,) * 1001), ("too-many-results", "OBX[1001]", "AE")),
    "no such day": (blood_count(collected="20250230"), ("not-a-time", "OBR[1]-7", "AE")),
    "month only": (blood_count(collected="202503"), ("not-a-time", "OBR[1]-7", "AE")),
    "hour only": (blood_count(collected="2025030408"), ("not-a-time", "OBR[1]-7", "AE")),
    "hour 24": (blood_count(collected="202503042400"), ("not-a-time", "OBR[1]-7", "AE")),
    "a date elsewhere": (blood_count(collected="20250304+0000"), ("not-a-time", "OBR[1]-7", "AE")),
    "year 1": (blood_count(collected="00010101"), ("not-a-time", "OBR[1]-7", "AE")),
    "tomorrow": (blood_count(collected="20250305"), ("in-the-future", "OBR[1]-7", "AE")),
    "in an hour": (blood_count(collected="202503042100"), ("in-the-future", "OBR[1]-7", "AE")),
    "reported tomorrow": (blood_count(reported="20250305120000"), ("in-the-future", "OBR[1]-22", "AE")),
    "no clinical time": (blood_count(collected=""), ("field-missing", "OBR[1]-7", "AE")),
    "specimen of another kind": (blood_count().replace("BLDV^", "CSF^"), ("unknown-specimen-type", "OBR[1]-15", "AE")),
    "two specimens": (interleukin() + "SPM|2|B||SER\r", ("several-specimens", "SPM[2]", "AE")),
    "unknown specimen": (interleukin(specimen="XYZ"), ("unknown-specimen-type", "SPM[1]-4", "AE")),
    "collected tomorrow": (interleukin(collected="20250306"), ("in-the-future", "OBR[1]-7", "AE")),
    "unknown code": (obx("OBX|2|NM|12345-6^X^LN||1|g/L|||||F"), ("unknown-code", "OBX[2]-3", "AE")),
    "code of another system": (obx("OBX|2|NM|6690-2^WBC^99XX||1|10*9/L|||||F"), ("unknown-code", "OBX[2]-3", "AE")),
    "no code": (obx("OBX|2|NM|||1|10*9/L|||||F"), ("field-missing", "OBX[2]-3", "AE")),
    "serum code for marrow": (interleukin(code="26881-3^IL6^LN"), ("code-is-not-for-this-specimen", "OBX[1]-3", "AE")),
    "serum code, specimen unsaid": (
        interleukin(code="26881-3^IL6^LN", specimen=""),
        ("code-is-not-for-this-specimen", "OBX[1]-3", "AE"),
    ),
    "marrow code for serum": (
        interleukin(specimen="SER^Serum^HL70487"),
        ("code-is-not-for-this-specimen", "OBX[1]-3", "AE"),
    ),
    "body fluid code, marrow aspirate": (
        interleukin(code="49732-1^IL6^LN", specimen="MAR^Marrow^HL70487"),
        ("code-is-not-for-this-specimen", "OBX[1]-3", "AE"),
    ),
    "value type": (obx("OBX|2|ED|777-3^PLT^LN||1|10*9/L|||||F"), ("value-type", "OBX[2]-2", "AE")),
    "thousands, or thousandths": (
        obx("OBX|2|NM|777-3^PLT^LN||1,234|10*9/L|||||F"),
        ("not-a-quantity", "OBX[2]-5", "AE"),
    ),
    "two values": (obx("OBX|2|NM|777-3^PLT^LN||41~42|10*9/L|||||F"), ("not-a-quantity", "OBX[2]-5", "AE")),
    "components in a text": (obx("OBX|2|ST|777-3^PLT^LN||<^41|10*9/L|||||F"), ("not-a-quantity", "OBX[2]-5", "AE")),
    "a titre": (interleukin(value="SN|{code}||^1^:^128|pg/mL"), ("not-a-quantity", "OBX[1]-5", "AE")),
    "unknown unit": (obx("OBX|2|NM|777-3^PLT^LN||41|102/mm)|||||F"), ("unknown-unit", "OBX[2]-6", "AE")),
    "one as a unit": (obx("OBX|2|NM|777-3^PLT^LN||41|1|||||F"), ("unknown-unit", "OBX[2]-6", "AE")),
    "limits, but no unit": (interleukin(value="ST|{code}||<1.5|"), ("unknown-unit", "OBX[1]-6", "AE")),
    "no unit": (obx("OBX|2|NM|777-3^PLT^LN||41||||||F"), ("unknown-unit", "OBX[2]-6", "AE")),
    "wrong unit of nothing": (obx("OBX|2|NM|777-3^PLT^LN|||g/L|||||F"), ("unknown-unit", "OBX[2]-6", "AE")),
    "no status": (obx("OBX|2|NM|777-3^PLT^LN||41|10*9/L"), ("field-missing", "OBX[2]-11", "AE")),
    "not verified": (obx("OBX|2|NM|777-3^PLT^LN||41|10*9/L|||||R"), ("result-status", "OBX[2]-11", "AE")),
    "limit that is no number": (interleukin(notes=("NTE|1|L|LLOQ=low",)), ("malformed-note", "NTE[1]-3", "AE")),
    "dilution of nought": (interleukin(notes=("NTE|1|L|DILUTION=0",)), ("malformed-note", "NTE[1]-3", "AE")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_place(name: str) -> None:
    sent, expected = REFUSED[name]
    assert refused(sent) == expected


def test_matrices_for_which_interleukin_codes_hold() -> None:
    assert one_result(code="26881-3^IL6^LN", specimen="SER^Serum^HL70487").matrix is Matrix.SERUM
    assert one_result(code="49732-1^IL6^LN").matrix is Matrix.MARROW_SUPERNATANT
    # The alternate code counts where the first is not known.
    assert one_result(code="X1^IL-6^99XX^IL6-BM^IL-6^99LAB").code == "IL6-BM"


def test_one_bad_result_refuses_the_whole_message() -> None:
    assert refused(obx("OBX|2|NM|777-3^PLT^LN||many|10*9/L|||||F"))[0] == "not-a-quantity"


def test_notes_in_plain_words_are_not_read() -> None:
    facts = one_result(notes=("NTE|1|L|called to Dr. Simulated about LLOQ",))  # type: ignore[arg-type]
    assert (facts.lower_limit, facts.upper_limit, facts.dilution) == (None, None, None)


mangled = st.sampled_from([blood_count().encode(), interleukin().encode(), blood_count().encode("gb18030")])


@given(mangled, st.lists(st.tuples(st.integers(min_value=0), st.binary(max_size=4)), max_size=8))
def test_whatever_is_sent_is_translated_or_refused(raw: bytes, changes: list[tuple[int, bytes]]) -> None:
    for at, put in changes:
        place = at % (len(raw) + 1)
        raw = raw[:place] + put + raw[place + len(put) :]
    said = translate(raw, RECEIVED_AT)
    if isinstance(said, Message):
        for event in events_of(said, "S-001", STUDY):
            assert decode(encode(event)) == event
    assert translate(raw, RECEIVED_AT) == said, "the same bytes at the same time say the same"


@given(st.binary(max_size=300))
def test_noise_is_refused(raw: bytes) -> None:
    for sent in (raw, b"MSH|^~\\&|" + raw, blood_count().encode() + raw):
        assert isinstance(translate(sent, RECEIVED_AT), Message | Refusal)


words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)


@given(st.lists(st.lists(words, min_size=1, max_size=4), min_size=1, max_size=6))
def test_well_formed_segments_read_as_the_hl7_package_reads_them(fields: list[list[str]]) -> None:
    text = blood_count(tail=("ZZZ|" + "|".join("^".join(components) for components in fields),))
    segment = read_segments(text.encode())[-1]
    other = hl7.parse(text).segment("ZZZ")
    for number, components in enumerate(fields, start=1):
        for place in range(1, len(components) + 1):
            theirs = other.extract_field(field_num=number, component_num=place)
            assert segment.component(number, place) == theirs
