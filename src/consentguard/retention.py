"""Retention: which rows are older than the policy keeps them, and their deletion, table by table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Table
from consentguard.errors import ConsentGuardError
from consentguard.manifest.schema import Retention as Rule
from consentguard.periods import parse_period
from consentguard.plan.settle import settle
from consentguard.plan.steps import Step
from consentguard.ports import Clock, Stores, Witness
from consentguard.records import Selection

EVIDENCE = "consentguard_evidence_"
"""The tables of evidence, which only `Evidence.prune` shortens: what is left must still be a chain."""


class RetentionError(ConsentGuardError):
    """Retention is asked to do what the policy does not speak of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Rows of a table that go, since their moment in `column` lies before `before`; or that go with such rows."""

    label: str
    categories: tuple[str, ...]
    column: str
    before: dt.datetime
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A table that is left alone, and why."""

    label: str
    categories: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is due, in the order in which it goes, and what is left alone.

    `evidence_before` is what evidence may be pruned before; None where the policy says nothing of it.
    """

    steps: tuple[Step, ...]
    due: tuple[Due, ...]
    skipped: tuple[Skipped, ...]
    evidence_before: dt.datetime | None


@dataclass(frozen=True, slots=True)
class _Fixed:
    """What a table's categories come to: one column, and the moment that its value lies before."""

    column: str
    before: dt.datetime


def _silent(due: Due) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The deletion of what is older than the policy keeps it, in one database.

    It does fixed periods from a moment that a tag binds to a column. A table of several categories goes by the one
    that keeps longest, and stays where the period of one of them is not fixed, or has another end than deletion.
    """

    data_map: DataMap
    stores: Stores
    witness: Witness
    clock: Clock

    def due(self, category: str | None = None) -> Outlook:
        """What is due now: of every table, or of those that hold a category. Nothing is changed.

        Raises RetentionError for a category that the policy does not have.
        """
        known = self.data_map.manifest.categories
        if category is not None and category not in known:
            hint = f"its categories are {', '.join(known)}"
            raise RetentionError(f"the policy has no category {category!r}", hint=hint)
        wishes, skipped, evidence = list[Step](), list[Skipped](), list[dt.datetime]()
        terms = dict[str, tuple[Selection, ...]]()
        now = self.clock.now()  # one moment for all: a line is exactly as old as its invoice
        for table, names in self._tables():
            found, asked = self._fixed(table, names, now), category is None or category in names
            if isinstance(found, _Fixed) and not table.db_table.startswith(EVIDENCE):
                selection = Selection(label=table.label, before=(found.column, found.before))
                terms[table.label] = (selection,)
                wishes += [Step(action="delete", selection=selection)] * asked
            elif isinstance(found, _Fixed):
                evidence += [found.before] * asked
            else:
                terms |= {table.label: ()} if self._has_terms(names) else {}
                skipped += [Skipped(label=table.label, categories=names, why=found)] * asked
        plan = settle(self.data_map, wishes, self.stores.dataset.count, _stays, terms)
        skipped += [Skipped(label=step.label, categories=self._held(step.label), why=step.why) for step in plan.kept]
        return Outlook(
            steps=tuple(plan.acts),
            due=tuple(self._due(step, step.rows) for step in plan.acts if step.action == "delete"),
            skipped=tuple(skipped),
            evidence_before=min(evidence, default=None),
        )

    def run(self, outlook: Outlook, *, progress: Callable[[Due], None] = _silent) -> tuple[Due, ...]:
        """Durable. Delete what is due, each table and its evidence in a transaction of its own; what went.

        A run that is cut short has done whole tables, and the next one goes on. Raises StoreError where the database
        refuses: that table is then as it was.
        """
        self.stores.transactions.outside()
        done = []
        for step in outlook.steps:
            if went := self._apply(step):
                done.append(went)
                progress(went)
        return tuple(done)

    def _apply(self, step: Step) -> Due | None:
        with self.stores.transactions.atomic():
            if step.action == "clear":
                self.stores.dataset.clear(step.selection, step.columns)
                return None
            went = self._due(step, self.stores.dataset.delete(step.selection))
            if went.rows:
                facts = {"category": ", ".join(went.categories), "table": went.label}
                self.witness.record("retention.applied", rows=went.rows, **facts)
        return went if went.rows else None

    def _due(self, step: Step, rows: int) -> Due:
        column, before = step.selection.before or ("", self.clock.now())
        return Due(label=step.label, categories=self._held(step.label), column=column, before=before, rows=rows)

    def _tables(self) -> Iterator[tuple[Table, tuple[str, ...]]]:
        for table in self.data_map.tables:
            if names := self._held(table.label):
                yield table, names

    def _has_terms(self, names: tuple[str, ...]) -> bool:
        """Whether the policy says how long such rows stay, though that is not a fixed period which ends with deletion.

        A table without a moment of its own to count from goes by that of the row it belongs to.
        """
        rules = ((name, self.data_map.manifest.categories[name].retention) for name in names)
        return any(not isinstance(rule, str) and _not_fixed(name, rule) for name, rule in rules)

    def _held(self, label: str) -> tuple[str, ...]:
        """The categories of a table's columns."""
        names = (entry.category for entry in self.data_map.entries if entry.table == label)
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def _fixed(self, table: Table, names: tuple[str, ...], now: dt.datetime) -> _Fixed | str:
        """When rows of a table go; or why that is not for this to say."""
        anchors = self.data_map.tags[table.label].anchors
        columns, moments = set[str](), list[dt.datetime]()
        for name in names:
            rule = self.data_map.manifest.categories[name].retention
            reason = _not_fixed(name, rule)
            if isinstance(rule, str) or reason:
                return reason
            column = anchors.get(rule.from_ or "")
            if column is None:
                return f'{name} counts from "{rule.from_}", which no tag binds to a column here'
            columns.add(column)
            moments += [parse_period(period).before(now) for period in _periods(rule)]
        if len(columns) > 1:
            return f"{', '.join(names)} count from different moments"
        return _Fixed(columns.pop(), min(moments))


def _stays(step: Step, why: str) -> Step:
    return replace(step, action="keep", ground="referred", why=why)


def _not_fixed(name: str, rule: Rule | str) -> str:
    """Why a category's period is not a fixed one that ends with deletion; empty where it is."""
    if isinstance(rule, str):
        return f"how long {name} is kept is not stated"
    if rule.then != "delete":
        return f"the end of {name} is to {rule.then}, which this command does not do"
    if rule.at_most_by_plan or rule.at_most_by_jurisdiction:
        return f"the period of {name} depends on the plan or the place, which this command does not know"
    if _most(rule) is None:
        return f"{name} has no longest period"
    return f"{name} names no moment that its period counts from" if rule.from_ is None else ""


def _most(rule: Rule) -> str | None:
    stated = rule.at_most if rule.at_most != "unstated" else None
    return stated or (rule.grace if rule.while_active else None)


def _periods(rule: Rule) -> Iterator[str]:
    """The longest period, and every least one: the one that reaches back furthest wins."""
    most = _most(rule)
    if most:
        yield most
    if rule.at_least and rule.at_least != "unstated":
        yield rule.at_least
    yield from rule.at_least_by_jurisdiction.values()
