"""Puts the steps of a plan in an order in which they can be done, or says why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from consentguard.datamap.paths import Schema
from consentguard.plan.steps import REMOVING, PlanError, Step
from consentguard.plan.ways import Needs, holding, is_required, needs


def ordered(schema: Schema, steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps with children before parents, and rows found before what they are found by goes.

    Raises PlanError for tables that each have to go before the other.
    """
    read = [needs(schema, step.selection) for step in steps]
    graph: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(range(len(steps)), ()))
    for last, later in enumerate(steps):
        for first, earlier in enumerate(steps):
            if first != last and (_refers(schema, earlier, later) or _reads(read[first], earlier, later)):
                graph.add(last, first)
    try:
        return tuple(steps[number] for number in graph.static_order())
    except CycleError as error:
        labels = dict.fromkeys(steps[number].label for number in error.args[1])
        raise PlanError(
            f"the rows of {' and '.join(labels)} are each found by, or refer to, the others",
            hint='say "keep" or "detach" in on_erase of one of them, or lead its path another way',
        ) from None


def _refers(schema: Schema, earlier: Step, later: Step) -> bool:
    """Whether rows of the one must go, or let go, before rows of the other can."""
    if later.action not in REMOVING or earlier.action == "keep":
        return False
    table = schema[earlier.label]
    keys = [way for way in table.relations if way.kind == "foreign_key" and later.label in way.targets]
    if earlier.action == "clear":
        return any(set(holding(way)) & set(earlier.columns) for way in keys)
    return earlier.label != later.label and any(is_required(table, way) or _found_by(earlier, way.name) for way in keys)


def _found_by(step: Step, relation: str) -> bool:
    ways = [str(step.selection.path), *(name for test in step.selection.where for name in test.column.split(","))]
    return any(way == relation or way.startswith(f"{relation}.") for way in ways)


def _reads(read: Needs, earlier: Step, later: Step) -> bool:
    """Whether the rows of the one are found by what the other takes away."""
    if "keep" in (later.action, earlier.action) or later.label not in read:
        return False
    if (earlier.label, earlier.action, earlier.columns) == (later.label, "clear", later.columns):
        return False  # they do the same to rows of their own
    return earlier.label != later.label if later.action in REMOVING else bool(read[later.label] & set(later.columns))
