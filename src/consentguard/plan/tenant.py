"""What goes, or is given back, when a contract ends: one row of the site's, such as an account, and all that is its."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from consentguard.datamap.map import DataMap
from consentguard.datamap.paths import Schema
from consentguard.plan.erasure import emptied
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.export import Extract, Withheld, proofs_of
from consentguard.plan.later import afterwards
from consentguard.plan.pins import all_keys
from consentguard.plan.settle import settle
from consentguard.plan.steps import Found, Plan, PlanError, Step
from consentguard.plan.ways import within
from consentguard.ports import Dataset
from consentguard.records import Selection

MOST_STEPS_AWAY = 6


def leaving(data_map: DataMap, label: str, key: str, dataset: Dataset, exceptions: Exceptions) -> Plan:
    """The plan that deletes the row `key` of the table `label` with every row that leads to it over foreign keys.

    What a hold or a least time keeps now goes by `later`, and is emptied until then of what no law keeps. Raises
    PlanError for a table that there is not, or where the tables allow no order.
    """
    rows = tuple(of_tenant(data_map, label, key))
    steps = [step for selection in rows for step in _steps(data_map, selection, exceptions)]
    plan = settle(data_map, steps, dataset.count, _stays, held=exceptions.held)
    waiting = [
        Step(action="delete", selection=within(selection, kept), ground="law")
        for selection in rows
        if (kept := exceptions.all(selection.label))
    ]
    people = tuple(_people(data_map, rows, dataset))
    return replace(plan, later=afterwards(data_map, plan, waiting), people=people)


def _people(data_map: DataMap, rows: Sequence[Selection], dataset: Dataset) -> Iterator[Found]:
    """The data subjects whose own rows are among them."""
    for selection in rows:
        for kind, roots in data_map.roots.items():
            if selection.label in roots:
                keys = tuple(all_keys(dataset, selection))
                if keys:
                    yield Found(subject=kind, root=selection.label, keys=keys)


def of_tenant(data_map: DataMap, label: str, key: str) -> Iterator[Selection]:
    """The rows of a tenant, table by table, its own row first. Raises PlanError for a table that there is not."""
    if label not in data_map.schema:
        raise PlanError(f'the site has no table "{label}"', hint="name one as the data map does")
    yield Selection.of(label, (key,))
    for table in data_map.schema.values():
        for path in _ways(data_map.schema, table.label, label):
            yield Selection(label=table.label, path=path, root=label, keys=(key,))


def giving_back(data_map: DataMap, label: str, key: str) -> Iterator[Extract]:
    """What a copy of a tenant holds: every column of its rows but proofs of identity, each row once.

    Raises PlanError for a table that there is not.
    """
    by_table: dict[str, list[Selection]] = {}
    for rows in of_tenant(data_map, label, key):
        by_table.setdefault(rows.label, []).append(rows)
    for name, selections in by_table.items():
        proofs = tuple(proofs_of(data_map, name))
        personal = [entry.column for entry in data_map.entries if entry.table == name and entry.category]
        shown = [column.name for column in data_map.schema[name].columns if column.name not in proofs]
        tag = data_map.tags.get(name)
        for number, rows in enumerate(selections):
            yield Extract(
                selection=replace(rows, besides=tuple(selections[:number])),
                subjects=tuple(tag.subjects) if tag else (),
                columns=tuple(column for column in shown if column in personal),
                structure=tuple(column for column in shown if column not in personal),
                withheld=tuple(Withheld(column, "proof") for column in proofs),
            )


def _ways(schema: Schema, start: str, root: str, far: int = MOST_STEPS_AWAY) -> Iterator[str]:
    """Every way over foreign keys from one table to another that passes no table twice."""
    for relation in schema[start].relations:
        if relation.kind != "foreign_key" or len(relation.targets) != 1 or relation.targets[0] == start:
            continue
        target = relation.targets[0]
        if target == root:
            yield relation.name
        elif far > 1 and target in schema:
            without = {label: table for label, table in schema.items() if label != start}
            for onward in _ways(without, target, root, far - 1):
                yield f"{relation.name}.{onward}"


def _steps(data_map: DataMap, rows: Selection, exceptions: Exceptions) -> Iterator[Step]:
    held, least = exceptions.held(rows.label), exceptions.least(rows.label)
    if held:
        yield Step(action="keep", selection=within(rows, held), ground="held", why="a legal hold covers them")
    free = replace(rows, besides=(*held, *least))
    yield Step(action="delete", selection=free)
    if least:
        kept = within(replace(rows, besides=held), least)
        why = "the policy keeps them for a least time"
        yield emptied(data_map, Step(action="clear", selection=kept, ground="law", why=why))


def _stays(step: Step, why: str) -> Step:
    return replace(step, action="keep", ground="referred", why=why)
