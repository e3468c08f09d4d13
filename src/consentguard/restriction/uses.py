"""What limits queries of each table: whose rows it holds, of which categories, for which purposes, hidden by what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from consentguard.datamap.map import DataMap
from consentguard.datamap.own import TAGS as OURS
from consentguard.datamap.tags import Path, Tag
from consentguard.manifest.schema import Manifest, Retention


@dataclass(frozen=True, slots=True)
class Whose:
    """One data subject of a row: their kind, the path that leads to them, and the tables that it may lead to."""

    kind: str
    path: Path
    roots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hidden:
    """Rows go out of sight while one of these events is open on what `path` leads to."""

    scope: str
    path: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What limits the queries of one tagged table.

    `only` are the purposes that its data may be used for; None for every declared one.
    """

    label: str
    whose: tuple[Whose, ...] = ()
    categories: tuple[str, ...] = ()
    only: frozenset[str] | None = None
    hidden: tuple[Hidden, ...] = ()


def hides(manifest: Manifest) -> bool:
    """Whether any rule of a policy takes rows out of sight on an event."""
    return any(
        event.hide == "at_once"
        for category in manifest.categories.values()
        if isinstance(category.retention, Retention)
        for event in category.retention.ends_on
    )


def uses(data_maps: Iterable[DataMap]) -> Mapping[str, Use]:
    """What limits each tagged table, by label; of several sites, all that any of them says."""
    found: dict[str, Use] = {}
    for data_map in data_maps:
        for table in data_map.tables:
            tag = data_map.tags[table.label]
            if not tag.reason and table.db_table.rpartition(".")[2] not in OURS:
                use = _use(data_map, table.label, tag)
                found[table.label] = _both(found[table.label], use) if table.label in found else use
    return found


def _use(data_map: DataMap, label: str, tag: Tag) -> Use:
    held = dict.fromkeys(entry.category for entry in data_map.entries if entry.table == label and entry.category)
    categories = tuple(held)
    stated = [data_map.manifest.categories[name].only_purposes for name in categories]
    limited = [frozenset(only) for only in stated if only]
    return Use(
        label=label,
        whose=tuple(
            Whose(kind, path, tuple(sorted(data_map.roots.get(kind, ())))) for kind, path in tag.subjects.items()
        ),
        categories=categories,
        only=frozenset.intersection(*limited) if limited else None,
        hidden=tuple(_hidden(data_map.manifest, tag, categories)),
    )


def _hidden(manifest: Manifest, tag: Tag, categories: Iterable[str]) -> Iterator[Hidden]:
    rules = [rule for name in categories if isinstance(rule := manifest.categories[name].retention, Retention)]
    events = [event for rule in rules for event in rule.ends_on if event.hide == "at_once"]
    for scope, path in tag.scopes.items():
        named = tuple(dict.fromkeys(event.event for event in events if event.scope == scope))
        if named:
            yield Hidden(scope, path, named)


def _both(one: Use, other: Use) -> Use:
    limits = [each for each in (one.only, other.only) if each is not None]
    return Use(
        label=one.label,
        whose=tuple(dict.fromkeys((*one.whose, *other.whose))),
        categories=tuple(dict.fromkeys((*one.categories, *other.categories))),
        only=frozenset.intersection(*limits) if limits else None,
        hidden=tuple(dict.fromkeys((*one.hidden, *other.hidden))),
    )
