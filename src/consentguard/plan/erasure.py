"""What is done when somebody asks to be erased: each tagged table as its tag says, and no less kept than laws ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from consentguard.datamap.map import DataMap
from consentguard.datamap.paths import destinations
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import SELF, Match
from consentguard.plan.exceptions import Exceptions, covered
from consentguard.plan.later import afterwards
from consentguard.plan.settle import floors, settle
from consentguard.plan.steps import Count, Found, Ground, Plan, PlanError, Step
from consentguard.plan.ways import clearable, holding, within
from consentguard.records import Hold, Selection

BY_TAG = "the tag says so"
BY_HOLD = "a legal hold covers them"


def erasure(data_map: DataMap, people: Iterable[Found], count: Count, exceptions: Exceptions) -> Plan:
    """The plan that erases these people. Raises PlanError where the tags ask for what the tables do not allow.

    What a legal hold or a least time keeps now goes by `later`, once that has ended.
    """
    people = tuple(people)
    wishes = [
        _Wish(data_map, table, found, exceptions)
        for found in people
        for table in data_map.tables
        if leads(data_map, table, found)
    ]
    steps = [step for wish in wishes for step in wish.steps()]
    plan = settle(data_map, steps, count, partial(_emptied_instead, data_map), held=exceptions.held)
    waiting = [step for wish in wishes for step in wish.later()]
    return replace(plan, later=afterwards(data_map, plan, waiting), people=people)


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
    exceptions: Exceptions

    def steps(self) -> Iterator[Step]:
        """The steps as the tag says, before anything that refers to these rows is looked at."""
        rows = selected(self.data_map, self.table, self.found)
        holds = [hold for hold in self.exceptions.holds if any(covered(self.data_map, hold, self.table.label))]
        if holds:
            yield from self._held(rows, holds)
            rows = replace(rows, besides=self.exceptions.held(self.table.label))
        yield from self._free(rows)

    def later(self) -> Iterator[Step]:
        """What becomes of rows that a hold or a least time keeps, once that has ended."""
        rows = selected(self.data_map, self.table, self.found)
        action = self.data_map.tags[self.table.label].on_erase.get(self.found.subject, "delete")
        if action == "delete" and (kept := floors(self.data_map, self.table.label)):
            if held := self.exceptions.held(self.table.label):
                bare = Step(action="clear", selection=within(rows, held), ground="law", why=_least(kept))
                yield emptied(self.data_map, bare)
            yield Step(action="delete", selection=within(rows, self.exceptions.all(self.table.label)), ground="law")
        elif held := self.exceptions.held(self.table.label):
            yield from (step for step in self._free(within(rows, held)) if step.action != "keep")

    def _held(self, rows: Selection, holds: Sequence[Hold]) -> Iterator[Step]:
        """What holds cover stays; of rows of which they cover some columns, the others are emptied."""
        whole = self._covered([hold for hold in holds if not hold.columns])
        if whole:
            yield Step(action="keep", selection=within(rows, whole), ground="held", why=BY_HOLD)
        for hold in holds:
            if hold.columns:
                some = replace(
                    within(rows, self._covered([hold])), besides=(*within(rows, self._covered([hold])).besides, *whole)
                )
                step = emptied(self.data_map, Step(action="clear", selection=some, ground="held", why=BY_HOLD))
                columns = tuple(name for name in step.columns if name not in hold.columns)
                yield replace(step, columns=columns) if columns else replace(step, action="keep", columns=())

    def _covered(self, holds: Sequence[Hold]) -> tuple[Selection, ...]:
        return tuple(rows for hold in holds for rows in covered(self.data_map, hold, self.table.label))

    def _free(self, rows: Selection) -> Iterator[Step]:
        """What becomes of the rows that no hold covers."""
        action = self.data_map.tags[self.table.label].on_erase.get(self.found.subject, "delete")
        kept = floors(self.data_map, self.table.label)
        if action == "detach":
            yield Step(action="clear", selection=rows, columns=self._link(), ground="detach", why=BY_TAG)
        elif action == "keep":
            ground: Ground = "law" if kept else "tag"
            yield Step(action="keep", selection=rows, ground=ground, why=_least(kept) if kept else BY_TAG)
        elif action == "redact":
            ground = "law" if kept else "tag"
            why = _least(kept) if kept else BY_TAG
            yield emptied(self.data_map, Step(action="clear", selection=rows, ground=ground, why=why))
        elif kept:
            yield from self._least_time(rows, _least(kept))
        else:
            yield Step(action="delete", selection=rows)

    def _least_time(self, rows: Selection, why: str) -> Iterator[Step]:
        """Rows whose least time has passed go; of the others what no law keeps is emptied."""
        least = self.exceptions.least(self.table.label)
        free = replace(rows, besides=(*rows.besides, *least))
        if not any(each.whole for each in least):
            yield Step(action="delete", selection=free)
            rows = within(rows, least)
        yield emptied(self.data_map, Step(action="clear", selection=rows, ground="law", why=why))

    def _link(self) -> tuple[str, ...]:
        """The columns by which a row leads to its person. Raises PlanError where they cannot be emptied."""
        path = self.data_map.tags[self.table.label].subjects[self.found.subject]
        first = (path.column if isinstance(path, Match) else path).partition(".")[0]
        relation = self.table.ways.get(first)
        if first in self.table.by_name:
            columns: Sequence[str] = (first,)
        else:
            columns = holding(relation) if relation and relation.kind == "foreign_key" else ()
        if not columns or path == SELF or not all(clearable(self.table, column) for column in columns):
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
    columns = tuple(name for name in personal if name not in kept and clearable(table, name))
    left = tuple(name for name in personal if name not in columns)
    if not columns:
        return replace(step, action="keep", columns=(), left=())
    return replace(step, action="clear", columns=columns, left=left)


def _emptied_instead(data_map: DataMap, step: Step, why: str) -> Step:
    return emptied(data_map, replace(step, ground="referred", why=why))


def _least(kept: dict[str, str]) -> str:
    return f"the policy keeps {', '.join(dict.fromkeys(kept.values()))} for a least time"
