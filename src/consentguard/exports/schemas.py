"""The JSON Schema of a table's rows in a copy (draft 2020-12), from the types of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Column, ColumnType, Table
from consentguard.exports.contents import Part
from consentguard.plan.ways import holding

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Mapping[ColumnType, Mapping[str, object]] = {
    "text": {"type": "string"},
    "email": {"type": "string"},
    "file": {"type": "string"},
    "ip": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": ["string", "number"]},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "uuid": {"type": "string", "format": "uuid"},
    "binary": {"type": "string", "contentEncoding": "base64"},
}
"""What JSON writes of each type; nothing is said of a value of any other."""


def schema(data_map: DataMap, part: Part) -> Mapping[str, object]:
    """The schema of one table. `x-consentguard` says what each column is, beside what a validator reads."""
    table = data_map.schema[part.label]
    return {
        "$schema": DIALECT,
        "title": part.label,
        "type": "object",
        "properties": {name: _property(data_map, table, table.by_name[name]) for name in part.columns},
        "additionalProperties": False,
        "x-consentguard": {
            "primary_key": [column.name for column in table.columns if column.primary],
            "foreign_keys": _foreign_keys(table, part.columns),
            "withheld": {each.column: each.why for extract in part.extracts for each in extract.withheld},
        },
    }


def _property(data_map: DataMap, table: Table, column: Column) -> Mapping[str, object]:
    shape = dict(_TYPES.get(column.type, {}))
    if shape and not column.required:
        known = shape["type"]
        shape["type"] = [*([known] if isinstance(known, str) else list(known)), "null"]  # type: ignore[call-overload]
    category = next((e.category for e in data_map.entries if (e.table, e.column) == (table.label, column.name)), None)
    said = {"category": category} if category else {"structure": True}
    return {**shape, "x-consentguard": said}


def _foreign_keys(table: Table, shown: Iterable[str]) -> list[Mapping[str, object]]:
    names = frozenset(shown)
    return [
        {"columns": list(holding(way)), "table": way.targets[0]}
        for way in table.relations
        if way.kind == "foreign_key" and len(way.targets) == 1 and names.issuperset(holding(way))
    ]
