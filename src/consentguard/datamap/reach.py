"""Which tables lead to a data subject, over relations in both directions and soft references, and how."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping

from consentguard.datamap.paths import Schema, target
from consentguard.datamap.schema import Column, Relation, Table
from consentguard.datamap.tags import SELF, Match, Path, Tag

LONGEST_PATH = 6
E_MAIL = re.compile("mail|correo", re.IGNORECASE)


def reachable(schema: Schema, tags: Mapping[str, Tag], roots: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The labels of all tables connected with a root, the roots included.

    A table registered as not personal ends the search: a list of countries does not make everyone's data everyone
    else's. A generic key is followed from the table it may point to, not through its holder to every other one.
    """
    around = _neighbours(schema, tags)
    start = {label for labels in roots.values() for label in labels}
    seen, queue = set(start), deque(start)
    if start:
        anywhere = {label for label, table in schema.items() if _points_anywhere(table.relations)} - seen
        seen |= anywhere
        queue.extend(anywhere)
    while queue:
        label = queue.popleft()
        if label in tags and tags[label].reason:
            continue
        fresh = around[label] - seen
        seen |= fresh
        queue.extend(fresh)
    return frozenset(seen)


def way_to_root(schema: Schema, start: str, roots: Mapping[str, frozenset[str]]) -> tuple[str, Path] | None:
    """The nearest subject and the shortest path that leads to it from `start`, foreign keys before other ways.

    Where no relation leads to one, a soft reference by an e-mail address that both tables seem to have.
    """
    return _by_relations(schema, start, roots) or _by_address(schema, start, roots)


def _by_relations(schema: Schema, start: str, roots: Mapping[str, frozenset[str]]) -> tuple[str, str] | None:
    subject_of = {label: subject for subject, labels in sorted(roots.items()) for label in labels}
    seen = {start}
    queue: deque[tuple[str, tuple[str, ...]]] = deque([(start, ())])
    while queue:
        label, steps = queue.popleft()
        if label in subject_of:
            return subject_of[label], ".".join(steps) or SELF
        for name, end in _ways(schema, label) if len(steps) < LONGEST_PATH else ():
            if end not in seen:
                seen.add(end)
                queue.append((end, (*steps, name)))
    return None


def _by_address(schema: Schema, start: str, roots: Mapping[str, frozenset[str]]) -> tuple[str, Match] | None:
    addresses = [column.name for column in schema[start].columns if _is_address(column)]
    matches = (
        (subject, Match(name, f"{label}.{name}"))
        for name in addresses
        for subject, labels in roots.items()
        for label in sorted(labels)
        if name in schema[label].by_name
    )
    return next(matches, None)


def _is_address(column: Column) -> bool:
    """Whether a column holds one person's address: several people share a street, and a date says when, not who."""
    return column.type == "email" or (column.type == "text" and bool(E_MAIL.search(column.name)))


def likely_address(table: Table) -> str:
    """The column that mail to the people of a table seems to go to; empty where none or several do."""
    likely = [column.name for column in table.columns if column.type == "email"]
    likely = likely or [column.name for column in table.columns if _is_address(column)]
    return likely[0] if len(likely) == 1 else ""


def _neighbours(schema: Schema, tags: Mapping[str, Tag]) -> dict[str, set[str]]:
    around: dict[str, set[str]] = {label: set() for label in schema}
    for label, end, both in _edges(schema, tags):
        around[end].add(label)
        if both:
            around[label].add(end)
    return around


def _edges(schema: Schema, tags: Mapping[str, Tag]) -> Iterator[tuple[str, str, bool]]:
    """Each connection: a table, the one it points to, and whether the search goes both ways."""
    for label, table in schema.items():
        for way in table.relations:
            yield from ((label, end, way.kind != "generic") for end in way.targets if end in schema)
    for label, tag in tags.items():
        for path in tag.subjects.values():
            if isinstance(path, Match):
                yield label, target(schema, path)[0], True


def _points_anywhere(relations: tuple[Relation, ...]) -> bool:
    return any(way.kind == "generic" and not way.targets for way in relations)


def _ways(schema: Schema, label: str) -> Iterator[tuple[str, str]]:
    for way in sorted(schema[label].relations, key=lambda way: way.kind != "foreign_key"):
        for end in way.targets:
            if end in schema and way.kind != "generic":
                yield way.name, end
