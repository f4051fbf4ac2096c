"""What the derivation of responses reads of one subject's entries in force, gathered once.

A count is usable where it has a number, is in the analyte's canonical unit (the doors convert; a spelling that they did
not is not guessed at here), was measured in blood or the specimen is not said, and its specimen was not rejected.

**An automated differential with blast flags gives no ANC.** A `ResultReported` of "anc" is automated unless its code is
LOINC 753-4 (neutrophils by manual count) or its ``method`` names a manual count. It is flagged where its ``flags`` (all
repetitions of OBX-8, as sent) name blasts, or where an automated look for blasts (`BloodBlastsCounted`, "automated")
found some on that day. A manual count of the same day stands.

**Blasts in blood** come from a smear read with the marrow, from `BloodBlastsCounted` by smear or flow cytometry, and
from results of "blood-blasts-pct" whose ``method`` names no automation: an analyser's flag is a reason to look, and no
count.

An **adequate** marrow has readable blasts, is not called dilute, and its specimen was not rejected. A report that says
nothing of dilution is not dilute: that is said only where it is so.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from schemas.events import (
    BloodBlastsCounted,
    ChemotherapyBegun,
    DemographicsRecorded,
    MarrowAssessed,
    ResultReported,
    SpecimenRejected,
    SubjectTransfused,
)
from schemas.events.background import Sex
from schemas.events.enrollment import Intensity
from schemas.events.lab import BlastMethod, Bound, Matrix
from schemas.events.treatment import BloodProduct
from schemas.milestones import Mark, mark_of
from schemas.rules.conditions import ANYTHING, FINDINGS, NO, UNITS, YES, Quantity, Span, exactly, reported
from schemas.settlement import Entry
from schemas.study import ResponseSettings

_COUNTS = {"anc": Quantity.ANC, "platelets": Quantity.PLATELETS, "hemoglobin": Quantity.HAEMOGLOBIN}
_BLOOD_BLASTS = "blood-blasts-pct"
_MATRICES = frozenset({Matrix.WHOLE_BLOOD, Matrix.UNKNOWN})
_MANUAL_NEUTROPHILS = ("LN", "753-4")
_MANUAL_WORDS = ("manual", "smear", "microscop", "手工", "人工", "镜检")
_AUTOMATED_WORDS = ("automated", "analyser", "analyzer", "自动", "仪器")
_BLAST_WORDS = ("blast", "原始")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity as far as it is known.

    ``value`` is its text without unit, None where it is not known; ``note`` then says where it was looked for. ``on``
    and ``entry`` are None for what is not known, and for what follows from no single entry.
    """

    quantity: Quantity
    span: Span = ANYTHING
    value: str | None = None
    on: dt.date | None = None
    entry: str | None = None
    note: str = "not said"


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A course of chemotherapy by its first day."""

    on: dt.date
    line: int
    intensity: Intensity


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Blood in which somebody looked for blasts."""

    mark: Mark
    reading: Reading

    @property
    def has_blasts(self) -> bool | None:
        """None for a result such as "<1", which may be none."""
        if self.reading.span == NO:
            return False
        return True if self.reading.span.lower > NO.lower else None


class Marrow(msgspec.Struct, frozen=True, kw_only=True):
    mark: Mark
    facts: MarrowAssessed
    adequate: Reading


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All in the one order of entries. ``counts`` has the last usable result of each day near a marrow, ``blood`` the
    sample of each day that has most blasts.

    ``flagged`` has the days whose ANC an analyser's blast flag takes away. ``platelets_given`` are transfusions.
    """

    courses: tuple[Course, ...]
    marrows: tuple[Marrow, ...]
    samples: tuple[Sample, ...]
    blood: Mapping[dt.date, Reading]
    counts: Mapping[dt.date, Mapping[Quantity, Reading]]
    flagged: frozenset[dt.date]
    platelets_given: tuple[Mark, ...]
    male: Reading


def history_of(entries: Iterable[Entry], settings: ResponseSettings) -> History:
    """Two passes over the entries; only what matters here is sorted, of counts those near a marrow."""
    of_types = [entry for entry in entries if isinstance(entry.facts, _READ)]
    near = _days_near_marrows(of_types, settings)
    kept = sorted((entry for entry in of_types if _matters(entry, near)), key=Entry.sort_key)
    rejected = frozenset(entry.facts.specimen for entry in kept if isinstance(entry.facts, SpecimenRejected))
    usable = [entry for entry in kept if _specimen(entry) not in rejected]
    samples = tuple(sample for entry in usable if (sample := _sample(entry)) is not None)
    flagged_on = frozenset(entry.happened.on for entry in usable if _is_blast_flag(entry))
    return History(
        courses=tuple(_course(entry, entry.facts) for entry in kept if isinstance(entry.facts, ChemotherapyBegun)),
        marrows=tuple(
            _marrow(entry, entry.facts, rejected=_specimen(entry) in rejected)
            for entry in kept
            if isinstance(entry.facts, MarrowAssessed)
        ),
        samples=samples,
        blood=_worst_of_day(samples),
        counts=_counts(usable, flagged_on),
        flagged=frozenset(
            entry.happened.on
            for entry in usable
            if _is_flagged_anc(entry.facts, on_flagged=entry.happened.on in flagged_on)
        ),
        platelets_given=tuple(mark_of(entry) for entry in kept if _gives_platelets(entry)),
        male=_male(kept),
    )


_READ = (
    ChemotherapyBegun,
    MarrowAssessed,
    ResultReported,
    BloodBlastsCounted,
    SpecimenRejected,
    SubjectTransfused,
    DemographicsRecorded,
)


def _days_near_marrows(entries: list[Entry], settings: ResponseSettings) -> frozenset[dt.date]:
    around = range(-settings.counts_days_before, settings.counts_days_after + 1)
    marrows_on = {entry.happened.on for entry in entries if isinstance(entry.facts, MarrowAssessed)}
    return frozenset(on + dt.timedelta(days=days) for on in marrows_on for days in around)


def _matters(entry: Entry, near: frozenset[dt.date]) -> bool:
    """Of results the blasts in blood, and counts that some marrow may be judged by."""
    if not isinstance(entry.facts, ResultReported) or entry.facts.analyte == _BLOOD_BLASTS:
        return True
    return entry.facts.analyte in _COUNTS and entry.happened.on in near


def _specimen(entry: Entry) -> str | None:
    """The specimen that a measurement was made in, None where that is not said or it is no measurement."""
    facts = entry.facts
    return facts.specimen if isinstance(facts, ResultReported | BloodBlastsCounted | MarrowAssessed) else None


def _course(entry: Entry, facts: ChemotherapyBegun) -> Course:
    return Course(on=entry.happened.on, line=facts.line, intensity=facts.intensity)


def _marrow(entry: Entry, facts: MarrowAssessed, *, rejected: bool) -> Marrow:
    inadequate = (
        (rejected, "rejected by the laboratory"),
        (facts.blasts_pct is None, "unreadable"),
        (facts.dilute is True, "dilute"),
    )
    why = next((said for holds, said in inadequate if holds), None)
    return Marrow(
        mark=mark_of(entry),
        facts=facts,
        adequate=Reading(
            quantity=Quantity.ADEQUATE,
            span=YES if why is None else NO,
            value=why or FINDINGS[Quantity.ADEQUATE][0],
            on=entry.happened.on,
            entry=entry.id,
        ),
    )


def _counts(usable: list[Entry], flagged_on: frozenset[dt.date]) -> dict[dt.date, dict[Quantity, Reading]]:
    counts: dict[dt.date, dict[Quantity, Reading]] = defaultdict(dict)
    for entry in usable:
        on = entry.happened.on
        if not isinstance(entry.facts, ResultReported) or _is_flagged_anc(entry.facts, on_flagged=on in flagged_on):
            continue
        quantity = _COUNTS.get(entry.facts.analyte)
        reading = None if quantity is None else _reading(entry, entry.facts, quantity)
        if reading is not None:
            counts[on][reading.quantity] = reading
    return dict(counts)


def _reading(entry: Entry, facts: ResultReported, quantity: Quantity) -> Reading | None:
    """None for a result that has no number, is in another unit, or was measured in something other than blood."""
    if facts.number is None or facts.bound is None:
        return None
    if facts.unit != UNITS[quantity] or facts.matrix not in _MATRICES:
        return None
    sign = "" if facts.bound is Bound.EQUAL else facts.bound.value
    return Reading(
        quantity=quantity,
        span=reported(facts.bound, facts.number),
        value=f"{sign}{facts.number:f}",
        on=entry.happened.on,
        entry=entry.id,
    )


def _is_flagged_anc(facts: object, *, on_flagged: bool) -> bool:
    """Whether this is an automated neutrophil count that blasts may have gone into."""
    if not isinstance(facts, ResultReported) or facts.analyte != "anc":
        return False
    if (facts.code_system, facts.code) == _MANUAL_NEUTROPHILS or _names(facts.method, _MANUAL_WORDS):
        return False
    return on_flagged or _names(facts.flags, _BLAST_WORDS)


def _is_blast_flag(entry: Entry) -> bool:
    facts = entry.facts
    return isinstance(facts, BloodBlastsCounted) and facts.method is BlastMethod.AUTOMATED and facts.blasts_pct > 0


def _sample(entry: Entry) -> Sample | None:
    """What an entry says of blasts in blood, None where it says nothing that was counted."""
    facts = entry.facts
    if isinstance(facts, MarrowAssessed) and facts.blood_blasts_pct is not None:
        return Sample(mark=mark_of(entry), reading=_blood_blasts(entry, facts.blood_blasts_pct))
    if isinstance(facts, BloodBlastsCounted) and facts.method is not BlastMethod.AUTOMATED:
        return Sample(mark=mark_of(entry), reading=_blood_blasts(entry, facts.blasts_pct))
    if isinstance(facts, ResultReported) and facts.analyte == _BLOOD_BLASTS:
        reading = None if _names(facts.method, _AUTOMATED_WORDS) else _reading(entry, facts, Quantity.BLOOD_BLASTS)
        return None if reading is None else Sample(mark=mark_of(entry), reading=reading)
    return None


def _blood_blasts(entry: Entry, blasts_pct: Decimal) -> Reading:
    return Reading(
        quantity=Quantity.BLOOD_BLASTS,
        span=exactly(blasts_pct),
        value=f"{blasts_pct:f}",
        on=entry.happened.on,
        entry=entry.id,
    )


def _worst_of_day(samples: tuple[Sample, ...]) -> dict[dt.date, Reading]:
    by_day: dict[dt.date, Reading] = {}
    for sample in samples:
        on = sample.mark.on
        by_day[on] = max(
            by_day.get(on, sample.reading), sample.reading, key=lambda each: (each.span.lower, each.span.upper)
        )
    return by_day


def _names(said: str | None, words: tuple[str, ...]) -> bool:
    return said is not None and any(word in said.casefold() for word in words)


def _gives_platelets(entry: Entry) -> bool:
    return isinstance(entry.facts, SubjectTransfused) and entry.facts.product is BloodProduct.PLATELETS


def _male(kept: list[Entry]) -> Reading:
    """The last sex noted; a record that leaves it out takes nothing back. Other than these two has no limit, so is
    not known.
    """
    noted = [
        (entry, entry.facts.sex)
        for entry in kept
        if isinstance(entry.facts, DemographicsRecorded) and entry.facts.sex is not None
    ]
    if not noted or noted[-1][1] is Sex.OTHER:
        return Reading(quantity=Quantity.MALE)
    entry, sex = noted[-1]
    return Reading(
        quantity=Quantity.MALE,
        span=YES if sex is Sex.MALE else NO,
        value=sex.value,
        on=entry.happened.on,
        entry=entry.id,
    )
