"""What `Happenings`, `Archive` and `Bookmarks` owe."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from consentguard.ports import Archive, Bookmarks, Happenings, StoreError, Stores
from consentguard.records import ArchivedRow, Bookmark, Happening
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    ADA,
    BOB,
    DAY,
    ELSEWHERE,
    MICROSECOND,
    NOBODYS,
    WORDS,
    Contract,
    identifier,
    in_utc,
    the_winner,
    undone,
    verdict,
)
from consentguard.testing.races import Race

HAPPENING = Happening(
    id=identifier(1),
    event="channel.disconnected",
    scope="channel",
    key=WORDS,
    at=MOMENT,
    due_at=MOMENT + DAY,
    hides=True,
)
ROW = ArchivedRow(
    id=identifier(1),
    label="shop.Order",
    key=WORDS,
    subjects=(BOB, ADA),
    archived_at=MOMENT,
    until=MOMENT + DAY,
    content=bytes(range(256)) * 300,
)
BOOKMARK = Bookmark(name=f"rules {WORDS}", value=WORDS, at=MOMENT)
LATER = replace(BOOKMARK, value="", at=MOMENT + DAY)


class HappeningsContract(Contract):
    """Events on which data goes."""

    port = Happenings
    attribute = "happenings"

    @pytest.mark.parametrize("hides", [True, False])
    def test_an_event_comes_back_as_it_was(self, stores: Stores, hides: bool) -> None:
        """Every field, its moments in UTC; a second one with its id is refused."""
        event = replace(HAPPENING, hides=hides)
        stores.happenings.add(replace(event, due_at=event.due_at.astimezone(ELSEWHERE)))
        with pytest.raises(StoreError):
            stores.happenings.add(replace(event, key="2"))
        (found,) = stores.happenings.open()
        assert found == event
        assert found.hides is hides
        assert in_utc(found.at, found.due_at)

    def test_the_most_urgent_come_first(self, stores: Stores) -> None:
        """By `(due_at, id)`, until their data is gone."""
        for number, later in ((3, 1), (2, 1), (1, 2), (4, 0)):
            stores.happenings.add(replace(HAPPENING, id=identifier(number), due_at=MOMENT + later * MICROSECOND))
        assert stores.happenings.finish(identifier(4), MOMENT)
        assert [each.id for each in stores.happenings.open()] == [*map(identifier, (2, 3, 1))]

    def test_an_event_finishes_once(self, stores: Stores, race: Race) -> None:
        """Of several at once by one; what is not there does not."""
        stores.happenings.add(HAPPENING)
        assert not stores.happenings.finish(identifier(9), MOMENT)
        assert the_winner(race(_finish)) is True
        assert not stores.happenings.finish(HAPPENING.id, MOMENT)
        assert list(stores.happenings.open()) == []

    def test_it_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """To add one and to finish one."""
        stores.happenings.add(HAPPENING)
        with undone(stores):
            stores.happenings.add(replace(HAPPENING, id=identifier(2)))
            assert stores.happenings.finish(HAPPENING.id, MOMENT)
        assert list(stores.happenings.open()) == [HAPPENING]


class ArchiveContract(Contract):
    """Rows that left their tables."""

    port = Archive
    attribute = "archive"

    def test_a_row_comes_back_as_it_was(self, stores: Stores) -> None:
        """To each of whom it is about, long content too; its moments in UTC."""
        bare = replace(ROW, id=identifier(2), key="", subjects=(ADA, ADA), until=None, content=b"")
        stores.archive.add([replace(ROW, archived_at=MOMENT.astimezone(ELSEWHERE)), bare])
        assert list(stores.archive.of(ADA)) == [ROW, bare]
        (found,) = stores.archive.of(BOB)
        assert found == ROW
        assert in_utc(found.archived_at, found.until)

    def test_nobody_else_s_row_is_found(self, stores: Stores) -> None:
        """Each pseudonym is itself alone, in whatever case or pattern; a row about nobody is nobody's."""
        stores.archive.add([replace(ROW, subjects=(ADA,)), replace(ROW, id=identifier(2), subjects=())])
        for subject in (*NOBODYS, ADA[:-1], f'"{ADA}"'):
            assert list(stores.archive.of(subject)) == []

    def test_all_are_added_or_none(self, stores: Stores) -> None:
        """One that is there already keeps the others out."""
        stores.archive.add([])
        stores.archive.add([replace(ROW, id=identifier(number)) for number in (2, 1)])
        with pytest.raises(StoreError):
            stores.archive.add([replace(ROW, id=identifier(number)) for number in (3, 2)])
        assert [row.id for row in stores.archive.of(ADA)] == [*map(identifier, (1, 2))]

    def test_rows_are_removed_by_their_ids(self, stores: Stores) -> None:
        """Those that are there, many at once, and for good: an id may come again."""
        stores.archive.add([replace(ROW, id=identifier(number)) for number in range(1, 4)])
        assert stores.archive.remove([identifier(number) for number in range(2, 2500)]) == 2
        assert stores.archive.remove([identifier(2)]) == stores.archive.remove([]) == 0
        assert [row.id for row in stores.archive.of(ADA)] == [identifier(1)]
        stores.archive.add([replace(ROW, id=identifier(2), subjects=(BOB,))])
        assert [row.id for row in stores.archive.of(ADA)] == [identifier(1)]

    def test_rows_are_forgotten_by_whom_they_are_about(self, stores: Stores) -> None:
        """Whoever else they are about; nobody else's, and each once."""
        stores.archive.add([replace(ROW, id=identifier(1)), replace(ROW, id=identifier(2), subjects=(ADA,))])
        assert stores.archive.forget([BOB, *(f"nobody {number}" for number in range(2500))]) == 1
        assert [row.id for row in stores.archive.of(ADA)] == [identifier(2)]
        assert stores.archive.forget([ADA, BOB]) == 1
        assert stores.archive.forget([ADA]) == stores.archive.forget([]) == 0

    def test_rows_whose_time_is_over_are_found(self, stores: Stores) -> None:
        """At that moment and not before it, the longest past first, so many at most; never what has no end."""
        end = MOMENT + DAY
        rows = [replace(ROW, id=identifier(number)) for number in (1, 2, 3)]
        rows += [replace(ROW, id=identifier(4), until=None), replace(ROW, id=identifier(5), until=end - MICROSECOND)]
        stores.archive.add(rows)
        one, two, three, _, first = rows
        assert list(stores.archive.over(end - MICROSECOND, None, 9)) == [first]
        assert list(stores.archive.over(end, None, 2)) == [first, one]
        assert list(stores.archive.over(end, one, 9)) == [two, three]
        assert list(stores.archive.over(end, three, 9)) == []

    def test_it_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """To add, and to remove."""
        stores.archive.add([ROW, replace(ROW, id=identifier(2), until=None)])
        with undone(stores):
            stores.archive.add([replace(ROW, id=identifier(3), until=None)])
            assert stores.archive.remove([identifier(2), ROW.id]) == 2
        assert [row.id for row in stores.archive.of(ADA)] == [*map(identifier, (1, 2))]

    def test_no_content_stands_in_a_repr(self, stores: Stores) -> None:
        """Of what was a person's."""
        stores.archive.add([replace(ROW, content=b"sealed-row")])
        assert "sealed-row" not in f"{stores.archive!r} {stores.archive.of(ADA)!r}"


class BookmarksContract(Contract):
    """Facts of which there is one each."""

    port = Bookmarks
    attribute = "bookmarks"

    def test_a_fact_comes_back_as_it_was(self, stores: Stores) -> None:
        """Every field, its moment in UTC; another name is another fact."""
        assert stores.bookmarks.put(replace(BOOKMARK, at=MOMENT.astimezone(ELSEWHERE)), None)
        found = stores.bookmarks.find(BOOKMARK.name)
        assert found == BOOKMARK
        assert found is not None
        assert in_utc(found.at)
        assert stores.bookmarks.find(BOOKMARK.name.upper()) is None

    def test_it_is_replaced_where_it_still_is_as_it_was(self, stores: Stores) -> None:
        """Neither from another value or moment, nor from nothing."""
        assert not stores.bookmarks.put(LATER, BOOKMARK)
        assert stores.bookmarks.put(BOOKMARK, None)
        for was in (None, replace(BOOKMARK, value="other"), replace(BOOKMARK, at=MOMENT + MICROSECOND)):
            assert not stores.bookmarks.put(LATER, was)
        assert stores.bookmarks.put(LATER, BOOKMARK)
        assert not stores.bookmarks.put(LATER, BOOKMARK)
        assert stores.bookmarks.put(LATER, LATER)
        assert stores.bookmarks.find(BOOKMARK.name) == LATER

    def test_a_refused_one_leaves_the_transaction_whole(self, stores: Stores) -> None:
        """What the caller did before it and does after it stands."""
        stores.bookmarks.put(BOOKMARK, None)
        another = replace(BOOKMARK, name="another")
        with stores.transactions.atomic():
            assert not stores.bookmarks.put(LATER, None)
            assert stores.bookmarks.put(another, None)
        assert stores.bookmarks.find("another") == another

    @pytest.mark.parametrize("was", [None, BOOKMARK], ids=["new", "there"])
    def test_of_several_at_once_one_puts_it(self, stores: Stores, race: Race, was: Bookmark | None) -> None:
        """Whose value stays."""
        if was:
            stores.bookmarks.put(was, None)
        results = race(partial(_put, was))
        assert the_winner(results) is True
        assert stores.bookmarks.find(BOOKMARK.name) == replace(LATER, value=str(results.index(True)))

    def test_it_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """A new one, and one in the place of another."""
        stores.bookmarks.put(BOOKMARK, None)
        with undone(stores):
            assert stores.bookmarks.put(LATER, BOOKMARK)
            assert stores.bookmarks.put(replace(LATER, name="another"), None)
        assert stores.bookmarks.find(BOOKMARK.name) == BOOKMARK
        assert stores.bookmarks.find("another") is None


def _finish(stores: Stores, number: int) -> object:
    return verdict(partial(stores.happenings.finish, HAPPENING.id, MOMENT + DAY))


def _put(was: Bookmark | None, stores: Stores, number: int) -> object:
    return verdict(partial(stores.bookmarks.put, replace(LATER, value=str(number)), was))
