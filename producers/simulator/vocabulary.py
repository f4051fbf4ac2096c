"""What a study's code map lets its simulated laboratories send: codes, units, specimens, plausible values. Pure."""

import math
from types import MappingProxyType

import msgspec

from producers.simulator.instruments import Line
from schemas.events.lab import Matrix
from schemas.study import Analyte, CodeRow, StudyDefinition
from schemas.units import UnitProblem, factor_of

SPECIMENS = MappingProxyType(
    {
        Matrix.WHOLE_BLOOD: ("BLD", "Whole blood"),
        Matrix.SERUM: ("SER", "Serum"),
        Matrix.PLASMA: ("PLAS", "Plasma"),
        Matrix.MARROW_ASPIRATE: ("BMA", "Bone marrow aspirate"),
        Matrix.MARROW_SUPERNATANT: ("BMSUP", "Bone marrow supernatant"),
        Matrix.UNKNOWN: ("", ""),
    }
)
"""How the simulated senders write each kind of specimen."""

# LOINC codes of what an analyser counts in blood, or a person in a smear; the simulated blood has values for these.
_COUNTED = frozenset({"6690-2", "804-5", "751-8", "753-4", "777-3", "718-7", "717-9", "770-8", "709-6"})


def taken(lines: tuple[Line, ...], matrix: Matrix, study: StudyDefinition) -> tuple[Line, ...]:
    """Those of an instrument's lines that the study takes or ignores, each whose unit its analyte takes."""
    return tuple(kept for line in lines if (kept := _taken(line, matrix, study)) is not None)


def _taken(line: Line, matrix: Matrix, study: StudyDefinition) -> Line | None:
    code, _, system = line.code.split("^")
    if code in study.ignored_codes:
        return line
    row = next((row for row in study.codes if (row.code, row.system) == (code, system) and holds(row, matrix)), None)
    analyte = None if row is None else study.analyte(row.analyte)
    return line if analyte is not None and takes(analyte, line.unit) else None


def takes(analyte: Analyte, unit: str) -> bool:
    """Whether the doors can make a number in this unit the analyte's own."""
    return not isinstance(factor_of(unit, analyte.unit, analyte.units, analyte.units_refused), UnitProblem)


def holds(row: CodeRow, matrix: Matrix) -> bool:
    """Whether a row of the code map is for this kind of specimen."""
    return not row.matrices or matrix in row.matrices


def marker_rows(study: StudyDefinition) -> list[CodeRow]:
    """The rows under which the study's marker is reported, local codes before those of LOINC; none without a marker."""
    marker = study.marker
    if marker is None:
        return []
    rows = [row for row in study.codes if row.analyte == marker.analyte and marker.matrix in row.matrices]
    return sorted(rows, key=lambda row: row.system == "LN")


def chemistry(study: StudyDefinition) -> list[tuple[Matrix, list[tuple[Analyte, CodeRow]]]]:
    """What is neither counted nor the marker, by the specimen in which it is measured; in serum where any will do."""
    by_matrix: dict[Matrix, list[tuple[Analyte, CodeRow]]] = {}
    for analyte in study.analytes:
        rows = [row for row in study.codes if row.analyte == analyte.id]
        is_marker = study.marker is not None and study.marker.analyte == analyte.id
        if not rows or is_marker or any(row.code in _COUNTED for row in rows):
            continue
        matrix = rows[0].matrices[0] if rows[0].matrices else Matrix.SERUM
        by_matrix.setdefault(matrix, []).append((analyte, rows[0]))
    return list(by_matrix.items())


def good_line(study: StudyDefinition) -> tuple[Line, Matrix]:
    """A line that the study takes, and the specimen that it is of: of whole blood, where there is such a code."""
    row = next((row for row in study.codes if holds(row, Matrix.WHOLE_BLOOD)), study.codes[0])
    analyte = study.analyte(row.analyte)
    assert analyte is not None, "the study's code map names its own analytes"
    matrix = Matrix.WHOLE_BLOOD if holds(row, Matrix.WHOLE_BLOOD) else row.matrices[0]
    return Line(type="NM", code=code_of(row, analyte), value="6.10", unit=analyte.unit), matrix


def code_of(row: CodeRow, analyte: Analyte) -> str:
    """OBX-3."""
    return f"{row.code}^{analyte.id}^{row.system}"


class Scale(msgspec.Struct, frozen=True):
    """An analyte's values on a logarithmic scale: ten deviations cover what is plausible. Both in log2 of its unit."""

    middle: float
    deviation: float

    def at(self, deviations: float) -> float:
        """The value so many deviations above the middle."""
        return 2.0 ** (self.middle + self.deviation * deviations)


def scale_of(analyte: Analyte) -> Scale:
    """By the plausible range; without an end, or where that is 0, four decades up to or down from the other one."""
    high = float(analyte.plausible_max or 0) or 10_000 * (float(analyte.plausible_min or 0) or 0.1)
    low = float(analyte.plausible_min or 0) or high / 10_000
    low, high = math.log2(low), math.log2(high)
    return Scale((low + high) / 2, (high - low) / 10)


def written(value: float, digits: int = 3) -> str:
    """A value to so many significant digits, without an exponent.

    >>> written(0.0241), written(24.13), written(86123.0, 2)
    ('0.0241', '24.1', '86000')
    """
    behind = digits - 1 - math.floor(math.log10(value))
    return f"{round(value, behind):.{max(behind, 0)}f}"
