"""What a copy of somebody's data holds: the rows about them, and which columns of each are theirs to see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Column, Table
from consentguard.datamap.tags import SELF, Match, Tag
from consentguard.plan.erasure import leads, selected
from consentguard.plan.steps import Found
from consentguard.plan.ways import holding
from consentguard.records import Selection

PROOF = "credential"
"""The kind of data that proves who somebody is: a copy of it would help nobody but a thief."""
NATURAL = ("text", "email", "ip")
"""Types of keys that say something about whom they lead to."""
Why = Literal["proof", "others", "unclassified", "reviewed"]
"""Why something is not in a copy: it proves who somebody is; it is about somebody else (Art. 15(4) GDPR); nobody has
said what it is; who looked at the copy before it was given out has withheld it."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A column that a copy leaves out of some rows, and why."""

    column: str
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """Some rows of one table and what a copy holds of them.

    `subjects` are the parts that the person plays in these rows. `columns` are personal data, `structure` what a row
    needs besides to be one: its keys, and what says nothing about anybody.
    """

    selection: Selection
    subjects: tuple[str, ...]
    columns: tuple[str, ...]
    structure: tuple[str, ...]
    withheld: tuple[Withheld, ...]

    @property
    def label(self) -> str:
        """The table's label."""
        return self.selection.label

    @property
    def shown(self) -> tuple[str, ...]:
        """Every column that is read: keys first."""
        return (*self.structure, *self.columns)


def export(data_map: DataMap, people: Iterable[Found]) -> Iterator[Extract]:
    """What to copy, in the order of the site's tables; each row once, whatever parts the person plays in it."""
    people = tuple(people)
    for table in data_map.tables:
        parts = [found for found in people if leads(data_map, table, found)]
        for number in range(len(parts), 0, -1):
            for together in combinations(parts, number):
                yield extract(data_map, table, _in_all(data_map, table, together, parts), [p.subject for p in together])


def extract(data_map: DataMap, table: Table, rows: Selection, subjects: Sequence[str]) -> Extract:
    """What somebody who plays these parts in the rows may see of them."""
    view = _View.of(data_map, table, subjects)
    hidden = {column.name: why for column in table.columns if (why := view.hides(column))}
    seen = [column.name for column in table.columns if column.name not in hidden]
    return Extract(
        selection=rows,
        subjects=tuple(dict.fromkeys(subjects)),
        columns=tuple(name for name in seen if name in view.categories),
        structure=tuple(name for name in seen if name not in view.categories),
        withheld=tuple(Withheld(name, why) for name, why in hidden.items()),
    )


def proofs_of(data_map: DataMap, label: str) -> Iterator[str]:
    """The columns of a table that prove who somebody is."""
    for entry in data_map.entries:
        if entry.table == label and entry.category and data_map.manifest.categories[entry.category].kind == PROOF:
            yield entry.column


def _in_all(data_map: DataMap, table: Table, together: Sequence[Found], parts: Sequence[Found]) -> Selection:
    """The rows in which the person plays each of these parts, and none of the others."""
    first, *more = [selected(data_map, table, found) for found in together]
    others = [selected(data_map, table, found) for found in parts if found not in together]
    lacking = [replace(first, besides=(each,)) for each in more]
    return replace(first, besides=(*others, *lacking))


@dataclass(frozen=True, slots=True)
class _View:
    """One table as somebody sees it who is these `subjects` in its rows; `categories` are those of its columns."""

    data_map: DataMap
    table: Table
    tag: Tag
    subjects: frozenset[str]
    categories: Mapping[str, str]
    of_others: frozenset[str]

    @classmethod
    def of(cls, data_map: DataMap, table: Table, subjects: Iterable[str]) -> _View:
        tag, own = data_map.tags[table.label], frozenset(subjects)
        entries = [entry for entry in data_map.entries if entry.table == table.label]
        return cls(
            data_map,
            table,
            tag,
            own,
            categories={entry.column: entry.category for entry in entries if entry.category},
            of_others=frozenset(_of_others(data_map, table, tag, own)),
        )

    def hides(self, column: Column) -> Why | None:
        """Why a column is left out; None where it is not."""
        if column.name in self.of_others:
            return "others"
        category = self.categories.get(column.name)
        if category is None:
            return None if column.key or column.name in self.tag.not_personal else "unclassified"
        kept = self.data_map.manifest.categories[category]
        if kept.kind == PROOF:
            return "proof"
        return "others" if kept.subjects and not self.subjects & set(kept.subjects) else None


def _of_others(data_map: DataMap, table: Table, tag: Tag, own: frozenset[str]) -> Iterator[str]:
    """The columns that say who somebody else of the row is, whatever their category."""
    others = {name: path for name, path in tag.subjects.items() if name not in own}
    if SELF in others.values() and not any(tag.subjects.get(name) == SELF for name in own):
        # the row is somebody else: what they are known by
        yield from filter(None, (tag.address, *tag.identity))
        known = data_map.addresses
        yield from (known[name][1] for name in others if name in known and known[name][0] == table.label)
    for column, source in tag.copies.items():
        homes = {name for name, labels in data_map.roots.items() if source.rpartition(".")[0] in labels}
        if homes and not homes & own:
            yield column
    for path in others.values():
        way = table.ways.get(str(path.column if isinstance(path, Match) else path).partition(".")[0])
        for name in holding(way) if way else ():
            if (key := table.by_name.get(name)) and key.type in NATURAL:
                yield name  # a key that is somebody's address
