"""Of a refused message its structure is shown, and nothing that it says."""

import json

from producers.masking import masked_message
from tests.producers.controls import NUMBER, SECRETS, blood_count


def test_segments_and_separators_are_shown_and_nothing_between_them() -> None:
    raw = "MSH|^~\\&|LIS-A|FJMUUH\rPID|1||0042^^^FJ||张^三||19700101\rOBX|1|NM|6690-2^WBC^LN||4.5|10*9/L"
    assert masked_message("hl7", raw.encode()) == "MSH|^~\\&|·|·\nPID|·||·^^^·||·^·||·\nOBX|·|·|·^·^·||·|·"


def test_what_is_no_known_segment_is_only_counted() -> None:
    assert masked_message("hl7", b"Zhang San\rZZZ|1") == "‹no known segment, 9 bytes›\n‹no known segment, 5 bytes›"


def test_no_secret_of_a_whole_message_is_left() -> None:
    shown = masked_message("hl7", blood_count().encode())
    assert NUMBER not in shown
    assert not [secret for secret in SECRETS if secret in shown]
    assert not [each for each in shown if each.isdigit()]


def test_of_a_form_the_names_of_its_own_fields_are_shown() -> None:
    shown = masked_message("form/enrolment", json.dumps({"form_id": "f-1", "zhangsan": 1}).encode())
    assert json.loads(shown) == {"form_id": "‹text, 3 characters›", "‹unknown name 2›": "‹number›"}
