"""What is done when somebody asks to be erased: each tagged table as its tag says, and no less kept than laws ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from consentguard.datamap.map import DataMap
from consentguard.datamap.paths import destinations
from consentguard.datamap.schema import EMPTIED, Table
from consentguard.datamap.tags import SELF, Match
from consentguard.plan.settle import floors, settle
from consentguard.plan.steps import Count, Found, Ground, Plan, PlanError, Step
from consentguard.plan.ways import holding
from consentguard.records import Selection

BY_TAG = "the tag says so"


def erasure(data_map: DataMap, people: Iterable[Found], count: Count) -> Plan:
    """The plan that erases these people. Raises PlanError where the tags ask for what the tables do not allow."""
    wishes = [
        _Wish(data_map, table, found).step()
        for found in people
        for table in data_map.tables
        if leads(data_map, table, found)
    ]
    return settle(data_map, wishes, count, partial(_emptied_instead, data_map))


def leads(data_map: DataMap, table: Table, found: Found) -> bool:
    """Whether rows of a table are about such people."""
    path = data_map.tags[table.label].subjects.get(found.subject)
    return path is not None and found.root in destinations(data_map.schema, table.label, path)


def selected(data_map: DataMap, table: Table, found: Found) -> Selection:
    """The rows of a table that are about these people."""
    path = data_map.tags[table.label].subjects[found.subject]
    return Selection(label=table.label, path=path, root=found.root, keys=found.keys)


@dataclass(frozen=True)
class _Wish:
    """What a tag wishes for the rows of one table."""

    data_map: DataMap
    table: Table
    found: Found

    def step(self) -> Step:
        """The step as the tag says, before anything that refers to these rows is looked at."""
        action = self.data_map.tags[self.table.label].on_erase.get(self.found.subject, "delete")
        kept = floors(self.data_map, self.table.label)
        selection = selected(self.data_map, self.table, self.found)
        if action == "detach":
            return Step(action="clear", selection=selection, columns=self._link(), ground="detach", why=BY_TAG)
        if action == "keep":
            ground: Ground = "law" if kept else "tag"
            return Step(action="keep", selection=selection, ground=ground, why=_least(kept) if kept else BY_TAG)
        if kept:
            return emptied(self.data_map, Step(action="clear", selection=selection, ground="law", why=_least(kept)))
        if action == "redact":
            return emptied(self.data_map, Step(action="clear", selection=selection, ground="tag", why=BY_TAG))
        return Step(action="delete", selection=selection)

    def _link(self) -> tuple[str, ...]:
        """The columns by which a row leads to its person. Raises PlanError where they cannot be emptied."""
        path = self.data_map.tags[self.table.label].subjects[self.found.subject]
        first = (path.column if isinstance(path, Match) else path).partition(".")[0]
        relation = self.table.ways.get(first)
        if first in self.table.by_name:
            columns: Sequence[str] = (first,)
        else:
            columns = holding(relation) if relation and relation.kind == "foreign_key" else ()
        if not columns or path == SELF or not all(_clearable(self.table, column) for column in columns):
            link = f'{self.table.label} to "{self.found.subject}"'
            hint = "let the column be NULL, or say what else becomes of the row"
            raise PlanError(f'on_erase says "detach", and the link from {link} cannot be emptied', hint=hint)
        return tuple(columns)


def emptied(data_map: DataMap, step: Step) -> Step:
    """The step as one that empties each personal column that no law keeps and that can be empty; or keeps the row.

    A moment that retention counts from stays: by it the rest of the row goes in its time.
    """
    table = data_map.schema[step.label]
    personal = [entry.column for entry in data_map.entries if entry.table == step.label and entry.category]
    kept = {*floors(data_map, step.label), *data_map.tags[step.label].anchors.values()}
    columns = tuple(name for name in personal if name not in kept and _clearable(table, name))
    left = tuple(name for name in personal if name not in columns)
    if not columns:
        return replace(step, action="keep", columns=(), left=())
    return replace(step, action="clear", columns=columns, left=left)


def _emptied_instead(data_map: DataMap, step: Step, why: str) -> Step:
    return emptied(data_map, replace(step, ground="referred", why=why))


def _clearable(table: Table, name: str) -> bool:
    column = table.by_name[name]
    return not column.required or (column.type in EMPTIED and not column.key)


def _least(kept: dict[str, str]) -> str:
    return f"the policy keeps {', '.join(dict.fromkeys(kept.values()))} for a least time"
