"""What the contracts share: facts to keep, verdicts of a race, and what a store's own test provides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar, Protocol

import pytest

from consentguard.ports import InsideTransactionError, StoreError, Stores
from consentguard.records import EvidenceEntry
from consentguard.testing.clock import MOMENT

MICROSECOND = dt.timedelta(microseconds=1)
SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)
ELSEWHERE = dt.timezone(dt.timedelta(hours=5, minutes=45))
"""A zone that is not UTC, nor whole hours from it."""
WORDS = 'Ωñ漢字😀 "quoted" \\ 100% _ \' ; --'
"""What a text may hold: several scripts, quotes, and what SQL gives a meaning to."""
ADA = "a" * 32
BOB = "b" * 32
NOBODYS = ("%", "_" * 32, "A" * 32, "", BOB)
"""What is no pseudonym of Ada's, though a pattern of SQL or a collation might take it for one."""
ENTRY = EvidenceEntry(
    id="0" * 32,
    at=MOMENT,
    segment="default",
    act="consent.recorded",
    subject=ADA,
    version="31781b3426ee1e76",
    details="{}",
    key_id=1,
    mac="c" * 64,
)


class People(Protocol):
    """The fixture `people`: three tables of a host, empty at first, whose primary keys are integers.

    `person` has `email`, `name` (texts) and `joined` (a moment); `note` has `person` (a foreign key), `text`, `written`
    (a moment) and `remark` (a text that may be NULL, the only such column); `reply` has `note` (a foreign key) and
    `email`. The attributes are their labels in the data map; each method adds a row and gives its primary key as text.
    """

    @property
    def person(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def reply(self) -> str: ...
    def add_person(self, email: str, name: str, joined: dt.datetime) -> str: ...
    def add_note(self, person: str, text: str, written: dt.datetime, remark: str | None = None) -> str: ...
    def add_reply(self, note: str, email: str) -> str: ...


class Contract:
    """Base of the contracts: `port` is what is held to it, found in the attribute `attribute` of the stores."""

    port: ClassVar[type]
    attribute: ClassVar[str]

    def test_offers_nothing_beyond_its_port(self, stores: Stores) -> None:
        """What is not promised cannot be called: nothing that is append-only can be changed."""
        offered = {name for name in dir(getattr(stores, self.attribute)) if not name.startswith("_")}
        assert offered == {name for name in vars(self.port) if not name.startswith("_")}


def identifier(number: int) -> str:
    """An id that sorts by its number."""
    return f"{number:032x}"


def entry(number: int) -> EvidenceEntry:
    """An entry whose id sorts by its number."""
    return replace(ENTRY, id=identifier(number))


@contextmanager
def undone(stores: Stores) -> Iterator[None]:
    """A transaction in which an act and its evidence are done, and which then fails."""
    with pytest.raises(ZeroDivisionError), stores.transactions.atomic():
        stores.entries.add(ENTRY)
        yield
        raise ZeroDivisionError
    assert stores.entries.waiting() == 0, "the evidence of what was undone is still there"


@contextmanager
def refused(stores: Stores) -> Iterator[None]:
    """A transaction inside which a durable method raises."""
    with stores.transactions.atomic(), pytest.raises(InsideTransactionError) as caught:
        yield
    assert caught.value.hint, "the error says what to do"


def verdict(act: Callable[[], object]) -> object:
    """What an act gives, or "busy" where the database had no turn for it."""
    try:
        return act()
    except StoreError:
        return "busy"


def the_winner(results: Sequence[object]) -> object:
    """The result of the only racer that did not lose."""
    winners = [result for result in results if not isinstance(result, (bool, str, type(None))) or result is True]
    assert len(winners) == 1, f"{len(winners)} of {len(results)} won: {results}"
    return winners[0]


def in_utc(*moments: dt.datetime | None) -> bool:
    """Whether all of these moments are aware and in UTC."""
    return all(moment is not None and moment.utcoffset() == dt.timedelta(0) for moment in moments)
