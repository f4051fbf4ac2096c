"""Decimals that the types take and that are no number are found wherever they stand."""

from decimal import Decimal

import pytest

from schemas.codec import decode
from schemas.decimals import without_number
from schemas.events import DiseaseDiagnosed, MarrowAssessed
from schemas.events.background import Mutation
from schemas.events.followup import ResidualDisease
from schemas.outcomes import Reason, Undecodable
from tests.schemas.frozen import golden


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity", "1e31", "1e-31"])
def test_what_is_no_number_is_found_in_a_field_a_part_and_a_list_of_parts(number: str) -> None:
    bad, good = Decimal(number), Decimal("0.5")
    assert without_number(MarrowAssessed(blasts_pct=bad)) == "blasts_pct"
    residual = ResidualDisease(method="flow-cytometry", detected=True, level_pct=good, limit_pct=bad)
    assert without_number(MarrowAssessed(blasts_pct=good, residual_disease=residual)) == "residual_disease.limit_pct"
    mutations = (Mutation(gene="KIT", vaf_pct=good), Mutation(gene="NPM1", vaf_pct=bad))
    diagnosed = DiseaseDiagnosed(guideline="CN-AML", disease="AML", mutations=mutations)
    assert without_number(diagnosed) == "mutations[...].vaf_pct"


@pytest.mark.parametrize("number", ["0", "-0", "1e30", "1e-30", "-4.50", "99999999.999999"])
def test_what_is_a_number_passes(number: str) -> None:
    assert without_number(MarrowAssessed(blasts_pct=Decimal(number))) is None
    assert without_number(MarrowAssessed()) is None


@pytest.mark.parametrize(
    ("name", "sent", "where"),
    [
        ("disease.diagnosed.v1", b'"18.40"', "$.data.mutations[...].vaf_pct"),
        ("marrow.assessed.v1", b'"0.081"', "$.data.residual_disease.level_pct"),
        ("entry.corrected.v1", b'"0.01"', "$.data.replacement.residual_disease.limit_pct"),
    ],
)
def test_a_record_with_it_is_malformed_at_its_place(name: str, sent: bytes, where: str) -> None:
    assert sent in golden(name)
    assert decode(golden(name).replace(sent, b'"NaN"')) == Undecodable(reason=Reason.MALFORMED_FACTS, where=where)
