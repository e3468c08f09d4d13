"""Looks ahead: what is due by the policy's rules, in which order it goes, and what is left alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Table
from consentguard.errors import ConsentGuardError
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.settle import settle
from consentguard.plan.steps import REMOVING, Action, Plan, Step
from consentguard.ports import Stores
from consentguard.records import Selection, Test
from consentguard.retention.effects import held, out_of_reach
from consentguard.retention.endings import Ending, Fate, fate
from consentguard.retention.rules import Case, rules

EVIDENCE = "consentguard_evidence_"
"""The tables of evidence, which only `Evidence.prune` shortens: what is left must still be a chain."""


class RetentionError(ConsentGuardError):
    """Retention is asked to do what the policy does not speak of, or what nobody has accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Rows of a table whose time is over, and what becomes of them; or that go with such rows."""

    label: str
    categories: tuple[str, ...]
    action: Action
    columns: tuple[str, ...] = ()
    why: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A table, or a category of it, that is left alone, and why. `rows` are those of a plan that nobody knows."""

    label: str
    categories: tuple[str, ...]
    why: str
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is due at a moment, in the order in which it goes, and what is left alone.

    `category` is the one that it is limited to, if any. `evidence_before` is what evidence may be pruned before; None
    where the policy says nothing of it.
    """

    at: dt.datetime
    plan: Plan
    due: tuple[Due, ...]
    skipped: tuple[Skipped, ...]
    evidence_before: dt.datetime | None
    category: str | None = None


@dataclass(frozen=True, kw_only=True)
class Looking:
    """One look at every table, at one moment: a line is exactly as old as its invoice."""

    data_map: DataMap
    stores: Stores
    now: dt.datetime

    @cached_property
    def fates(self) -> tuple[Fate, ...]:
        """What becomes of the rows of each table that holds a category."""
        found = ((table, rules(self.data_map, table.label, self.now.date())) for table in self.data_map.tables)
        return tuple(fate(self.data_map, table, of_table) for table, of_table in found if of_table)

    @cached_property
    def exceptions(self) -> Exceptions:
        """What stays whatever a rule says."""
        return Exceptions.of_retention(self.data_map, self.stores, self.now)

    def outlook(self, category: str | None = None) -> Outlook:
        """What is due: of every table, or of those that hold a category.

        Raises RetentionError for a category that the policy does not have, and PlanError where the tables have no
        order.
        """
        known = self.data_map.manifest.categories
        if category is not None and category not in known:
            hint = f"its categories are {', '.join(known)}"
            raise RetentionError(f"the policy has no category {category!r}", hint=hint)
        wishes, skipped, evidence = list[Step](), list[Skipped](), list[dt.datetime]()
        terms = dict[str, tuple[Selection, ...]]()
        for each in self.fates:
            asked = category is None or category in _names(each)
            strangers = self._strangers(each)
            steps = [] if strangers else list(self._steps(each))
            if is_evidence(self.data_map.schema[each.label]):
                evidence += self._lines(each) if asked else []
            else:
                terms |= self._terms(each, steps)
                wishes += steps if asked else []
            skipped += [*strangers, *_reasons(each), *self._unreached(each)] if asked else []
        count = self.stores.dataset.count
        plan = settle(self.data_map, wishes, count, _stays, terms, self.exceptions.held)
        skipped += [
            Skipped(label=step.label, categories=held(self.data_map, step.label), why=step.why) for step in plan.kept
        ]
        return Outlook(
            at=self.now,
            plan=plan,
            due=tuple(
                as_due(self.data_map, step, step.rows) for step in plan.acts if step.ground == "due" or step.rows
            ),
            skipped=tuple(dict.fromkeys(skipped)),
            evidence_before=min(evidence, default=None),
            category=category,
        )

    def _steps(self, each: Fate) -> Iterator[Step]:
        """The wishes for one table: whole rows first, then columns of those that stay."""
        going: tuple[Selection, ...] = ()
        if each.row:
            steps = list(self._of(each.row))
            going = tuple(step.selection for step in steps)
            yield from steps
        for part in each.parts:
            yield from self._of(part, going)

    def _of(self, ending: Ending, besides: tuple[Selection, ...] = ()) -> Iterator[Step]:
        removing = ending.action in REMOVING
        kept = self.exceptions.held(ending.label) if removing else self.exceptions.frozen(ending.label, ending.columns)
        for case, selection in ending.selections(self.now, (*kept, *besides)):
            why = _why(case, self.now)
            yield Step(action=ending.action, selection=selection, columns=ending.columns, ground="due", why=why)

    def _terms(self, each: Fate, steps: list[Step]) -> dict[str, tuple[Selection, ...]]:
        """When rows of a table go by themselves: a table without such a time goes with what its rows belong to."""
        going = tuple(step.selection for step in steps if step.action in REMOVING)
        timed = any(rule.stated and not rule.cases for rule in each.rules)
        return {each.label: going} if steps or timed or each.endings else {}

    def _strangers(self, each: Fate) -> list[Skipped]:
        """The rows that keep a table from going at all: those of a plan that the policy calls an error."""
        found = []
        for rule in each.rules:
            if rule.unknown is not None:
                rows = self.stores.dataset.count(Selection(label=each.label, where=(rule.unknown,)))
                why = f"the policy does not know the plan of {rows} row{'' if rows == 1 else 's'}"
                found += [Skipped(label=each.label, categories=(rule.category,), why=why, rows=rows)] * bool(rows)
        return found

    def _unreached(self, each: Fate) -> Iterator[Skipped]:
        """The categories of a table that an event would end, were its rows found."""
        for category, why in out_of_reach(self.data_map, each.label):
            yield Skipped(label=each.label, categories=(category,), why=why)

    def _lines(self, each: Fate) -> list[dt.datetime]:
        """The moments before which evidence may go: of all its rules the furthest back."""
        if each.row is None:
            return []
        tests = [test for _, rows in each.row.selections(self.now) for test in rows.where]
        floors = [test for least in each.row.least for test in least.rows(self.now).where]
        return [min(test.value for test in (*tests, *floors) if isinstance(test.value, dt.datetime))]


def is_evidence(table: Table) -> bool:
    """Whether rows of a table are pruned rather than deleted."""
    return table.db_table.rpartition(".")[2].startswith(EVIDENCE)


def as_due(data_map: DataMap, step: Step, rows: int) -> Due:
    """A step as what it does to so many rows."""
    why = step.why if step.ground == "due" else "with the rows they refer to"
    categories = held(data_map, step.label)
    return Due(label=step.label, categories=categories, action=step.action, columns=step.columns, why=why, rows=rows)


def _names(each: Fate) -> tuple[str, ...]:
    return tuple(rule.category for rule in each.rules)


def _reasons(each: Fate) -> Iterator[Skipped]:
    for category, why in each.reasons:
        yield Skipped(label=each.label, categories=(category,), why=why)


def _stays(step: Step, why: str) -> Step:
    return replace(step, action="keep", columns=(), ground="referred", why=why)


def _why(case: Case, now: dt.datetime) -> str:
    """Why rows of a case are due, in English: `placed before 2026-03-01 12:00 UTC, plan free`."""
    told = [words for test in case.where(now) if (words := _told(test))]
    names = [f"plan {case.plan}"] * bool(case.plan) + [f"place {case.place}"] * bool(case.place)
    return ", ".join([*told, *names])


def _told(test: Test) -> str:
    if isinstance(test.value, dt.datetime):
        return f"{test.column} {'before' if test.how == 'before' else 'since'} {test.value:%Y-%m-%d %H:%M} UTC"
    return f"{test.column} missing" if test.how == "empty" else ""
