"""A person's rows leave a database as an archive and come back: a test that each adapter runs on its own tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.exports.importing import import_archive
from consentguard.exports.redactions import Redactions
from consentguard.exports.writing import Ask, Copy
from consentguard.plan.export import export
from consentguard.plan.steps import Found
from consentguard.ports import Stores
from consentguard.records import Selection
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import People
from consentguard.testing.contracts.host_rows import HostRows
from tests.core.neutral import policy
from tests.web_policy import MemoryFiles


class RoundTrip(HostRows):
    """`tables` are the host's, as its adapter describes them."""

    tables: tuple[Table, ...]

    def test_an_archive_brings_back_the_same_rows(
        self, tmp_path: Path, stores: Stores, people: People, ada: str, bob: str
    ) -> None:
        """Ada's rows, their keys and moments; Bob's are as they were, and nothing is added twice."""
        data_map, labels = self._data_map(people), (people.person, people.note, people.reply)
        was = {label: self._rows(data_map, stores, label) for label in labels}
        path = tmp_path / "ada.zip"
        path.write_bytes(b"".join(self._copy(data_map, stores, people, ada).pieces()))
        for label, way in zip(reversed(labels), ("note.person", "person", "self"), strict=True):
            stores.dataset.delete(Selection(label=label, path=way, root=people.person, keys=(ada,)))
        left = {label: len(self._rows(data_map, stores, label)) for label in labels}
        done = import_archive(path, data_map, stores)
        assert (done.rows, done.loosened) == ({people.person: 1, people.note: 2, people.reply: 2}, {})
        assert left == dict.fromkeys(labels, 1)
        assert {label: self._rows(data_map, stores, label) for label in labels} == was

    @staticmethod
    def _rows(data_map: DataMap, stores: Stores, label: str) -> list[Mapping[str, object]]:
        columns = [column.name for column in data_map.schema[label].columns]
        return list(stores.dataset.rows(Selection(label=label, whole=True), columns))

    def _data_map(self, people: People) -> DataMap:
        tags = {
            people.person: Tag(category="account", subjects={"user": "self"}),
            people.note: Tag(category="account", subjects={"user": "person"}),
            people.reply: Tag(category="account", subjects={"user": "note.person"}),
        }
        manifest = policy(subjects={"user": {}}, categories={"account": {}})
        return DataMap.build([each for each in self.tables if each.label in tags], tags, manifest)

    @staticmethod
    def _copy(data_map: DataMap, stores: Stores, people: People, key: str) -> Copy:
        extracts = tuple(export(data_map, [Found(subject="user", root=people.person, keys=(key,))]))
        return Copy(
            ask=Ask(extracts=extracts, redactions=Redactions(), language="en", policy="", made_at=MOMENT),
            data_map=data_map,
            dataset=stores.dataset,
            files=MemoryFiles(),
            texts=lambda *_: {},
            lists=lambda: (),
        )
