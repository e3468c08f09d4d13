"""Events on which data goes, such as a channel being disconnected: kept as they happen, and carried out in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from consentguard.datamap.map import DataMap
from consentguard.datamap.paths import destinations
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import SELF
from consentguard.periods import parse_period
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.settle import settle
from consentguard.plan.steps import Plan, Step
from consentguard.ports import Stores, Witness
from consentguard.records import Happening, Selection, Test, new_id
from consentguard.retention.effects import effect, ends, held
from consentguard.retention.outlook import RetentionError

NEXT_RUN = "P1D"
"""How soon data goes where the policy does not say: with the run of the next night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """An event whose data should be gone by now: how many rows are left, and how many of them a hold keeps.

    `kept` are all that a legal hold or a least time keeps for now.
    """

    happening: Happening
    rows: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """The events of one database."""

    data_map: DataMap
    stores: Stores
    witness: Witness

    def happened(self, event: str, scope: str, key: str, now: dt.datetime) -> Happening:
        """Joined. Keep that an event happened. The same one again, before its data is gone, is the same one.

        Raises RetentionError for an event that no rule ends on, or for a scope that no row leads to.
        """
        found = list(ends(self.data_map, event, scope))
        if not found:
            raise RetentionError(_unknown(self.data_map, event, scope), hint=_known(self.data_map))
        tables = {name: self._tables(name) for name, _ in found}
        if any(tables.values()) and not any(self._reached(each, scope) for each in _all(tables)):
            hint = f'say on their tags where it stands: scopes={{"{scope}": "<relation>"}}'
            raise RetentionError(f'no tag leads from the rows that end with "{event}" to a "{scope}"', hint=hint)
        for known in self.stores.happenings.open():
            if (known.event, known.scope, known.key) == (event, scope, key):
                return known
        within = (end.delete_within if end.delete_within != "unstated" else NEXT_RUN for _, end in found)
        happening = Happening(
            id=new_id(now),
            event=event,
            scope=scope,
            key=key,
            at=now,
            due_at=min(parse_period(period).after(now) for period in within),
            hides=any(end.hide == "at_once" for _, end in found),
        )
        with self.stores.transactions.atomic():
            self.stores.happenings.add(happening)
            self.witness.record("retention.event", event=event, scope=scope, happening=happening.id)
        return happening

    def plan(self, happening: Happening, exceptions: Exceptions) -> Plan:
        """What goes with an event."""
        steps = [self._without(step, exceptions) for step in self._steps(happening)]
        return settle(self.data_map, steps, self.stores.dataset.count, _stays, held=exceptions.held)

    def left(self, happening: Happening) -> int:
        """How many rows are left of what goes with an event."""
        return sum(self.stores.dataset.count(step.selection) for step in self._steps(happening))

    def late(self, happening: Happening, exceptions: Exceptions) -> Late:
        """What is left of it, and how much of that nobody may delete yet."""
        steps = [self._without(step, exceptions) for step in self._steps(happening)]
        rows = self.left(happening)
        free = sum(self.stores.dataset.count(step.selection) for step in steps)
        return Late(happening=happening, rows=rows, kept=rows - free)

    def _tables(self, category: str) -> list[Table]:
        return [table for table in self.data_map.tables if category in held(self.data_map, table.label)]

    def _steps(self, happening: Happening) -> Iterator[Step]:
        """A whole row goes where all its categories end with the event; else those columns are emptied that do."""
        why = happening.event
        for table in self.data_map.tables:
            found = effect(self.data_map, table, happening.event, happening.scope)
            if found is None:
                continue
            filled = (Test(",".join(found.columns), "filled"),) if found.columns else ()
            for rows in self._reached(table, happening.scope, happening.key):
                selection = replace(rows, where=filled)
                yield Step(action=found.action, selection=selection, columns=found.columns, ground="due", why=why)

    def _reached(self, table: Table, scope: str, key: str = "") -> list[Selection]:
        """The rows of a table that are of one channel, one data subject, or whatever the scope is."""
        tag = self.data_map.tags[table.label]
        path = tag.scopes.get(scope) or tag.subjects.get(scope)
        if path is None:
            return []
        ends = {table.label} if path == SELF else destinations(self.data_map.schema, table.label, path)
        if scope not in tag.scopes:
            ends = ends & self.data_map.roots.get(scope, frozenset())
        return [Selection(label=table.label, path=path, root=root, keys=(key,)) for root in sorted(ends)]

    def _without(self, step: Step, exceptions: Exceptions) -> Step:
        """The step without the rows that a hold or a least time keeps."""
        if step.action == "delete":
            kept = exceptions.all(step.label)
        else:
            kept = (*exceptions.frozen(step.label, step.columns), *self._least(step, exceptions))
        return replace(step, selection=replace(step.selection, besides=kept))

    def _least(self, step: Step, exceptions: Exceptions) -> Iterator[Selection]:
        """The rows whose least time forbids to empty the columns of a step: that of the columns' own categories."""
        entries = (entry for entry in self.data_map.entries if entry.table == step.label)
        names = {entry.category for entry in entries if entry.column in step.columns}
        return (each.rows(exceptions.now) for each in exceptions.terms(step.label) if each.category in names)


def events_of(data_map: DataMap) -> tuple[str, ...]:
    """The events that end the keeping of some category."""
    rules = (category.retention for category in data_map.manifest.categories.values())
    return tuple(dict.fromkeys(end.event for rule in rules if not isinstance(rule, str) for end in rule.ends_on))


def _all(tables: dict[str, list[Table]]) -> list[Table]:
    return [table for several in tables.values() for table in several]


def _unknown(data_map: DataMap, event: str, scope: str) -> str:
    if event in events_of(data_map):
        return f'the policy does not say that "{event}" happens to a "{scope}"'
    return f'no retention rule of the policy ends on "{event}"'


def _known(data_map: DataMap) -> str:
    events = events_of(data_map)
    return f"its events are {', '.join(events)}" if events else "add `ends_on` to the retention of a category"


def _stays(step: Step, why: str) -> Step:
    return replace(step, action="keep", columns=(), ground="referred", why=why)
