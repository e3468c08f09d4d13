"""Finds what the data map leaves out, and judges it: reported, held against a baseline, or an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from consentguard.datamap.baseline import Baseline
from consentguard.datamap.bindings import finding
from consentguard.datamap.lines import lines_for
from consentguard.datamap.looks import kind_of
from consentguard.datamap.map import DataMap, anchors_of
from consentguard.datamap.own import TAGS, own_tables
from consentguard.datamap.paths import Schema, destinations
from consentguard.datamap.schema import Column, Table
from consentguard.datamap.tags import Path, Tag
from consentguard.findings import Finding, Severity
from consentguard.manifest.schema import Retention
from consentguard.settings import Coverage, Settings

PER_COLUMN = ("D-UNCLASSIFIED", "D-LOOKS-PERSONAL")
UNBOUND = ("D-UNBOUND-ANCHOR", "D-UNBOUND-PLAN", "D-UNBOUND-PLACE", "D-UNBOUND-SCOPE")
GAPS = (*PER_COLUMN, *UNBOUND, "D-OWN-TABLE")


def gaps(data_map: DataMap) -> tuple[Finding, ...]:
    """Everything that is missing, as warnings: columns to classify in the order of the site's tables, then anchors to
    bind, then plans, places and scopes, then what the policy does not say of consentguard's own tables.
    """
    return (*_columns(data_map), *_unbound_anchors(data_map), *_unbound_ways(data_map), *own_tables(data_map))


def check(data_map: DataMap, settings: Settings) -> tuple[Finding, ...]:
    """The gaps as severe as the host's `coverage` makes them, and what its tags say to no effect.

    Raises SettingsError when the baseline of `new-only` cannot be read.
    """
    found = gaps(data_map)
    if settings.coverage == "new-only":
        baseline = Baseline.read(settings.baseline)
        return (*baseline.judge(found), *data_map.warnings)
    return (*_as(found, settings.coverage), *data_map.warnings)


def by_table(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The same findings for reading: those of several columns that one line mends become one of their table."""
    groups: dict[tuple[str, str, str, str], list[Finding]] = {}
    for found in findings:
        table = found.where.rpartition(".")[0] if found.id in PER_COLUMN else found.where
        groups.setdefault((found.id, found.severity, table, found.hint or found.message), []).append(found)
    return tuple(group[0] if len(group) == 1 else _merged(table, group) for (_, _, table, _), group in groups.items())


def _merged(table: str, group: list[Finding]) -> Finding:
    columns = ", ".join(found.where.rpartition(".")[2] for found in group)
    return replace(group[0], where=table, message=f"{columns}: each {group[0].message}")


def covered(data_map: DataMap) -> tuple[int, int]:
    """How many of the reachable columns that need a classification have one, and how many need one."""
    needed = {
        (table.label, column.name)
        for table in data_map.schema.values()
        if table.label in data_map.reachable
        for column in table.columns
        if not column.key
    }
    done = {(entry.table, entry.column) for entry in data_map.entries}
    return len(needed & done), len(needed)


def _as(found: tuple[Finding, ...], coverage: Coverage) -> Iterator[Finding]:
    severity: Severity = "error" if coverage == "strict" else "warning"
    return (replace(gap, severity=severity) for gap in found)


def _columns(data_map: DataMap) -> Iterator[Finding]:
    done = {(entry.table, entry.column) for entry in data_map.entries}
    for table in data_map.schema.values():
        if table.db_table in TAGS and table.label in data_map.proposed:
            continue  # said once for all of them
        left = [column for column in table.columns if not column.key and (table.label, column.name) not in done]
        if left:
            yield from _left(data_map, table, left)


def _left(data_map: DataMap, table: Table, columns: list[Column]) -> Iterator[Finding]:
    """What to say of a table's unclassified columns: they must be, or some only look as if they should."""
    code, message = "D-UNCLASSIFIED", _why(data_map, table)
    if not message:
        code, message = "D-LOOKS-PERSONAL", "looks personal, though no relation leads to a data subject"
        columns = [column for column in columns if kind_of(column)]
    for column, hint in zip(columns, lines_for(data_map, table, columns), strict=True):
        yield finding(code, table, message, column=column.name, hint=hint, severity="warning")


def _why(data_map: DataMap, table: Table) -> str:
    """Why every column of the table must be classified; empty where none must."""
    if table.label in data_map.reachable:
        return "leads to a data subject, and is neither classified nor marked not personal"
    if table.label in data_map.proposed:
        return "is known from its package, and the policy has no category for it"
    if table.label in data_map.tags:
        return "stands in a tagged table, and is neither classified nor marked not personal"
    return ""


def _unbound_anchors(data_map: DataMap) -> Iterator[Finding]:
    """Retention that counts from a moment which no tag of the category says how to find."""
    for name, entries in data_map.categories().items():
        labels = list(dict.fromkeys(entry.table for entry in entries if entry.table not in data_map.proposed))
        bound = {anchor for label in labels for anchor in data_map.tags[label].anchors}
        for anchor in dict.fromkeys(anchors_of(data_map.manifest.categories[name].retention)):
            if labels and anchor not in bound:
                table = data_map.schema[labels[0]]
                message = f'retention of "{name}" counts from "{anchor}", and no tag says which column that is'
                hint = f'anchors={{"{anchor}": "<column>"}} on the tag of {" or ".join(labels)}'
                yield finding("D-UNBOUND-ANCHOR", table, message, hint=hint, severity="warning")


def _unbound_ways(data_map: DataMap) -> Iterator[Finding]:
    """Retention that depends on a plan, a place or an event's scope, where no tag says how a row leads there."""
    for name, entries in data_map.categories().items():
        rule = data_map.manifest.categories[name].retention
        labels = dict.fromkeys(entry.table for entry in entries if entry.table not in data_map.proposed)
        if isinstance(rule, str):
            continue
        for label in labels:
            for code, what, hint in (*_periods(rule, data_map.tags[label]), *_scopes(rule, data_map, label, labels)):
                message = f'retention of "{name}" {what}, and the tag does not say where that stands'
                yield finding(code, data_map.schema[label], message, hint=hint, severity="warning")


def _periods(rule: Retention, tag: Tag) -> Iterator[tuple[str, str, str]]:
    """What a period needs of a tag that has it not: the finding's id, what for, and the line to add."""
    if rule.at_most_by_plan and not tag.plan:
        yield "D-UNBOUND-PLAN", "depends on the plan", 'plan="<column>" on the tag, such as "account.plan"'
    if (rule.at_most_by_jurisdiction or rule.at_least_by_jurisdiction) and not tag.place:
        yield "D-UNBOUND-PLACE", "depends on the place", 'place="<column>" on the tag, such as "account.country"'


def _scopes(rule: Retention, data_map: DataMap, label: str, labels: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """The same for what an event happens to: a table that cannot lead where others of the category do needs nothing."""
    for scope in dict.fromkeys(end.scope for end in rule.ends_on if end.scope):
        bound = {each: path for each in labels if (path := _way(data_map.tags[each], scope))}
        ends = {end for each, path in bound.items() for end in destinations(data_map.schema, each, path)}
        if label not in bound and (not bound or ends & _within_reach(data_map.schema, label)):
            hint = f'scopes={{"{scope}": "<relation>"}} on the tag'
            yield "D-UNBOUND-SCOPE", f'ends with an event of a "{scope}"', hint


def _way(tag: Tag, scope: str) -> Path | None:
    return tag.scopes.get(scope) or tag.subjects.get(scope)


def _within_reach(schema: Schema, label: str) -> set[str]:
    """The tables that rows of a table belong to, over however many foreign keys; and the table itself."""
    found, todo = {label}, [label]
    while todo:
        relations = schema[todo.pop()].relations
        ends = {end for way in relations if way.kind == "foreign_key" for end in way.targets if end in schema}
        todo += ends - found
        found |= ends
    return found
