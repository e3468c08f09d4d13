"""Makes a plan of wishes: what refers to a row that is to go lets go of it, goes with it, or keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Relation, Table
from consentguard.manifest.schema import Retention
from consentguard.plan.order import ordered
from consentguard.plan.steps import REMOVING, Count, Plan, PlanError, Step
from consentguard.plan.ways import behind, holding, is_link, is_required, may_be_of_others, referrers
from consentguard.records import Selection

MOST_STEPS_AWAY = 12
Instead = Callable[[Step, str], Step]
"""What becomes of rows that cannot be deleted, and why: the column that refers to them."""
Terms = Mapping[str, Sequence[Selection]]
"""The tables whose rows go in a time of their own, each with those whose time has come."""
NO_TERMS: Terms = {}
Held = Callable[[str], Sequence[Selection]]
"""The rows of a table that legal holds cover."""


def _nothing_held(_label: str) -> Sequence[Selection]:
    return ()


def settle(
    data_map: DataMap,
    wishes: Sequence[Step],
    count: Count,
    instead: Instead,
    terms: Terms = NO_TERMS,
    held: Held = _nothing_held,
) -> Plan:
    """The plan that grants the wishes as far as the tables allow.

    A row that refers to one that goes is emptied of the reference where that may be NULL; it goes too where it only
    links others, or its tag says `delete` of everyone it is about, none of whom may be somebody else. Any other row
    stays, and what it refers to with it: `instead` then says what is done. So does a row of a table with `terms` of its
    own that is not due, and one that is `held`. Steps without a row are left out of the plan's `steps`. Raises
    PlanError.
    """
    wishes = tuple(wishes)
    while True:
        grown, blocked = _Growth(data_map, wishes, count, terms, held).run()
        if not blocked:
            whole = ordered(data_map.schema, grown)
            counted = (replace(step, rows=count(step.selection)) for step in whole)
            return Plan(steps=tuple(step for step in counted if step.rows), whole=whole)
        wishes = tuple(instead(step, blocked[step]) if step in blocked else step for step in wishes)


@dataclass(frozen=True)
class _Growth:
    """One look at everything that refers to what is to go."""

    data_map: DataMap
    wishes: tuple[Step, ...]
    count: Count
    terms: Terms
    held: Held

    def run(self) -> tuple[list[Step], dict[Step, str]]:
        """The wishes with what follows from them, and the wishes that cannot be granted, each with the column why."""
        steps, blocked = list(self.wishes), dict[Step, str]()
        for wish in self.wishes:
            todo = [wish] if wish.action in REMOVING else []
            while todo and wish not in blocked:
                for step in self._following(todo.pop(0)):
                    if step.action == "keep":
                        blocked.setdefault(wish, step.why)
                    elif not any(_includes(known, step) for known in steps):
                        steps.append(step)
                        todo += [step] if step.action == "delete" else []
        return steps, blocked

    def _following(self, gone: Step) -> Iterator[Step]:
        """What becomes of the rows that refer to those that go."""
        for table, relation in referrers(self.data_map.schema, gone.label):
            selection = behind(table, relation, gone.selection)
            why = f"{table.label}.{relation.name} refers to {gone.label}"
            if self._covered(selection):
                continue
            if self._is_held(table, selection):
                yield Step(action="keep", selection=selection, ground="referred", why=f"{why}, and is held")
            elif not is_required(table, relation):
                yield Step(action="clear", selection=selection, columns=holding(relation), ground="link", why=why)
            elif table.label != gone.label and self._goes_along(table):
                if stays := self._stays_behind(table, relation, selection):
                    yield Step(action="keep", selection=selection, ground="referred", why=f"{why}, and {stays}")
                    continue
                if str(selection.path).count(".") > MOST_STEPS_AWAY:
                    hint = 'say "keep" in on_erase of one of the tables on the way'
                    raise PlanError(f"the rows of {table.label} that go have no end: {why}", hint=hint)
                yield Step(action="delete", selection=selection, ground="link", why=why)
            elif table.label != gone.label and self.count(replace(selection, besides=self._going(table))):
                yield Step(action="keep", selection=selection, ground="referred", why=why)

    def _stays_behind(self, table: Table, relation: Relation, selection: Selection) -> str:
        """Why rows of a table that may go are not to go with those that they refer to; empty where all of them may.

        They stay where one of them is left when each goes that its own tag, or its own time, lets go.
        """
        going = (*self._going(table), *self.terms.get(table.label, ()))
        if table.label in self.terms:
            reason = "has a time of its own"
        elif selection.root and may_be_of_others(self.data_map, table, relation):
            reason = "may be about somebody else"
        else:
            return ""
        return reason if self.count(replace(selection, besides=going)) else ""

    def _is_held(self, table: Table, selection: Selection) -> bool:
        held = tuple(self.held(table.label))
        return bool(held) and self.count(selection) > self.count(replace(selection, besides=held))

    def _going(self, table: Table) -> tuple[Selection, ...]:
        """The rows of a table that are wished to go."""
        return tuple(wish.selection for wish in self.wishes if wish.label == table.label and wish.action in REMOVING)

    def _covered(self, selection: Selection) -> bool:
        return any(wish.action in REMOVING and wish.selection == selection for wish in self.wishes)

    def _goes_along(self, table: Table) -> bool:
        """Whether a row that cannot be without its parent may go with it."""
        if is_link(self.data_map, table):
            return True
        same = [wish for wish in self.wishes if wish.label == table.label]
        if same and any(wish.action not in REMOVING for wish in same):
            return False
        tag = self.data_map.tags.get(table.label)
        personal = tag is not None and bool(tag.subjects) and not tag.reason
        everyone = tag is not None and all(tag.on_erase.get(subject, "delete") == "delete" for subject in tag.subjects)
        return personal and everyone and not floors(self.data_map, table.label)


def _includes(known: Step, step: Step) -> bool:
    """Whether a step does what another would."""
    same = known.action == step.action and known.selection == step.selection
    return same and set(step.columns) <= set(known.columns)


def floors(data_map: DataMap, label: str) -> dict[str, str]:
    """The columns of a table whose category has to be kept for a least time, each with that category."""
    categories = data_map.manifest.categories
    return {
        entry.column: entry.category
        for entry in data_map.entries
        if entry.table == label and entry.category is not None and _has_floor(categories[entry.category].retention)
    }


def _has_floor(rule: Retention | str) -> bool:
    if isinstance(rule, str):
        return False
    return rule.at_least not in (None, "unstated") or bool(rule.at_least_by_jurisdiction)
