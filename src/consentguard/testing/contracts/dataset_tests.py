"""What `Dataset` owes of rows by what holds of them, by their order, and of how much they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consentguard.ports import StoreError, Stores
from consentguard.records import Selection, Test
from consentguard.records.rows import TestKind
from consentguard.testing.contracts.base import DAY, WORDS, People
from consentguard.testing.contracts.host_rows import AT, HostRows


class SelectedRows(HostRows):
    """Tests of rows, bounds, shares and weights."""

    @pytest.mark.parametrize(
        ("test", "said", "opposite"),
        [
            (Test("written", "before", AT), ["one"], "since"),
            (Test("text", "among", ("ONE", "Two", "three")), ["one", "two"], "outside"),
            (Test("text", "among", (WORDS,)), [WORDS], "outside"),
            (Test("text", "among", ("o%", "on", "öne", "one ")), [], "outside"),
            (Test("text", "among", ()), [], "outside"),
            (Test("remark", "among", ("DEAR", "near")), ["one"], "outside"),
            (Test("remark", "filled"), ["one"], "empty"),
            (Test("text,remark", "filled"), ["one", "two", WORDS], "empty"),
            (Test("person.name", "among", ("ada",)), ["one", "two"], "outside"),
        ],
        ids=str,
    )
    def test_rows_are_found_by_what_holds_of_them(
        self, stores: Stores, people: People, bob: str, test: Test, said: list[str], opposite: TestKind
    ) -> None:
        """Or by its opposite, which holds of all others: also of those where there is NULL."""
        others = [text for text in ("one", "two", WORDS) if text not in said]
        assert self.texts(stores, Selection(label=people.note, where=(test,))) == said
        wanted = Selection(label=people.note, where=(replace(test, how=opposite),))
        assert self.texts(stores, wanted) == others
        assert self.texts(stores, replace(self.all(people), besides=(wanted,))) == said

    def test_what_was_emptied_is_not_filled(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """So retention comes to an end."""
        filled = (Test("text,remark", "filled"),)
        assert stores.dataset.clear(self.notes(people, ada), ["text", "remark"]) == 2
        assert self.texts(stores, Selection(label=people.note, where=filled)) == [WORDS]

    def test_keys_come_in_order_between_bounds(self, stores: Stores, people: People) -> None:
        """Numbers as numbers; the lower bound left out, the upper not."""
        keys = [people.add_person("same@example.com", str(number), AT) for number in range(12)]
        everybody = Selection(label=people.person, whole=True)
        assert list(stores.dataset.keys(everybody, "", 5)) == keys[:5]
        assert list(stores.dataset.keys(everybody, keys[4], 99)) == keys[5:]
        between = replace(everybody, above=keys[2], upto=keys[9])
        assert list(stores.dataset.keys(between, keys[3], 99)) == keys[4:10]
        assert stores.dataset.count(between) == len(list(stores.dataset.rows(between, ["name"]))) == 7
        assert stores.dataset.delete(between) == 7
        assert list(stores.dataset.keys(everybody, "", 99)) == [*keys[:3], *keys[10:]]

    def test_rows_part_into_equal_shares(self, stores: Stores, people: People) -> None:
        """Each key is the last of its share; there are no more shares than rows."""
        keys = [people.add_person("same@example.com", str(number), AT) for number in range(10)]
        everybody = Selection(label=people.person, whole=True)
        assert list(stores.dataset.split(everybody, 3)) == [keys[2], keys[5]]
        assert list(stores.dataset.split(everybody, 99)) == keys[:-1]
        assert list(stores.dataset.split(everybody, 1)) == []
        assert list(stores.dataset.split(Selection.of(people.person, []), 3)) == []

    def test_rows_are_weighed(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """How many, about how many bytes, and since when; the moment may be that of a row over a foreign key."""
        nothing = stores.dataset.weigh(self.notes(people), "written")
        assert (nothing.rows, nothing.bytes, nothing.oldest) == (0, 0, None)
        notes = stores.dataset.weigh(self.all(people), "written")
        assert (notes.rows, notes.oldest) == (3, AT - DAY)
        assert 60 < notes.bytes < 300
        assert stores.dataset.weigh(self.all(people)).oldest is None
        replies = Selection(label=people.reply, path="note.person", root=people.person, keys=(bob,))
        assert stores.dataset.weigh(replies, "note.written").oldest == AT + DAY
        assert stores.dataset.change(self.notes(people, ada), {"text": "x" * 1000}) == 2
        assert stores.dataset.weigh(self.all(people)).bytes > 2000

    @pytest.mark.parametrize(
        "test", [Test("nothing", "filled"), Test("written", "before"), Test("nobody.name", "filled")]
    )
    def test_what_cannot_be_tested_is_an_error(self, stores: Stores, people: People, ada: str, test: Test) -> None:
        """And not no row, which would be kept for ever, nor every row."""
        with pytest.raises(StoreError):
            stores.dataset.count(Selection(label=people.note, where=(test,)))
