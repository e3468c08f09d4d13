"""What `Dataset` owes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import pytest

from consentguard.datamap.tags import Match
from consentguard.ports import Dataset, StoreError, Stores
from consentguard.records import Selection, Test
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import DAY, ELSEWHERE, SECOND, WORDS, Contract, People, undone

AT = MOMENT.replace(microsecond=0)
"""A moment that a host's column without fractions of a second keeps."""
OLD, EVER = Test("written", "before", AT), Test("written", "before", AT + 99 * DAY)


class DatasetContract(Contract):
    """The host's own tables: Ada has two notes, each with a reply, and Bob has one, with a reply of Ada's address."""

    port = Dataset
    attribute = "dataset"

    @pytest.fixture
    def ada(self, people: People) -> str:
        """Ada's key, the first person in the table, whose first note is the older one."""
        key = people.add_person("ada@example.com", "Ada", AT - 9 * DAY)
        for text, written, remark in (("one", AT - DAY, "dear"), ("two", AT, None)):
            people.add_reply(people.add_note(key, text, written, remark), "other@example.com")
        return key

    @pytest.fixture
    def bob(self, people: People, ada: str) -> str:
        """Bob's key."""
        key = people.add_person("bob@example.com", "Bob", AT)
        people.add_reply(people.add_note(key, WORDS, AT + DAY), "ada@example.com")
        return key

    def test_people_are_found_by_a_value(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """Upper and lower case alike, each by the primary key as text."""
        assert list(stores.dataset.match(people.person, "email", "ADA@example.COM")) == [ada]
        assert list(stores.dataset.match(people.person, "name", "bob")) == [bob]

    @pytest.mark.parametrize(
        "value",
        ["", "%", "ada%", "___@example.com", "ada@example.com ", "àda@example.com", "ada@example", "'or'1'='1"],
    )
    def test_only_the_very_value_is_a_match(self, stores: Stores, people: People, ada: str, value: str) -> None:
        """No pattern, no accent more or less, no space: another person's data would be given away."""
        assert list(stores.dataset.match(people.person, "email", value)) == []

    @pytest.mark.parametrize("kept", ["ada@straße.example", "ada@\u017ftrasse.example"])
    def test_letters_that_are_written_otherwise_are_others(self, stores: Stores, people: People, kept: str) -> None:
        """Who has the mailbox at `strasse` has not the one at `straße`, though case folding takes them for one."""
        people.add_person(kept, "", AT)
        assert list(stores.dataset.match(people.person, "email", "ada@strasse.example")) == []

    @pytest.mark.parametrize(
        ("kept", "value"),
        [("mi\u212ae@example.com", "mike@example.com"), ("mike@example.com", "mi\u212ae@example.com")],
    )
    def test_ascii_is_like_ascii_alone(self, stores: Stores, people: People, kept: str, value: str) -> None:
        """The Kelvin sign becomes a k in lower case, and is another mailbox."""
        people.add_person(kept, "", AT)
        assert list(stores.dataset.match(people.person, "email", value)) == []

    def test_patterns_in_a_value_stand_for_themselves(self, stores: Stores, people: People) -> None:
        """What SQL gives a meaning to may be part of an address."""
        keys = [people.add_person(email, "", AT) for email in ("a_b%c\\@example.com", "axbyc\\@example.com")]
        assert list(stores.dataset.match(people.person, "email", "A_B%C\\@example.com")) == keys[:1]

    def test_several_matches_come_in_the_order_of_their_keys(self, stores: Stores, people: People) -> None:
        """10 after 9."""
        keys = [people.add_person("same@example.com", str(number), AT) for number in range(12)]
        assert list(stores.dataset.match(people.person, "email", "same@example.com")) == keys

    def test_rows_of_a_person_over_any_way(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """The row itself, one relation, two, and a soft reference."""
        path = partial(Selection, root=people.person)
        for key, (selves, notes, replies, matches) in {ada: (1, 2, 2, 1), bob: (1, 1, 1, 0)}.items():
            count = stores.dataset.count
            assert count(path(label=people.person, path="self", keys=(key,))) == selves
            assert count(path(label=people.note, path="person", keys=(key,))) == notes
            assert count(path(label=people.reply, path="note.person", keys=(key,))) == replies
            same = Match("email", f"{people.person}.email")
            assert count(path(label=people.reply, path=same, keys=(key,))) == matches

    def test_rows_of_several_people(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """Each once, and a key that nobody has is nobody."""
        assert stores.dataset.count(self._notes(people, ada, bob, "999999")) == 3
        assert stores.dataset.count(self._notes(people, "999999")) == 0

    def test_rows_before_a_moment(self, stores: Stores, people: People, bob: str) -> None:
        """Not those at it; the zone of the moment is no matter."""
        assert stores.dataset.count(_before(people.note, AT)) == 1
        assert stores.dataset.count(_before(people.note, (AT + SECOND).astimezone(ELSEWHERE))) == 2

    def test_rows_whose_parent_is_before_a_moment(self, stores: Stores, people: People, bob: str) -> None:
        """The moment may stand in the row that a foreign key leads to."""
        assert stores.dataset.count(_before(people.reply, AT, "note.written")) == 1
        assert stores.dataset.count(_before(people.reply, AT, "note.person.joined")) == 2
        assert stores.dataset.delete(_before(people.reply, AT + SECOND, "note.written")) == 2

    def test_rows_of_a_person_before_a_moment(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """Both must hold."""
        selection = self._notes(people, ada, where=(OLD,))
        assert self._texts(stores, selection) == ["one"]

    def test_rows_besides_others(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """Of all notes those that are neither Ada's nor old; of the replies to a note those that are not from her."""
        everything = self._all(people)
        others = replace(everything, besides=(self._notes(people, ada),))
        assert (self._texts(stores, others), stores.dataset.count(others)) == ([WORDS], 1)
        old = Selection(label=people.note, where=(OLD,))
        assert stores.dataset.count(replace(everything, besides=(self._notes(people, bob), old))) == 1
        reply = partial(Selection, label=people.reply, root=people.person)
        hers = reply(path=Match("email", f"{people.person}.email"), keys=(ada,))
        for key, left in {ada: 2, bob: 0}.items():
            assert stores.dataset.count(reply(path="note.person", keys=(key,), besides=(hers,))) == left

    def test_nobody_has_no_rows(self, stores: Stores, people: People, bob: str) -> None:
        """No keys are nobody, at any time, and neither a person nor a moment selects nothing: never everything."""
        nobodys_ever = self._notes(people, where=(EVER,))
        for selection in (self._notes(people), nobodys_ever, Selection(label=people.note)):
            assert stores.dataset.count(selection) == 0
            assert list(stores.dataset.rows(selection, ["text"])) == []
            assert stores.dataset.delete(selection) == 0
            assert stores.dataset.clear(selection, ["remark"]) == 0
        assert stores.dataset.count(self._all(people)) == 3

    def test_rows_come_with_the_columns_that_were_asked_for(
        self, stores: Stores, people: People, ada: str, bob: str
    ) -> None:
        """Those and no other, by primary key, whatever they hold."""
        rows: Sequence[Mapping[str, object]] = list(stores.dataset.rows(self._all(people), ["text", "remark"]))
        assert [dict(row) for row in rows] == [
            {"text": "one", "remark": "dear"},
            {"text": "two", "remark": None},
            {"text": WORDS, "remark": None},
        ]

    def test_rows_are_deleted(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """Those selected and no other; the second time there are none."""
        replies = Selection(label=people.reply, path="note.person", root=people.person, keys=(ada,))
        assert stores.dataset.delete(replies) == 2
        assert stores.dataset.delete(replies) == 0
        assert stores.dataset.delete(self._notes(people, ada, where=(OLD,))) == 1
        assert self._texts(stores, self._all(people)) == ["two", WORDS]
        replies_of_bob = Selection(label=people.reply, path="note.person", root=people.person, keys=(bob,))
        assert stores.dataset.count(replies_of_bob) == 1

    def test_rows_are_deleted_over_a_soft_reference(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """The reply with Ada's address goes, though it stands under Bob's note."""
        match = Match("email", f"{people.person}.email")
        assert stores.dataset.delete(Selection(label=people.reply, path=match, root=people.person, keys=(ada,))) == 1

    def test_an_empty_text_refers_to_nobody(self, stores: Stores, people: People) -> None:
        """Else whoever left a field empty would be taken for everybody who did."""
        nameless = people.add_person("", "", AT)
        people.add_reply(people.add_note(people.add_person("bob@example.com", "Bob", AT), "", AT), "")
        match = Match("email", f"{people.person}.email")
        those = Selection(label=people.reply, path=match, root=people.person, keys=(nameless,))
        assert (stores.dataset.count(those), stores.dataset.delete(those)) == (0, 0)

    def test_columns_are_emptied(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """NULL where that is allowed, else an empty text; of the selected rows alone."""
        assert stores.dataset.clear(self._notes(people, ada), ["text", "remark"]) == 2
        rows = [dict(row) for row in stores.dataset.rows(self._all(people), ["text", "remark"])]
        assert rows == [{"text": "", "remark": None}] * 2 + [{"text": WORDS, "remark": None}]

    def test_a_column_that_cannot_be_empty_is_refused(self, stores: Stores, people: People, ada: str) -> None:
        """Nothing is emptied then, not even the other column; the error names it."""
        person = Selection(label=people.person, root=people.person, keys=(ada,))
        with pytest.raises(StoreError, match="joined"):
            stores.dataset.clear(person, ["name", "joined"])
        assert [dict(row) for row in stores.dataset.rows(person, ["name"])] == [{"name": "Ada"}]

    def test_what_is_done_to_rows_is_undone_with_its_evidence(self, stores: Stores, people: People, bob: str) -> None:
        """Deleted rows are back, and emptied columns hold what they held."""
        notes = self._all(people)
        before = [dict(row) for row in stores.dataset.rows(notes, ["text", "remark"])]
        replies = Selection(label=people.reply, path="note.person", root=people.person, keys=(bob,))
        with undone(stores):
            assert stores.dataset.clear(notes, ["text", "remark"]) == 3
            assert stores.dataset.delete(replies) == 1
        assert [dict(row) for row in stores.dataset.rows(notes, ["text", "remark"])] == before
        assert stores.dataset.count(replies) == 1

    def test_no_data_stands_in_a_repr(self, stores: Stores, people: People, ada: str) -> None:
        """Nobody's address shows where a store does."""
        assert "ada@" not in f"{stores!r} {stores.dataset!r}"

    @staticmethod
    def _notes(people: People, *keys: str, where: tuple[Test, ...] = ()) -> Selection:
        return Selection(label=people.note, path="person", root=people.person, keys=keys, where=where)

    @staticmethod
    def _all(people: People) -> Selection:
        return Selection(label=people.note, whole=True)

    @staticmethod
    def _texts(stores: Stores, selection: Selection) -> list[object]:
        return [row["text"] for row in stores.dataset.rows(selection, ["text"])]


def _before(label: str, moment: dt.datetime, column: str = "written") -> Selection:
    return Selection(label=label, where=(Test(column, "before", moment),))
