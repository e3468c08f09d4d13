"""The host's rows and what seals them: selections, keys of data subjects, works on whole columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

DataKeyState = Literal["enabled", "destroyed"]
TestKind = Literal["before", "since", "among", "outside", "empty", "filled"]
LAST_DATA_KEY = 2**31 - 1
"""The greatest id of a data key: what a column of 32 bits holds, and four bytes of a sealed value name."""


@dataclass(frozen=True, slots=True)
class Test:
    """What holds of a row: `column` is one of its own, or of a row over foreign keys (`invoice.issued_at`).

    `before`: a date or moment that lies before `value`; a date counts when the whole of its day does. `since`: one that
    does not, or NULL. `among`: one of the texts in `value`, upper and lower case alike; `outside`: none of them, or
    NULL. `empty`: NULL or `""`. `filled`: neither, in at least one of several columns joined by commas.
    """

    __test__: ClassVar[bool] = False
    """For pytest, which takes a class of this name for one of its own."""

    column: str
    how: TestKind
    value: dt.datetime | tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Some rows of one of the host's tables: those of some data subjects, those of which something holds, or both.

    `path` leads from a row to the subject's own row in the table `root`, whose primary key is one of `keys`;
    all of `where` hold. Without either nothing is selected, unless it is `whole`. What one of the selections `besides`
    has of the same table is left out. `above` and `upto` are primary keys that the selected ones lie between, in the
    order of `Dataset.keys`: the first left out, the second not; empty for no such bound.
    """

    label: str
    path: Any = "self"  # a `consentguard.datamap.tags.Path`, which a record cannot name
    root: str = ""
    keys: tuple[str, ...] = ()
    where: tuple[Test, ...] = ()
    whole: bool = False
    besides: tuple[Selection, ...] = ()
    above: str = ""
    upto: str = ""

    @property
    def of_people(self) -> bool:
        """Whether the rows are those of some data subjects."""
        return bool(self.root or self.keys)

    @classmethod
    def of(cls, label: str, keys: Sequence[str]) -> Selection:
        """The rows of a table that have these primary keys."""
        return cls(label=label, root=label, keys=tuple(keys))


@dataclass(frozen=True, slots=True)
class Weight:
    """How much there is: rows, the bytes that their values take about, and the oldest moment of a column."""

    rows: int
    bytes: int
    oldest: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDataKey:
    """A data subject's key as it is first kept: its id is for the table to give.

    `subject` is a keyed pseudonym; `wrapped` the key, sealed under the key `key_id` of the keyring.
    """

    subject: str
    key_id: int
    wrapped: bytes = field(repr=False)
    created_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """A data subject's key. Of a destroyed one there is its id and the day: neither whose it was nor what it was."""

    id: int
    state: DataKeyState
    created_at: dt.datetime | None = None
    subject: str | None = None
    key_id: int | None = None
    wrapped: bytes | None = field(default=None, repr=False)
    destroyed_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnJob:
    """How far a work on a whole column or table is, such as `rotate shop.Customer`.

    `goal` says what it is to reach, so that nobody goes on with another; `last_key` is the primary key of the last row
    that was looked at, empty before the first and after the last; `done` how many rows were.
    """

    name: str
    goal: str
    phase: str
    last_key: str
    done: int
    at: dt.datetime
