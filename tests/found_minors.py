"""Minors are found by their birth dates: a test that each adapter runs on its own tables."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.minors.finding import Finding
from consentguard.ports import Stores
from consentguard.records import SubjectRef
from consentguard.testing.contracts import People
from tests.core.neutral import policy

TODAY = dt.date(2026, 3, 28)
BORN = {"child": "2015-04-23", "tomorrow": "2008-03-29", "today": "2008-03-28", "adult": "1980-01-01"}
MANIFEST = policy(subjects={"person": {}}, categories={"contact": {}})


class FoundMinors:
    """`tables` are the host's, as its adapter describes them."""

    tables: ClassVar[tuple[Table, ...]]

    def test_minors_are_found_by_their_birth_dates(self, stores: Stores, people: People) -> None:
        """Where the rows are the people, and where a foreign key leads from them; nobody on or after the birthday."""
        born = {name: dt.datetime.fromisoformat(f"{day}T00:00+00:00") for name, day in BORN.items()}
        keys = {name: people.add_person(f"{name}@example.org", name, moment) for name, moment in born.items()}
        for name, key in keys.items():
            people.add_note(key, "a note", born[name])
        for label, path in ((people.person, "self"), (people.note, "person")):
            column = "joined" if path == "self" else "written"
            tags = {
                people.person: Tag(category="contact", subjects={"person": "self"}),
                label: Tag(category="contact", subjects={"person": path}, birth_date=column),
            }
            data_map = DataMap.build(self.tables, tags, MANIFEST)
            found = set(Finding(data_map, stores.dataset).younger(18, TODAY))
            assert found == {SubjectRef("person", keys[name]) for name in ("child", "tomorrow")}
