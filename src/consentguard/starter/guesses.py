"""Guesses from names and types: which table is the person, how the others lead there, what each column holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from consentguard.datamap.conventions import SUBJECT
from consentguard.datamap.looks import kind_of
from consentguard.datamap.reach import reachable, way_to_root
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import SELF, Path, Tag

IDENTIFYING = ("contact", "identity", "credential")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableGuess:
    """What one table may hold: `columns` maps a column to its category, `open` are those that only people can tell.

    `path` leads to the person: relations, or a column that holds the same address; None where nothing seems to.
    """

    label: str
    path: Path | None
    columns: Mapping[str, str]
    open: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """The tables that seem to hold personal data, and every category that they or the companions' tags name."""

    subject: str | None
    tables: tuple[TableGuess, ...]
    kinds: Mapping[str, str]
    companions: tuple[str, ...]

    @classmethod
    def of(cls, tables: tuple[Table, ...], tags: Mapping[str, Tag]) -> Guesses:
        """Guess over the site's own untagged tables that a person leads to or that look personal."""
        schema = {table.label: table for table in tables}
        root = _person(tables, tags)
        roots = {SUBJECT: frozenset({root})} if root else {}
        near = reachable(schema, tags, roots)
        found = []
        for table in tables:
            if table.own and table.label not in tags:
                way = way_to_root(schema, table.label, roots)
                guess = _table(table, way[1] if way else None)
                if guess.columns or (table.label in near and guess.open):
                    found.append(guess)
        return cls(
            subject=root,
            tables=tuple(found),
            kinds={category_of(kind): kind for table in tables for kind in _kinds(table)},
            companions=tuple(dict.fromkeys(_proposed_categories(tags))),
        )

    def used(self) -> tuple[str, ...]:
        """The categories that the guessed tables need, in the order in which they first appear."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table.columns.values()))


def category_of(kind: str) -> str:
    """The name of a category for a kind of data: `identifier.tax` becomes `identifier_tax`."""
    return kind.replace(".", "_")


def in_comment(text: str) -> str:
    """`text` as it may stand in a comment of TOML or Python: on one line, without control characters."""
    return "".join(character if character.isprintable() else " " for character in text)


def _table(table: Table, path: Path | None) -> TableGuess:
    kinds = {column.name: kind_of(column) for column in table.columns if not column.key}
    return TableGuess(
        label=table.label,
        path=path,
        columns={name: category_of(kind) for name, kind in kinds.items() if kind},
        open=tuple(name for name, kind in kinds.items() if not kind),
    )


def _person(tables: tuple[Table, ...], tags: Mapping[str, Tag]) -> str | None:
    """The table whose rows are people who sign in: tagged as such by a companion, else the likeliest one."""
    tagged = [label for label, tag in tags.items() if SELF in tag.subjects.values()]
    if tagged:
        return tagged[0]
    likely = max(tables, key=_likeness, default=None)
    return likely.label if likely and _likeness(likely) else None


def _likeness(table: Table) -> int:
    """How much a table looks like one of people: a credential beside a way to reach them weighs most."""
    kinds = list(_kinds(table))
    if "contact" not in kinds:
        return 0
    return 10 * ("credential" in kinds) + 5 * table.own + sum(kinds.count(kind) for kind in IDENTIFYING)


def _kinds(table: Table) -> Iterator[str]:
    return (kind for column in table.columns if (kind := kind_of(column)))


def _proposed_categories(tags: Mapping[str, Tag]) -> Iterator[str]:
    for tag in tags.values():
        if tag.proposed:
            yield from (name for name in (tag.category, *tag.columns.values()) if name)
