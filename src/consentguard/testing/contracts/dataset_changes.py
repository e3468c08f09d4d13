"""What `Dataset` owes of rows that are deleted, emptied, changed and added."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consentguard.datamap.tags import Match
from consentguard.ports import StoreError, Stores
from consentguard.records import Selection, Test
from consentguard.testing.contracts.base import DAY, ELSEWHERE, SECOND, WORDS, People, undone
from consentguard.testing.contracts.host_rows import AT, OLD, HostRows, before


class ChangedRows(HostRows):
    """What is done to rows is done to the selected ones, to all of them, and as a part of the transaction."""

    def test_rows_are_deleted(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """Those selected and no other; the second time there are none."""
        replies = Selection(label=people.reply, path="note.person", root=people.person, keys=(ada,))
        assert stores.dataset.delete(replies) == 2
        assert stores.dataset.delete(replies) == 0
        assert stores.dataset.delete(self.notes(people, ada, where=(OLD,))) == 1
        assert self.texts(stores, self.all(people)) == ["two", WORDS]
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
        assert stores.dataset.clear(self.notes(people, ada), ["text", "remark"]) == 2
        rows = [dict(row) for row in stores.dataset.rows(self.all(people), ["text", "remark"])]
        assert rows == [{"text": "", "remark": None}] * 2 + [{"text": WORDS, "remark": None}]

    def test_a_column_that_cannot_be_empty_is_refused(self, stores: Stores, people: People, ada: str) -> None:
        """Nothing is emptied then, not even the other column; the error names it."""
        person = Selection(label=people.person, root=people.person, keys=(ada,))
        with pytest.raises(StoreError, match="joined"):
            stores.dataset.clear(person, ["name", "joined"])
        assert [dict(row) for row in stores.dataset.rows(person, ["name"])] == [{"name": "Ada"}]

    def test_what_is_done_to_rows_is_undone_with_its_evidence(self, stores: Stores, people: People, bob: str) -> None:
        """Deleted rows are back, and emptied columns hold what they held."""
        notes = self.all(people)
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

    def test_few_rows_are_deleted_by_their_keys(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """As a batch has it: those of some keys, besides those that stay, and those that are gone already."""
        keys = [*stores.dataset.keys(Selection(label=people.reply, whole=True), "", 9), "999999"]
        young = before(people.reply, AT + DAY, "note.written")
        stays = Selection(label=people.reply, where=(Test("note.written", "since", AT + DAY),))
        assert stores.dataset.delete(replace(Selection.of(people.reply, keys), besides=(young, stays))) == 0
        assert stores.dataset.delete(replace(Selection.of(people.reply, keys), besides=(stays,))) == 2
        assert stores.dataset.delete(Selection.of(people.reply, keys)) == 1

    def test_rows_are_changed(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """The selected ones, to values as JSON writes them; and back with the transaction."""
        moment, wanted = (AT - 5 * DAY).astimezone(ELSEWHERE).isoformat(), self.notes(people, ada)
        with undone(stores):
            stores.dataset.change(wanted, {"text": "lost"})
        assert stores.dataset.change(wanted, {"text": WORDS, "remark": None, "written": moment}) == 2
        rows = [dict(row) for row in stores.dataset.rows(self.all(people), ["text", "remark"])]
        assert rows == [{"text": WORDS, "remark": None}] * 3
        assert stores.dataset.count(before(people.note, AT - 4 * DAY)) == 2
        assert stores.dataset.count(before(people.note, AT - 5 * DAY)) == 0

    @pytest.mark.parametrize(("column", "value"), [("written", "last week"), ("text", None), ("text", ["Lovelace"])])
    def test_what_a_column_cannot_hold_is_refused(
        self, stores: Stores, people: People, ada: str, column: str, value: object
    ) -> None:
        """Nothing is changed then; the error names the column and shows no value."""
        with pytest.raises(StoreError, match=column) as caught:
            stores.dataset.change(self.notes(people, ada), {"remark": "changed", column: value})
        assert "week" not in f"{caught.value} {caught.value.hint}"
        assert "Lovelace" not in f"{caught.value} {caught.value.hint}"
        assert stores.dataset.count(self.notes(people, ada, where=(Test("remark", "among", ("changed",)),))) == 0

    def test_rows_are_added_with_their_keys(self, stores: Stores, people: People, ada: str, bob: str) -> None:
        """As they were read or exported; whoever comes next gets a key of their own."""
        rows = [{"id": 41, "email": "x@example.com", "name": WORDS, "joined": AT.isoformat()}]
        rows += [{"id": 42, "email": "y@example.com", "name": "", "joined": (AT + DAY).isoformat()}]
        assert stores.dataset.insert(people.person, rows) == 2
        added = Selection.of(people.person, ["41", "42"])
        assert [row["name"] for row in stores.dataset.rows(added, ["name"])] == [WORDS, ""]
        assert stores.dataset.count(replace(added, where=(Test("joined", "before", AT + SECOND),))) == 1
        read = [dict(row) for row in stores.dataset.rows(added, ["id", "email", "name", "joined"])]
        assert stores.dataset.delete(added) == stores.dataset.insert(people.person, read) == 2
        assert [dict(row) for row in stores.dataset.rows(added, ["id", "email", "name", "joined"])] == read
        assert people.add_person("next@example.com", "Next", AT) not in (ada, bob, "41", "42")

    def test_a_row_whose_key_is_there_is_refused(self, stores: Stores, people: People, ada: str) -> None:
        """And none of those that come with it is added."""
        rows = [{"id": key, "email": "x@x.org", "name": "", "joined": AT.isoformat()} for key in (77, int(ada))]
        with pytest.raises(StoreError):
            stores.dataset.insert(people.person, rows)
        assert stores.dataset.count(Selection(label=people.person, whole=True)) == 1

    def test_what_has_no_past_is_forgotten_already(self, stores: Stores, people: People, ada: str) -> None:
        """Where nobody keeps a history there is none to be touched."""
        assert people.person not in stores.dataset.histories(people.person)
        assert stores.dataset.forget(people.person, [ada]) == {}
