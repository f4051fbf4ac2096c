"""The response criteria as versioned data: limits, their order of precedence, and where they were published.

A category is given where all of its conditions are met and those of no earlier one are; where none is, it is NR
("assessable, none of the above"). Limits are exact decimals; `Comparison` says which are inclusive. Source of what each
set says: clinical.md, "Response categories", and the publication that the set names. What differs between sets:

- ELN 2022 has CRh; 2017 has not, and asks for no blasts with Auer rods in CR, CRi and MLFS. Its MLFS names neither
  blasts in blood nor spicules.
- Relapse in blood alone takes two samples in ELN 2022, as far apart as the study's ``relapse_in_blood_days``, and one
  in 2017.
- The Chinese standard of 1987 has CR, PR and NR alone, judged by marrow, blood and clinical signs. Blood asks for
  haemoglobin by sex, and for no leukaemic cells in the differential count. Its relapse is marrow blasts above 20 %, or
  above 5 % through one more course, or disease outside of the marrow. A clinician has still to confirm these.
- The Chinese guideline of 2023 is known by name only, and is refused: no limit of it is invented.

Chosen where the publications are silent, for a clinician to confirm: an aplastic marrow with low blasts and low counts
is assessable and none of the above, so NR; in the standard of 1987 a marrow with low blasts but another line not
normal is NR too, and so is one where both blood and clinical signs miss CR.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

import msgspec

from schemas.events.followup import Category
from schemas.rules.conditions import AllOf, AnyOf, Comparison, Condition, Limit, Quantity, no, yes


class Refusal(ValueError):
    """No response can be derived by a rule set of this name; the message says why."""


class CategoryRule(msgspec.Struct, frozen=True, kw_only=True):
    """All of ``conditions`` have to be met.

    ``gate`` has to be met before any of them is looked at; None where there is none. ``one_lineage`` is one condition
    more where the study's ``cri_requires_one_lineage`` holds. ``known`` are quantities whose size does not matter but
    which have to be known: "any" is not "missing".
    """

    category: Category
    conditions: tuple[Condition, ...]
    gate: Limit | None = None
    one_lineage: Condition | None = None
    known: tuple[Quantity, ...] = ()


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """``rules`` are in order of precedence. ``counts`` are those that are read on one day near the marrow.

    ``samples_to_relapse`` is how many samples with blasts in blood alone make a relapse, None where none do.
    ``courses_to_refractory`` and ``days_to_refractory`` are intensive courses, and days from a less intensive start,
    after which no remission is refractory disease; None where the set does not say.
    """

    name: str
    version: str
    source: str
    section: str
    rules: tuple[CategoryRule, ...]
    counts: tuple[Quantity, ...]
    samples_to_relapse: int | None
    courses_to_refractory: int | None
    days_to_refractory: int | None


class NamedOnly(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set that is known by name alone. ``why`` it is refused."""

    name: str
    title: str
    why: str


_AT_LEAST, _ABOVE, _AT_MOST, _BELOW = Comparison.AT_LEAST, Comparison.ABOVE, Comparison.AT_MOST, Comparison.BELOW
_HALF, _ONE, _ONE_AND_A_HALF = Decimal("0.5"), Decimal("1.0"), Decimal("1.5")

_NOT_ASSESSABLE = CategoryRule(category=Category.NE, conditions=(no(Quantity.ADEQUATE),))

_BLASTS_BELOW_5 = Limit(Quantity.MARROW_BLASTS, _BELOW, Decimal(5))
_NO_BLOOD_BLASTS = no(Quantity.BLOOD_BLASTS)
_NO_EXTRAMEDULLARY = no(Quantity.EXTRAMEDULLARY)
_NO_AUER_RODS = no(Quantity.AUER_RODS)
_NEUTROPHILS_BACK = Limit(Quantity.ANC, _AT_LEAST, _ONE)
_PLATELETS_BACK = Limit(Quantity.PLATELETS, _AT_LEAST, Decimal(100))
_NEUTROPHILS_LOW = Limit(Quantity.ANC, _BELOW, _ONE)
_PLATELETS_LOW = Limit(Quantity.PLATELETS, _BELOW, Decimal(100))
_ENOUGH_CELLS = AnyOf(
    (
        Limit(Quantity.CELLS_COUNTED, _AT_LEAST, Decimal(200)),
        Limit(Quantity.CELLULARITY, _AT_LEAST, Decimal(10)),
    )
)
_NO_DISEASE_2022 = (_BLASTS_BELOW_5, _NO_BLOOD_BLASTS, _NO_EXTRAMEDULLARY)
_NO_DISEASE_2017 = (_BLASTS_BELOW_5, _NO_AUER_RODS, _NO_BLOOD_BLASTS, _NO_EXTRAMEDULLARY)

_BACK_IN_MARROW = AllOf((yes(Quantity.ADEQUATE), Limit(Quantity.MARROW_BLASTS, _AT_LEAST, Decimal(5))))


def _relapse(*any_of: Condition) -> CategoryRule:
    return CategoryRule(category=Category.RELAPSE, gate=yes(Quantity.REMISSION), conditions=(AnyOf(any_of),))


_PARTIAL_ELN = CategoryRule(
    category=Category.PR,
    conditions=(
        Limit(Quantity.MARROW_BLASTS, _AT_LEAST, Decimal(5)),
        Limit(Quantity.MARROW_BLASTS, _AT_MOST, Decimal(25)),
        Limit(Quantity.PRETREATMENT_BLASTS, _AT_LEAST, Decimal(2), times=Quantity.MARROW_BLASTS),
        _NO_BLOOD_BLASTS,
        _NO_EXTRAMEDULLARY,
        _NEUTROPHILS_BACK,
        _PLATELETS_BACK,
    ),
)


def _incomplete(no_disease: tuple[Condition, ...]) -> CategoryRule:
    """CRi: all as CR, but one of the two counts is low; both where the study lets them."""
    return CategoryRule(
        category=Category.CRI,
        conditions=(*no_disease, AnyOf((_NEUTROPHILS_LOW, _PLATELETS_LOW))),
        one_lineage=AnyOf((_NEUTROPHILS_BACK, _PLATELETS_BACK)),
        known=(Quantity.ANC, Quantity.PLATELETS),
    )


ELN2022 = RuleSet(
    name="ELN2022",
    version="1",
    source="Döhner H, et al. Blood 2022;140(12):1345-1377",
    section="Response criteria in AML",
    rules=(
        _relapse(_BACK_IN_MARROW, yes(Quantity.BACK_IN_BLOOD), yes(Quantity.EXTRAMEDULLARY)),
        _NOT_ASSESSABLE,
        CategoryRule(category=Category.CR, conditions=(*_NO_DISEASE_2022, _NEUTROPHILS_BACK, _PLATELETS_BACK)),
        CategoryRule(
            category=Category.CRH,
            conditions=(
                *_NO_DISEASE_2022,
                Limit(Quantity.ANC, _AT_LEAST, _HALF),
                Limit(Quantity.PLATELETS, _AT_LEAST, Decimal(50)),
            ),
        ),
        _incomplete(_NO_DISEASE_2022),
        CategoryRule(
            category=Category.MLFS,
            conditions=(*_NO_DISEASE_2022, yes(Quantity.SPICULES), _ENOUGH_CELLS),
            known=(Quantity.ANC, Quantity.PLATELETS),
        ),
        _PARTIAL_ELN,
    ),
    counts=(Quantity.ANC, Quantity.PLATELETS),
    samples_to_relapse=2,
    courses_to_refractory=2,
    days_to_refractory=180,
)

ELN2017 = RuleSet(
    name="ELN2017",
    version="1",
    source="Döhner H, et al. Blood 2017;129(4):424-447",
    section="Response criteria in AML",
    rules=(
        _relapse(
            _BACK_IN_MARROW,
            yes(Quantity.BLOOD_BLASTS),
            yes(Quantity.BACK_IN_BLOOD),
            yes(Quantity.EXTRAMEDULLARY),
        ),
        _NOT_ASSESSABLE,
        CategoryRule(category=Category.CR, conditions=(*_NO_DISEASE_2017, _NEUTROPHILS_BACK, _PLATELETS_BACK)),
        _incomplete(_NO_DISEASE_2017),
        CategoryRule(
            category=Category.MLFS,
            conditions=(_BLASTS_BELOW_5, _NO_AUER_RODS, _NO_EXTRAMEDULLARY, _ENOUGH_CELLS),
            known=(Quantity.ANC, Quantity.PLATELETS),
        ),
        _PARTIAL_ELN,
    ),
    counts=(Quantity.ANC, Quantity.PLATELETS),
    samples_to_relapse=1,
    courses_to_refractory=2,
    days_to_refractory=None,
)

_MARROW_1987 = (
    Limit(Quantity.MARROW_BLASTS, _AT_MOST, Decimal(5)),
    yes(Quantity.ERYTHROID),
    yes(Quantity.MEGAKARYOCYTES),
)
_BLOOD_1987 = (
    _NO_BLOOD_BLASTS,
    Limit(Quantity.ANC, _AT_LEAST, _ONE_AND_A_HALF),
    _PLATELETS_BACK,
    AnyOf(
        (
            AllOf((yes(Quantity.MALE), Limit(Quantity.HAEMOGLOBIN, _AT_LEAST, Decimal(100)))),
            AllOf((no(Quantity.MALE), Limit(Quantity.HAEMOGLOBIN, _AT_LEAST, Decimal(90)))),
        )
    ),
)
_BETWEEN_5_AND_20 = AllOf(
    (
        Limit(Quantity.MARROW_BLASTS, _ABOVE, Decimal(5)),
        Limit(Quantity.MARROW_BLASTS, _AT_MOST, Decimal(20)),
    )
)

CN1987 = RuleSet(
    name="CN1987",
    version="1",
    source="National conference on the chemotherapy of leukaemia, Suzhou 1987: criteria of response",
    section="CR, PR, NR; relapse",
    rules=(
        _relapse(
            AllOf((yes(Quantity.ADEQUATE), Limit(Quantity.MARROW_BLASTS, _ABOVE, Decimal(20)))),
            AllOf(
                (
                    yes(Quantity.ADEQUATE),
                    Limit(Quantity.MARROW_BLASTS, _ABOVE, Decimal(5)),
                    yes(Quantity.THROUGH_COURSE),
                )
            ),
            yes(Quantity.EXTRAMEDULLARY),
        ),
        _NOT_ASSESSABLE,
        CategoryRule(category=Category.CR, conditions=(*_MARROW_1987, _NO_EXTRAMEDULLARY, *_BLOOD_1987)),
        CategoryRule(
            category=Category.PR,
            conditions=(
                # CR is out by now: where one of the two meets it, the other one misses it.
                AnyOf((_BETWEEN_5_AND_20, AllOf((*_MARROW_1987, AnyOf((_NO_EXTRAMEDULLARY, AllOf(_BLOOD_1987))))))),
            ),
        ),
    ),
    counts=(Quantity.ANC, Quantity.PLATELETS, Quantity.HAEMOGLOBIN),
    samples_to_relapse=None,
    courses_to_refractory=None,
    days_to_refractory=None,
)

RULE_SETS: Mapping[str, RuleSet] = MappingProxyType({rules.name: rules for rules in (ELN2022, ELN2017, CN1987)})

NAMED_ONLY: Mapping[str, NamedOnly] = MappingProxyType(
    {
        "CN2023": NamedOnly(
            name="CN2023",
            title="Chinese guideline for adult AML (not APL), 2023: its own table of responses",
            why="the text of its table is not to hand, and no limit is invented; a clinician has to supply it",
        )
    }
)


def rule_set(name: str) -> RuleSet:
    """The rule set of this name. Raises Refusal for one without rules, and for an unknown name."""
    why = why_refused(name)
    if why is not None:
        raise Refusal(why)
    return RULE_SETS[name]


def why_refused(name: str) -> str | None:
    """Why no response can be derived by this name, None where it can."""
    if name in RULE_SETS:
        return None
    if name in NAMED_ONLY:
        return f"rule set {name} is refused as an endpoint: {NAMED_ONLY[name].why}"
    return f"rule set {name} is not known; there are {', '.join(RULE_SETS)}"
