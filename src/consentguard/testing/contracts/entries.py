"""What `EvidenceEntries` owes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from consentguard.ports import EvidenceEntries, StoreError, Stores
from consentguard.records import EVERYONE, Tally
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    ADA,
    BOB,
    DAY,
    ELSEWHERE,
    ENTRY,
    MICROSECOND,
    NOBODYS,
    WORDS,
    Contract,
    entry,
    identifier,
    in_utc,
    the_winner,
    undone,
    verdict,
)
from consentguard.testing.contracts.seals import seal
from consentguard.testing.races import Race

MIDNIGHT = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
PEOPLE = 1200
"""More people than anybody looks up at once."""


class EvidenceEntriesContract(Contract):
    """Acts as they happened."""

    port = EvidenceEntries
    attribute = "entries"

    def test_an_entry_comes_back_as_it_was(self, stores: Stores) -> None:
        """Every field, microseconds and all scripts too."""
        full = replace(ENTRY, details=f'{{"note":"{WORDS}"}}', key_id=2**31 - 1)
        stores.entries.add(full)
        (back,) = stores.entries.unsealed(None, 9)
        assert back == full
        assert in_utc(back.at)

    def test_a_long_and_an_empty_text_come_back(self, stores: Stores) -> None:
        """Nothing is cut off, and nothing turns into None."""
        long, bare = replace(entry(1), details="😀" + "x" * 20_000), replace(entry(2), subject="", details="")
        stores.entries.add(long)
        stores.entries.add(bare)
        assert list(stores.entries.unsealed(None, 9)) == [long, bare]

    def test_a_moment_of_another_zone_comes_back_in_utc(self, stores: Stores) -> None:
        """The same moment."""
        stores.entries.add(replace(ENTRY, at=MOMENT.astimezone(ELSEWHERE)))
        (back,) = stores.entries.unsealed(None, 9)
        assert back.at == MOMENT
        assert in_utc(back.at)

    def test_entries_are_counted_by_the_key_that_vouches_for_them(self, stores: Stores) -> None:
        """Whether or not a seal covers them."""
        assert dict(stores.entries.under()) == {}
        for number, key_id in enumerate((7, 2**31 - 1, 7), 1):
            stores.entries.add(replace(entry(number), key_id=key_id))
        assert stores.seals.extend([seal(1)])
        assert dict(stores.entries.under()) == {7: 2, 2**31 - 1: 1}

    def test_an_entry_is_never_replaced(self, stores: Stores) -> None:
        """A second one with the same id is refused, and the first stays."""
        stores.entries.add(ENTRY)
        with pytest.raises(StoreError):
            stores.entries.add(replace(ENTRY, act="consent.withdrawn"))
        assert list(stores.entries.unsealed(None, 9)) == [ENTRY]

    def test_the_oldest_come_first(self, stores: Stores) -> None:
        """By moment, and by id where the moment is the same."""
        later = replace(entry(0), at=MOMENT + MICROSECOND)
        for each in (later, entry(3), entry(1), entry(2)):
            stores.entries.add(each)
        assert list(stores.entries.unsealed(None, 9)) == [entry(1), entry(2), entry(3), later]
        assert list(stores.entries.unsealed(None, 2)) == [entry(1), entry(2)]

    def test_since_is_the_first_moment_that_counts(self, stores: Stores) -> None:
        """An entry of that very moment is among them."""
        for number in range(3):
            stores.entries.add(replace(entry(number), at=MOMENT + number * MICROSECOND))
        since = stores.entries.unsealed(MOMENT + MICROSECOND, 9)
        assert [each.id for each in since] == [identifier(1), identifier(2)]

    def test_what_is_sealed_waits_no_longer(self, stores: Stores) -> None:
        """Only the entries that a seal covers are left out."""
        for number in (1, 2):
            stores.entries.add(entry(number))
        assert stores.entries.waiting() == 2
        assert stores.seals.extend([replace(seal(1), entry=identifier(2))])
        assert stores.entries.waiting() == 1
        assert list(stores.entries.unsealed(None, 9)) == [entry(1)]

    def test_nothing_waits_at_first(self, stores: Stores) -> None:
        """An empty database."""
        assert list(stores.entries.unsealed(None, 9)) == []
        assert stores.entries.waiting() == 0

    def test_an_entry_is_undone_with_its_act(self, stores: Stores) -> None:
        """Evidence of what never happened is none."""
        with undone(stores):
            stores.entries.add(entry(1))
        assert list(stores.entries.unsealed(None, 9)) == []

    def test_writers_at_once_all_write(self, stores: Stores, race: Race) -> None:
        """Nobody's entry is lost."""
        race(_add_one)
        assert [each.id for each in stores.entries.unsealed(None, 99)] == [identifier(number) for number in range(8)]

    def test_an_entry_is_found_by_its_id(self, stores: Stores) -> None:
        """Whether or not a seal covers it, and in the transaction that adds it."""
        with stores.transactions.atomic():
            stores.entries.add(entry(1))
            assert stores.entries.find(identifier(1)) == entry(1)
        assert stores.seals.extend([seal(1)])
        back = stores.entries.find(identifier(1))
        assert back == entry(1)
        assert back is not None
        assert in_utc(back.at)

    @pytest.mark.parametrize("id_", ["", "%", "0", identifier(9)])
    def test_what_is_not_there_is_not_found(self, stores: Stores, id_: str) -> None:
        """None, and no error."""
        stores.entries.add(ENTRY)
        assert stores.entries.find(id_) is None

    def test_a_refused_entry_leaves_the_rest_of_a_transaction(self, stores: Stores) -> None:
        """Who takes something down once may go on, and read what was there before them."""
        stores.entries.add(entry(1))
        with stores.transactions.atomic():
            stores.entries.add(entry(2))
            with pytest.raises(StoreError), stores.transactions.atomic():
                stores.entries.add(replace(entry(1), act="consent.withdrawn"))
            assert stores.entries.find(identifier(1)) == entry(1)
            stores.entries.add(entry(3))
        assert [each.id for each in stores.entries.unsealed(None, 9)] == [identifier(number) for number in (1, 2, 3)]

    def test_of_several_who_add_the_same_entry_one_does(self, stores: Stores, race: Race) -> None:
        """The others are told so, and what they find is the entry that is there."""
        winner = the_winner(race(_add_the_same))
        kept = stores.entries.find(ENTRY.id)
        assert kept is not None
        assert (winner, stores.entries.waiting()) == (True, 1)

    def test_what_is_about_people_comes_newest_first(self, stores: Stores) -> None:
        """By moment, by id where the moment is the same, of all of them together; sealed or not."""
        newer = replace(entry(1), at=MOMENT + MICROSECOND)
        others = replace(entry(3), subject=BOB)
        for each in (entry(2), newer, others, entry(4)):
            stores.entries.add(each)
        assert stores.seals.extend([replace(seal(1), entry=identifier(4))])
        assert list(stores.entries.about(ENTRY.act, [BOB, ADA])) == [newer, entry(4), others, entry(2)]
        assert list(stores.entries.about(ENTRY.act, [ADA, ADA])) == [newer, entry(4), entry(2)]

    @pytest.mark.parametrize("act", ["consent", "consent.recorde_", "%", "Consent.Recorded", ""])
    def test_only_entries_of_the_very_act(self, stores: Stores, act: str) -> None:
        """Not of one that begins alike, nor of a pattern."""
        stores.entries.add(ENTRY)
        assert list(stores.entries.about(act, [ADA])) == []
        assert list(stores.entries.tally(act, MOMENT)) == []

    @pytest.mark.parametrize("subject", NOBODYS)
    def test_nobody_sees_an_entry_about_somebody_else(self, stores: Stores, subject: str) -> None:
        """Each pseudonym has its own."""
        stores.entries.add(ENTRY)
        assert list(stores.entries.about(ENTRY.act, [subject])) == []

    def test_nobody_in_particular_has_no_entries(self, stores: Stores) -> None:
        """Visitors who are not signed in have nothing in common, and nobody at all has nothing."""
        stores.entries.add(replace(entry(1), subject=EVERYONE))
        stores.entries.add(entry(2))
        assert list(stores.entries.about(ENTRY.act, [EVERYONE])) == []
        assert list(stores.entries.about(ENTRY.act, [EVERYONE, ADA])) == [entry(2)]
        assert list(stores.entries.about(ENTRY.act, [])) == []

    def test_many_people_are_looked_up_at_once(self, stores: Stores) -> None:
        """Those who are there are found, whatever the number of those asked for."""
        stores.entries.add(replace(ENTRY, subject=identifier(PEOPLE - 1)))
        (found,) = stores.entries.about(ENTRY.act, [identifier(number) for number in range(PEOPLE)])
        assert found.subject == identifier(PEOPLE - 1)

    def test_entries_that_say_the_same_are_counted(self, stores: Stores) -> None:
        """By version and by what they say, of everybody, sealed or not; in the order of a list in Python."""
        says = ('{"a":1}', '{"A":1}', f'{{"a":"{WORDS}"}}', "", '{"a":1}')
        for number, details in enumerate(says):
            who = ADA if number else EVERYONE
            stores.entries.add(replace(entry(number), details=details, subject=who, version="b"))
        stores.entries.add(replace(entry(9), version="B"))
        stores.entries.add(replace(entry(10), act="rights.received"))
        assert stores.seals.extend([replace(seal(1), entry=identifier(4))])
        day = MOMENT.date()
        wanted = sorted([(says[0], 2), (says[1], 1), (says[2], 1), (says[3], 1)])
        expected = [Tally(day, "B", "{}", 1), *(Tally(day, "b", details, count) for details, count in wanted)]
        assert list(stores.entries.tally(ENTRY.act, MOMENT)) == expected

    def test_a_day_is_one_of_utc(self, stores: Stores) -> None:
        """From midnight to midnight, whatever zone the moment was given in or the database is set to."""
        for number, at in enumerate((MIDNIGHT - MICROSECOND, MIDNIGHT, MIDNIGHT + DAY - MICROSECOND, MIDNIGHT + DAY)):
            stores.entries.add(replace(entry(number), at=at.astimezone(ELSEWHERE)))
        days = [(found.day, found.count) for found in stores.entries.tally(ENTRY.act, MIDNIGHT - DAY)]
        first = MIDNIGHT.date()
        assert days == [(first - DAY, 1), (first, 2), (first + DAY, 1)]
        assert all(type(day) is dt.date for day, _ in days)

    def test_since_is_the_first_moment_that_is_counted(self, stores: Stores) -> None:
        """An entry of that very moment is; none before it."""
        for number in range(3):
            stores.entries.add(replace(entry(number), at=MOMENT + number * MICROSECOND))
        since = (MOMENT + MICROSECOND).astimezone(ELSEWHERE)
        assert [found.count for found in stores.entries.tally(ENTRY.act, since)] == [2]
        assert list(stores.entries.tally(ENTRY.act, MOMENT + DAY)) == []

    def test_long_texts_are_told_apart_by_their_end(self, stores: Stores) -> None:
        """Nothing that is long is taken for the same because it begins alike, and the same is counted together."""
        ends = ["a", "b", "a", "b", "b"]
        for number, end in enumerate(ends):
            stores.entries.add(replace(entry(number), details="x" * 5000 + end))
        found = [(each.details[-1], each.count) for each in stores.entries.tally(ENTRY.act, MOMENT)]
        assert found == [("a", 2), ("b", 3)]


def _add_one(stores: Stores, number: int) -> None:
    stores.entries.add(entry(number))


def _add_the_same(stores: Stores, number: int) -> object:
    def add() -> bool:
        stores.entries.add(replace(ENTRY, details=f'{{"by":{number}}}'))
        return True

    return verdict(add)
