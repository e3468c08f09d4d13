"""By what a data subject's own row is known again: keyed references to its key, its addresses, its birth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from consentguard.datamap.map import CREATED, DataMap
from consentguard.datamap.reach import likely_address
from consentguard.ports import Dataset, Pseudonyms
from consentguard.records import Selection, SubjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A table whose rows are data subjects of one kind: the columns they are known by, and since when they are there.

    `addresses` and `created` are empty where the table has, or its tag binds, none.
    """

    kind: str
    label: str
    addresses: tuple[str, ...]
    created: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to read."""
        return tuple(dict.fromkeys((*self.addresses, *filter(None, [self.created]))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One row: `pseudonym` stands for its kind and key, `addresses` for what it is known by, `birth` for key and birth.

    A key alone says nothing: a database may give it to somebody else. Key and birth together are one row for ever.
    """

    key: str
    pseudonym: str
    addresses: frozenset[str]
    birth: str
    created: dt.datetime | None

    @property
    def identities(self) -> frozenset[str]:
        """Everything but the key that an entry of the ledger knows the row by."""
        return self.addresses | ({self.birth} - {""})


def homes(data_map: DataMap) -> tuple[Home, ...]:
    """Every table whose rows are data subjects, kind by kind."""
    return tuple(
        Home(kind=kind, label=label, addresses=_addresses(data_map, label), created=_created(data_map, label))
        for kind, labels in data_map.roots.items()
        for label in sorted(labels)
    )


def people(dataset: Dataset, pseudonyms: Pseudonyms, home: Home, keys: Sequence[str]) -> Iterator[Person]:
    """The rows with these primary keys, as far as they are there."""
    for key, row in _rows(dataset, home, keys):
        created = _moment(row[home.created]) if home.created else None
        addresses = (row[column] for column in home.addresses)
        yield Person(
            key=key,
            pseudonym=pseudonyms.of(SubjectRef(home.kind, key)),
            addresses=frozenset(pseudonyms.of_address(str(each)) for each in addresses if each not in (None, "")),
            birth=pseudonyms.of(SubjectRef(home.kind, f"{key} {created.isoformat()}")) if created else "",
            created=created,
        )


def _rows(dataset: Dataset, home: Home, keys: Sequence[str]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Each key with its row. Both are read by key, so that they pair off; if a row went meanwhile, one by one."""
    selection = Selection.of(home.label, keys)
    there = dataset.keys(selection, "", len(keys))
    rows = list(dataset.rows(selection, home.columns))
    if len(rows) == len(there) == len(keys):
        yield from zip(there, rows, strict=True)
        return
    for key in keys:
        yield from ((key, row) for row in dataset.rows(Selection.of(home.label, [key]), home.columns))


def _addresses(data_map: DataMap, label: str) -> tuple[str, ...]:
    tag = data_map.tags[label]
    main = tag.address or likely_address(data_map.schema[label])
    return tuple(dict.fromkeys(filter(None, (main, *tag.identity))))


def _created(data_map: DataMap, label: str) -> str:
    """The column of the row itself that the anchor is bound to; empty where there is none."""
    column = data_map.tags[label].anchors.get(CREATED, "")
    return column if column in data_map.schema[label].by_name else ""


def _moment(value: object) -> dt.datetime | None:
    """A date counts as the end of its day: whether a row was there earlier is then not claimed."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time.max, dt.UTC)
    return None
