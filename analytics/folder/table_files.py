"""The study's table as files: data.csv, as a plan reads it, and data.json, as CDISC's Dataset-JSON 1.1. Pure.

Dataset-JSON: CDISC, Dataset-JSON v1.1 (2024), rows and columns of one dataset. A label there is one text without a
language, so that each is in English and in Chinese. An instant of creation is demanded: it is that of the position in
the ledger, so that the same position gives the same bytes.
"""

import csv
import datetime as dt
import io
from collections.abc import Mapping
from typing import Any

import msgspec

from analytics.folder.labels import LABELS
from analytics.plans.plan import PlanColumn
from analytics.plans.table import Table, Value

_TYPES = {"number": "double", "label": "string", "yes-no": "boolean"}
VERSION = "1.1.0"


def write_csv(table: Table) -> bytes:
    """A header and one line a row: numbers with all their digits, yes and no as 1 and 0, nothing where none is."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_field(value) for value in row] for row in _rows(table))
    return text.getvalue().encode()


def write_dataset_json(
    table: Table, columns: Mapping[str, PlanColumn], study: str, identity: str, at: dt.datetime, version: str
) -> bytes:
    """``columns`` are those of the table, ``identity`` the one that names a row; ``version`` is that of Trialog."""
    document = {
        "datasetJSONCreationDateTime": at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "datasetJSONVersion": VERSION,
        "fileOID": f"{study}.analysis",
        "originator": "Trialog",
        "sourceSystem": {"name": "Trialog", "version": version},
        "studyOID": study,
        "itemGroupOID": "IG.ANALYSIS",
        "records": table.rows,
        "name": "ANALYSIS",
        "label": "One row a subject: what the analysis plan reads / 每位受试者一行：分析计划所用数据",
        "columns": [_column(name, columns[name], table, identity) for name in table.columns],
        "rows": [[_plain(value) for value in row] for row in _rows(table)],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _column(name: str, column: PlanColumn, table: Table, identity: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "itemOID": f"IT.ANALYSIS.{name}",
        "name": name,
        "label": LABELS.get(name, name),
        "dataType": _TYPES[column.kind],
    }
    if column.kind == "label":
        told["length"] = max((len(str(value)) for value in table.columns[name] if value is not None), default=1)
    return told | ({"keySequence": 1} if name == identity else {})


def _rows(table: Table) -> list[tuple[Value, ...]]:
    return list(zip(*table.columns.values(), strict=True))


def _field(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, str) else repr(_plain(value))


def _plain(value: Value) -> Value:
    """A whole number without a point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
