"""What `Dataset` owes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import pytest

from consentguard.datamap.tags import Match
from consentguard.ports import Stores
from consentguard.records import Selection
from consentguard.testing.contracts.base import ELSEWHERE, SECOND, WORDS, People
from consentguard.testing.contracts.dataset_changes import ChangedRows
from consentguard.testing.contracts.dataset_tests import SelectedRows
from consentguard.testing.contracts.host_rows import AT, EVER, OLD, before


class DatasetContract(SelectedRows, ChangedRows):
    """The host's own tables: whose rows are found, read, and weighed; what is done to them."""

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
        assert stores.dataset.count(self.notes(people, ada, bob, "999999")) == 3
        assert stores.dataset.count(self.notes(people, "999999")) == 0

    def test_rows_before_a_moment(self, stores: Stores, people: People, bob: str) -> None:
        """Not those at it; the zone of the moment is no matter."""
        assert stores.dataset.count(before(people.note, AT)) == 1
        assert stores.dataset.count(before(people.note, (AT + SECOND).astimezone(ELSEWHERE))) == 2

    def test_rows_whose_parent_is_before_a_moment(self, stores: Stores, people: People, bob: str) -> None:
        """The moment may stand in the row that a foreign key leads to."""
        assert stores.dataset.count(before(people.reply, AT, "note.written")) == 1
        assert stores.dataset.count(before(people.reply, AT, "note.person.joined")) == 2
        assert stores.dataset.delete(before(people.reply, AT + SECOND, "note.written")) == 2

    def test_rows_of_a_person_before_a_moment(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """Both must hold."""
        selection = self.notes(people, ada, where=(OLD,))
        assert self.texts(stores, selection) == ["one"]

    def test_rows_besides_others(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """Of all notes those that are neither Ada's nor old; of the replies to a note those that are not from her."""
        everything = self.all(people)
        others = replace(everything, besides=(self.notes(people, ada),))
        assert (self.texts(stores, others), stores.dataset.count(others)) == ([WORDS], 1)
        old = Selection(label=people.note, where=(OLD,))
        assert stores.dataset.count(replace(everything, besides=(self.notes(people, bob), old))) == 1
        reply = partial(Selection, label=people.reply, root=people.person)
        hers = reply(path=Match("email", f"{people.person}.email"), keys=(ada,))
        for key, left in {ada: 2, bob: 0}.items():
            assert stores.dataset.count(reply(path="note.person", keys=(key,), besides=(hers,))) == left

    def test_nobody_has_no_rows(self, stores: Stores, people: People, bob: str) -> None:
        """No keys are nobody, at any time, and neither a person nor a moment selects nothing: never everything."""
        nobodys_ever = self.notes(people, where=(EVER,))
        for selection in (self.notes(people), nobodys_ever, Selection(label=people.note)):
            assert stores.dataset.count(selection) == 0
            assert list(stores.dataset.rows(selection, ["text"])) == []
            assert stores.dataset.delete(selection) == 0
            assert stores.dataset.clear(selection, ["remark"]) == 0
        assert stores.dataset.count(self.all(people)) == 3

    def test_rows_come_with_the_columns_that_were_asked_for(
        self, stores: Stores, people: People, ada: str, bob: str
    ) -> None:
        """Those and no other, by primary key, whatever they hold."""
        rows: Sequence[Mapping[str, object]] = list(stores.dataset.rows(self.all(people), ["text", "remark"]))
        assert [dict(row) for row in rows] == [
            {"text": "one", "remark": "dear"},
            {"text": "two", "remark": None},
            {"text": WORDS, "remark": None},
        ]
