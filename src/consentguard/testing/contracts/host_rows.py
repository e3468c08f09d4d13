"""Rows of a host for what `Dataset` owes: whose they are, and how the tests of several files ask for them."""

from __future__ import annotations

import datetime as dt

import pytest

from consentguard.ports import Dataset, Stores
from consentguard.records import Selection, Test
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import DAY, WORDS, Contract, People

AT = MOMENT.replace(microsecond=0)
"""A moment that a host's column without fractions of a second keeps."""
OLD, EVER = Test("written", "before", AT), Test("written", "before", AT + 99 * DAY)


class HostRows(Contract):
    """Ada has two notes, each with a reply, and Bob has one, with a reply of Ada's address."""

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

    @staticmethod
    def notes(people: People, *keys: str, where: tuple[Test, ...] = ()) -> Selection:
        """The notes of some people."""
        return Selection(label=people.note, path="person", root=people.person, keys=keys, where=where)

    @staticmethod
    def all(people: People) -> Selection:
        """Every note."""
        return Selection(label=people.note, whole=True)

    @staticmethod
    def texts(stores: Stores, selection: Selection) -> list[object]:
        """What some notes say."""
        return [row["text"] for row in stores.dataset.rows(selection, ["text"])]


def before(label: str, moment: dt.datetime, column: str = "written") -> Selection:
    """The rows of a table whose moment lies before another."""
    return Selection(label=label, where=(Test(column, "before", moment),))
