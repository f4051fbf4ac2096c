"""Every version from 1 reaches the newest, and one that does not exist is an outcome."""

import re

import pytest

from schemas.codec import decode, decode_facts, encode, facts_digest
from schemas.events import FACTS_BY_TYPE, EntryCorrected, SubjectDied
from schemas.events.event import Event
from schemas.events.followup import Cause, Certainty
from schemas.outcomes import Reason, Undecodable
from schemas.settlement import settle
from schemas.subject import FOLD_VERSION, fold
from schemas.upcasts import OLD_VERSIONS, UPCASTS
from tests.schemas.controls import event
from tests.schemas.frozen import golden

DIED_V1 = golden("subject.died.v1")
DIED_V2 = golden("subject.died.v2")
CORRECTED_V1 = golden("entry.corrected.v1+died-v1")

# The fold version that first had each upcast. The digests in a state are of the newest versions, so a state that was
# made before an upcast is not what a replay would make.
FOLD_VERSION_OF = {"subject.died.v1": 2}


def test_every_version_from_1_to_the_newest_is_known() -> None:
    for newest in FACTS_BY_TYPE:
        stem, _, number = newest.rpartition(".v")
        assert re.fullmatch(r"[1-9][0-9]*", number)
        for earlier in range(1, int(number)):
            assert f"{stem}.v{earlier}" in OLD_VERSIONS
    assert UPCASTS.keys() == OLD_VERSIONS.keys()
    assert not UPCASTS.keys() & FACTS_BY_TYPE.keys()


def test_every_upcast_came_with_a_fold_version() -> None:
    assert UPCASTS.keys() == FOLD_VERSION_OF.keys()
    assert max(FOLD_VERSION_OF.values()) <= FOLD_VERSION


@pytest.mark.parametrize("type_", OLD_VERSIONS)
def test_an_upcast_gives_facts_of_the_newest_type_under_its_tag(type_: str) -> None:
    payload = re.search(rb'"data":(\{.*?\}),"subject"', golden(type_))
    assert payload is not None
    tag, facts = UPCASTS[type_](payload[1])
    assert tag == facts.TYPE
    assert FACTS_BY_TYPE[tag] is type(facts)
    assert tag.rpartition(".v")[0] == type_.rpartition(".v")[0]


def test_a_death_in_version_1_says_that_certainty_was_not_asked() -> None:
    assert decode_facts("subject.died.v1", b'{"cause":"infection"}') == SubjectDied(
        cause=Cause.INFECTION, certainty=Certainty.NOT_ASKED
    )


@pytest.mark.parametrize("version", ["v0", "v3", "v10", "v01", "v", "V1"])
def test_a_version_that_does_not_exist_is_an_unknown_type(version: str) -> None:
    record = DIED_V2.replace(b"subject.died.v2", b"subject.died." + version.encode())
    assert decode(record) == Undecodable(reason=Reason.UNKNOWN_TYPE, where="$.type")


def test_an_old_version_with_a_field_of_the_new_one_is_malformed() -> None:
    record = DIED_V1.replace(b'{"cause":"infection"}', b'{"cause":"infection","certainty":"documented"}')
    assert decode(record) == Undecodable(reason=Reason.MALFORMED_FACTS, where="$.data")


def test_a_new_version_without_its_new_field_is_malformed() -> None:
    record = DIED_V2.replace(b',"certainty":"estimated-date"', b"")
    assert decode(record) == Undecodable(reason=Reason.MALFORMED_FACTS, where="$.data")


def test_both_versions_of_the_same_facts_have_one_digest() -> None:
    newer = DIED_V1.replace(b"subject.died.v1", b"subject.died.v2")
    newer = newer.replace(b'{"cause":"infection"}', b'{"cause":"infection","certainty":"not-asked"}')
    first, second = decode(DIED_V1), decode(newer)
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert first == second
    assert facts_digest(first) == facts_digest(second)
    assert encode(first) == newer


def test_a_correction_in_the_form_of_an_old_version_is_read_as_one_of_the_newest() -> None:
    correction = decode(CORRECTED_V1)
    assert isinstance(correction, Event)
    assert correction.facts == EntryCorrected(
        target="evt-0406",
        target_type="subject.died.v2",
        replacement={"cause": "leukaemia", "certainty": "not-asked"},
    )


@pytest.mark.parametrize(
    ("target_type", "replacement", "refused"),
    [
        pytest.param(
            b"subject.died.v1",
            b'{"cause":"leukaemia","certainty":"documented"}',
            Undecodable(reason=Reason.MALFORMED_FACTS, where="$.data.replacement"),
            id="a field of the new version",
        ),
        pytest.param(
            b"subject.died.v1",
            b'{"cause":"old age"}',
            Undecodable(reason=Reason.MALFORMED_FACTS, where="$.data.replacement.cause"),
            id="no such cause",
        ),
        pytest.param(
            b"subject.died.v2",
            b'{"cause":"leukaemia"}',
            Undecodable(reason=Reason.MALFORMED_FACTS, where="$.data.replacement"),
            id="the old form under the new type",
        ),
        pytest.param(
            b"subject.died.v3",
            b'{"cause":"leukaemia"}',
            Undecodable(reason=Reason.UNKNOWN_TYPE, where="$.data.target_type"),
            id="no such version",
        ),
    ],
)
def test_a_correction_that_mixes_versions_is_refused(
    target_type: bytes, replacement: bytes, refused: Undecodable
) -> None:
    record = CORRECTED_V1.replace(b"subject.died.v1", target_type).replace(b'{"cause":"leukaemia"}', replacement)
    assert decode(record) == refused


NEWER = event(
    "evt-0406",
    SubjectDied(cause=Cause.INFECTION, certainty=Certainty.NOT_ASKED),
    happened="2025-01-17",
    subject="S-017",
)


@pytest.mark.parametrize("death", [decode(DIED_V1), NEWER], ids=["died in version 1", "died in version 2"])
def test_a_correction_in_the_old_form_corrects_a_death_of_either_version(death: Event) -> None:
    correction = decode(CORRECTED_V1)
    assert isinstance(correction, Event)
    (entry,) = settle([death, correction]).entries
    assert entry.facts == SubjectDied(cause=Cause.LEUKAEMIA, certainty=Certainty.NOT_ASKED)
    assert entry.by == "evt-0502"


def test_a_history_in_old_versions_folds_like_the_same_history_in_new_ones() -> None:
    old = [decode(DIED_V1), decode(CORRECTED_V1)]
    assert all(isinstance(each, Event) for each in old)
    new = [decode(encode(each)) for each in old if isinstance(each, Event)]
    assert fold("S-017", [each for each in old if isinstance(each, Event)]) == fold(
        "S-017", [each for each in new if isinstance(each, Event)]
    )
