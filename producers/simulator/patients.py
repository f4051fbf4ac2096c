"""Invented names and numbers of simulated patients. They say of themselves that they are: no such person exists."""

import msgspec

from producers.simulator.chance import Chance
from schemas.study import StudyDefinition

_DIGITS = "〇一二三四五六七八九"
# 𠮷 takes four bytes in GB 18030, and the second byte of 亅 is the one that separates HL7's fields: a door that cuts
# before it decodes would cut through it.
_MARKS = ("", "", "", "镕", "𠮷", b"\x81\x7c".decode("gb18030"))


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` is as HL7 writes it, family and given apart. ``site`` is whose patient it is, and whose number."""

    site: str
    hospital_number: str
    name: str
    born: str
    sex: str


def patient_of(seed: int, study: StudyDefinition, place: int) -> Patient:
    """The patient who was screened as number ``place``."""
    chance = Chance(seed, "patient's papers", place)
    numeral = "".join(_DIGITS[int(digit)] for digit in f"{place:03d}")
    return Patient(
        site=Chance(seed, study.id, "site", place).pick([site.id for site in study.sites]),
        hospital_number=f"SIM{(place * 7919 + seed * 104729) % 9_000_000 + 1_000_000}",
        name=f"模拟^患者{numeral}{chance.pick(_MARKS)}",
        born=f"{chance.whole(1942, 2004)}{chance.whole(1, 12):02d}{chance.whole(1, 28):02d}",
        sex=chance.pick(("M", "F")),
    )
