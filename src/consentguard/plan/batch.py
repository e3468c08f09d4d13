"""Some rows of one step of a plan: what becomes of them, of their past, and of the files that they name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import SELF, Match
from consentguard.periods import parse_period
from consentguard.plan.erasure import emptied
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.pins import same
from consentguard.plan.steps import REMOVING, PlanError, Step
from consentguard.plan.ways import behind, holding, referrers, within
from consentguard.ports import Pseudonyms, Sealer, Shredder, Stores
from consentguard.records import ArchivedRow, Errand, Run, Selection, SubjectRef, new_id

PORTION = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One transaction's share of a run, with what stays for now as it is at this moment."""

    run: Run
    data_map: DataMap
    stores: Stores
    errands: Sealer
    archived: Sealer
    pseudonyms: Pseudonyms
    shredder: Shredder
    exceptions: Exceptions

    def some(self, step: Step, after: str, most: int) -> tuple[int, str]:
        """Joined. Do a step for at most so many rows behind a key: how many went, and the key of the last where there
        may be more.
        """
        if step.action == "keep":
            return 0, ""
        rows = self._free(step)
        keys = self.stores.dataset.keys(rows, after, most)
        if not keys:
            return 0, ""
        last = keys[-1] if len(keys) == most else ""
        keys = self._going(step, keys)
        if not keys:
            return 0, last
        those = Selection.of(step.label, keys)
        if step.action in REMOVING:
            self._remove(step, those)
        else:
            self._note_files(step.label, those, step.columns)
            self.stores.dataset.clear(those, step.columns)
            self._forget(step.label, keys, step.columns)
        return len(keys), last

    def bare(self, step: Step) -> None:
        """Joined. Leave nothing personal in rows that cannot go before what refers to them does."""
        emptying, last = emptied(self.data_map, replace(step, action="clear")), ""
        while last := self.some(emptying, last, PORTION)[1]:
            pass

    def _going(self, step: Step, keys: Sequence[str]) -> Sequence[str]:
        """Those of some rows that are still the ones that were pinned, and that no row under a hold refers to."""
        keys = same(self.data_map, self.stores.dataset, step, keys)
        if step.action not in REMOVING:
            return keys
        for table, relation in referrers(self.data_map.schema, step.label):
            if keys and (held := self.exceptions.held(table.label)):
                referring = behind(table, relation, Selection.of(step.label, keys))
                if self.stores.dataset.count(within(referring, held)):
                    count = self.stores.dataset.count
                    one_by_one = {key: behind(table, relation, Selection.of(step.label, (key,))) for key in keys}
                    keys = [key for key, rows in one_by_one.items() if not count(within(rows, held))]
        return keys

    def _free(self, step: Step) -> Selection:
        """The rows of a step that neither a hold nor a least time keeps now."""
        if step.action in REMOVING:
            kept = self.exceptions.all(step.label)
        else:
            kept = self.exceptions.frozen(step.label, step.columns)
        return replace(step.selection, besides=(*step.selection.besides, *kept))

    def _remove(self, step: Step, those: Selection) -> None:
        columns = [column.name for column in self.data_map.schema[step.label].columns if column.type == "file"]
        if step.action == "archive":
            self.stores.archive.add(tuple(self._archived(those)))
        else:
            self._note_files(step.label, those, columns)
        self._forget(step.label, those.keys)
        self.stores.dataset.delete(those)
        if step.action == "shred":
            kinds = [kind for kind, path in self.data_map.tags[step.label].subjects.items() if path == SELF]
            self.shredder.after_erasure([SubjectRef(kind, key) for key in those.keys for kind in kinds])

    def _forget(self, label: str, keys: Sequence[str], columns: Sequence[str] = ()) -> None:
        if self.stores.dataset.histories(label):
            self.stores.dataset.forget(label, keys, columns)

    def _note_files(self, label: str, those: Selection, columns: Sequence[str]) -> None:
        """Let the files that rows name be deleted once this transaction has ended."""
        table = self.data_map.schema[label]
        names = [name for name in columns if name in table.by_name and table.by_name[name].type == "file"]
        if not names:
            return
        found = [
            self._errand(label, name, str(row[name]))
            for row in self.stores.dataset.rows(those, names)
            for name in names
            if row[name]
        ]
        if found:
            self.stores.errands.add(found)

    def _errand(self, label: str, column: str, name: str) -> Errand:
        payload = msgspec.json.encode({"label": label, "column": column, "name": name})
        now = self.exceptions.now
        return Errand(
            id=new_id(now),
            about=self.run.about or self.run.id,
            kind="file",
            target=f"{label}.{column}",
            hand="ours",
            payload=self.errands.seal(payload),
            made_at=now,
            next_at=now,
        )

    def _archived(self, those: Selection) -> Iterator[ArchivedRow]:
        table, now = self.data_map.schema[those.label], self.exceptions.now
        columns = [column.name for column in table.columns]
        until = self._archive_ends(those.label, now)
        rows = self.stores.dataset.rows(replace(those), columns)
        for key, row in zip(those.keys, rows, strict=True):
            yield ArchivedRow(
                id=new_id(now),
                label=those.label,
                key=key,
                subjects=tuple(self._people(those.label, key, row)),
                archived_at=now,
                until=until,
                content=self.archived.seal(msgspec.json.encode(dict(row), enc_hook=str)),
            )

    def _archive_ends(self, label: str, now: dt.datetime) -> dt.datetime | None:
        """The moment at which archived rows of a table go: by the category that keeps them longest."""
        ends = [
            parse_period(rule.archive.at_most).after(now)
            for entry in self.data_map.entries
            if entry.table == label and entry.category
            and not isinstance(rule := self.data_map.manifest.categories[entry.category].retention, str)
            and rule.archive and rule.archive.at_most != "unstated"
        ]  # fmt: skip
        return max(ends, default=None)

    def _people(self, label: str, key: str, row: Mapping[str, object]) -> Iterator[str]:
        """Whom a row is about, as far as its own columns say."""
        for kind, path in self.data_map.tags[label].subjects.items():
            if path == SELF:
                yield self.pseudonyms.of(SubjectRef(kind, key))
                continue
            column = self.link(label, path)
            if row[column] is not None:
                yield self.pseudonyms.of(SubjectRef(kind, str(row[column])))

    def link(self, label: str, path: object) -> str:
        """The column that holds the key of whom a row is about. Raises PlanError where it is none of the row's own."""
        relation = None if isinstance(path, Match) else self.data_map.schema[label].ways.get(str(path))
        columns = holding(relation) if relation and relation.kind == "foreign_key" else ()
        if len(columns) != 1:
            hint = "archive tables that refer to their person by a foreign key, or delete the rows"
            raise PlanError(f"rows of {label} cannot be archived: they lead to their person by {path}", hint=hint)
        return columns[0]
