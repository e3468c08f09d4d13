"""The shape of a screen: columns whose cells are values in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Tone = Literal["", "bad", "soon", "good"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in words. `tone` says how it is marked, beside what it says; `whole` is the value that was shortened."""

    text: str
    tone: Tone = ""
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a screen: `cell` puts it in words for a row on a day.

    A row is a record, or anything of a framework with the record's fields as its attributes.
    """

    name: str
    title: str
    cell: Callable[[Any, dt.date], Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One page of the admin.

    `columns` stand in its list; a row's own page shows `more` after them. A page that is no list has neither.
    `search` names fields whose beginning is looked for, `filters` fields with all the values that they can have,
    `order` the fields that an index puts in order (`-` for the greatest first), `only` the values that make a row one
    of this screen. `person` is the field with the pseudonym of whom a row is about; empty where there is none.
    `sealed` fields are never read.
    """

    name: str
    title: str
    lead: str
    columns: tuple[Column, ...] = ()
    more: tuple[Column, ...] = ()
    search: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    order: tuple[str, ...] = ("-id",)
    only: Mapping[str, str] = field(default_factory=dict)
    person: str = ""
    sealed: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column of a name. Raises KeyError where there is none."""
        return {column.name: column for column in (*self.columns, *self.more)}[name]
