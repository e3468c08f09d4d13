"""What an event ends in each table: whole rows, or the columns of some categories; and where it reaches no row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Table
from consentguard.manifest.schema import EndsOn
from consentguard.plan.ways import clearable


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What becomes of a table's rows with an event: those of its `categories` end, and with them rows or columns."""

    categories: tuple[str, ...]
    action: Literal["delete", "clear"]
    columns: tuple[str, ...] = ()


def held(data_map: DataMap, label: str) -> tuple[str, ...]:
    """The categories of a table's columns."""
    names = (entry.category for entry in data_map.entries if entry.table == label)
    return tuple(dict.fromkeys(name for name in names if name is not None))


def ends(data_map: DataMap, event: str, scope: str) -> Iterator[tuple[str, EndsOn]]:
    """The categories that an event ends the keeping of, as far as it is about such a scope."""
    for name, end in _stated(data_map, tuple(data_map.manifest.categories)):
        if end.event == event and end.scope in ("", scope):
            yield name, end


def effect(data_map: DataMap, table: Table, event: str, scope: str) -> Effect | None:
    """What becomes of rows: a whole one goes where all its categories end, else those columns are emptied that do."""
    ended = {name for name, _ in ends(data_map, event, scope)}
    names = held(data_map, table.label)
    concerned = tuple(name for name in names if name in ended)
    if concerned and concerned == names:
        return Effect(categories=concerned, action="delete")
    columns = _columns(data_map, table, concerned)
    return Effect(categories=concerned, action="clear", columns=columns) if columns else None


def events_in(data_map: DataMap, label: str) -> Iterator[tuple[str, str]]:
    """Each event that ends something in a table, with each scope by which it reaches rows of it."""
    tag = data_map.tags[label]
    stated = [(end.event, end.scope) for _, end in _stated(data_map, held(data_map, label))]
    scopes = (*tag.scopes, *tag.subjects)
    found = ((event, each) for event, scope in stated for each in scopes if scope in ("", each))
    yield from dict.fromkeys(found)


def out_of_reach(data_map: DataMap, label: str) -> Iterator[tuple[str, str]]:
    """The categories of a table that an event ends whose rows here it does not find, each with why they stay."""
    for name, end in _stated(data_map, held(data_map, label)):
        if end.scope and label not in _reached(data_map, end.scope):
            yield name, f'no tag leads from its rows to the "{end.scope}" with which "{end.event}" ends them'


def _stated(data_map: DataMap, categories: Sequence[str]) -> Iterator[tuple[str, EndsOn]]:
    for name in categories:
        rule = data_map.manifest.categories[name].retention
        yield from ((name, end) for end in (() if isinstance(rule, str) else rule.ends_on))


def _reached(data_map: DataMap, scope: str) -> set[str]:
    """The tables whose rows a scope reaches, and those that refer to them, which go with them."""
    found = {label for label, tag in data_map.tags.items() if scope in tag.scopes or scope in tag.subjects}
    while more := {
        table.label
        for table in data_map.schema.values()
        if table.label not in found
        and any(way.kind == "foreign_key" and found.intersection(way.targets) for way in table.ways.values())
    }:
        found |= more
    return found


def _columns(data_map: DataMap, table: Table, categories: Sequence[str]) -> tuple[str, ...]:
    """The columns of some categories, but not the moments that the rest of the row is kept by."""
    needed = set(data_map.tags[table.label].anchors.values()) if table.label in data_map.tags else set()
    entries = (entry for entry in data_map.entries if entry.table == table.label)
    names = (entry.column for entry in entries if entry.category in categories)
    return tuple(name for name in names if name not in needed and clearable(table, name))
