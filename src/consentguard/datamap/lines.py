"""Writes the line that a developer adds to close a gap: as exact as the tables and the policy allow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from consentguard.datamap.looks import kind_of
from consentguard.datamap.map import DataMap
from consentguard.datamap.reach import way_to_root
from consentguard.datamap.schema import Column, Table
from consentguard.datamap.tags import Match, Path, Tag

CATEGORY = "<category>"


def lines_for(data_map: DataMap, table: Table, columns: Sequence[Column]) -> list[str]:
    """What to add for each of `columns` to be classified; a `<...>` is left where only their developer knows.

    A category of the policy is put in where the kind of data that a column seems to hold fits exactly one.
    """
    if table.label in data_map.proposed:
        tag = data_map.proposed[table.label]
        return [_for_companion(table, column, tag, _category(data_map, [column])) for column in columns]
    if table.label in data_map.tags:
        return [_for_tag(column, _category(data_map, [column])) for column in columns]
    return [_for_table(data_map, table)] * len(columns)


def _for_table(data_map: DataMap, table: Table) -> str:
    """An untagged table: one call for all its columns."""
    subject = way_to_root(data_map.schema, table.label, data_map.roots)
    call = registration(table, _category(data_map, table.columns), dict([subject] if subject else []))
    return f'add {call}, or not_personal("{table.label}", "<why>")'


def registration(table: Table, category: str, subjects: Mapping[str, Path]) -> str:
    """A `register()` call for a whole table."""
    paths = ", ".join(f'"{name}": {written(path)}' for name, path in subjects.items())
    return f'register("{table.label}", "{category}"{f", subjects={{{paths}}}" if paths else ""})'


def _for_tag(column: Column, category: str) -> str:
    """A column that its table's tag leaves open."""
    return f'add columns={{"{column.name}": "{category}"}} or not_personal={{"{column.name}": "<why>"}} to its tag'


def _for_companion(table: Table, column: Column, tag: Tag, category: str) -> str:
    """A ready-made tag that the policy has no category for: give it one, or map the table to another."""
    wanted = tag.columns.get(column.name, tag.category)
    instead = registration(table, category, tag.subjects)
    return f"add [categories.{wanted}] to the policy, or {instead}" if wanted else f"add {instead}"


def _category(data_map: DataMap, columns: Iterable[Column]) -> str:
    """The policy's only category of the kind that the columns seem to hold, where they agree on one."""
    kinds = set(filter(None, map(kind_of, columns)))
    fitting = [name for name, category in data_map.manifest.categories.items() if kinds == {category.kind}]
    return fitting[0] if len(fitting) == 1 else CATEGORY


def written(path: Path) -> str:
    """A path as Python: a string in double quotes, or a `Match` of two."""
    return json.dumps(path, ensure_ascii=False) if isinstance(path, str) else _match(path)


def _match(match: Match) -> str:
    return f"Match({written(match.column)}, {written(match.target)})"
