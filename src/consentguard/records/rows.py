"""The host's rows and what seals them: selections, keys of data subjects, works on whole columns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

DataKeyState = Literal["enabled", "destroyed"]
LAST_DATA_KEY = 2**31 - 1
"""The greatest id of a data key: what a column of 32 bits holds, and four bytes of a sealed value name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Some rows of one of the host's tables: those of some data subjects, or those older than a moment, or both.

    `path` leads from a row to the subject's own row in the table `root`, whose primary key is one of `keys`;
    `before` names a column of dates, of the row or over foreign keys (`invoice.issued_at`), and the moment that it lies
    before. Without either nothing is selected. What one of the selections `besides` has of the same table is left out.
    """

    label: str
    path: str | object = "self"
    root: str = ""
    keys: tuple[str, ...] = ()
    before: tuple[str, dt.datetime] | None = None
    besides: tuple[Selection, ...] = ()


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
