"""Holds what a tag binds beside anchors against the tables: identity, corrections, scopes, places, birth dates."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.datamap.paths import Nowhere, Schema, locate, nearest
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import SELF, Tag
from consentguard.findings import Finding, Severity

BIRTH_TYPES = ("date", "datetime")


def finding(
    code: str, table: Table, message: str, *, column: str = "", hint: str = "", severity: Severity = "error"
) -> Finding:
    """A finding about `table`, or one of its columns, that points at the model's source line where it can be edited."""
    file, _, line = table.source.rpartition(":") if table.own else ("", "", "")
    where = f"{table.label}.{column}" if column else table.label
    return Finding(
        id=code, severity=severity, message=message, where=where, hint=hint,
        file=file, line=int(line) if line.isdigit() else None,
    )  # fmt: skip


def bindings(table: Table, tag: Tag, schema: Schema) -> Iterator[Finding]:
    """Everything in these parts of a tag that names something which does not exist, or has no effect."""
    named = {"identity": tag.identity, "rectifiable": tag.rectifiable, "copies": tuple(tag.copies)}
    for name, columns in named.items():
        for column in columns:
            if column not in table.by_name:
                hint = nearest(column, table.by_name, "columns")
                yield finding("D-BINDING", table, f'{name} names "{column}", which is no column', hint=hint)
    if tag.identity and SELF not in tag.subjects.values():
        message = "identity is given in a table whose rows are no data subject"
        yield finding("D-BINDING", table, message, hint='say it on the table with the path "self", or remove it')
    yield from _birth(table, tag)
    yield from _copies(table, tag, schema)
    yield from _ways(table, tag, schema)


def _birth(table: Table, tag: Tag) -> Iterator[Finding]:
    """A birth date is a date of a row that is the person, or that one foreign key leads from to them."""
    if not tag.birth_date:
        return
    column = table.by_name.get(tag.birth_date)
    if column is None or column.type not in BIRTH_TYPES:
        what = "no column" if column is None else f"{column.type}, and no date"
        dates = [name for name, known in table.by_name.items() if known.type in BIRTH_TYPES]
        message = f'birth_date names "{tag.birth_date}", which is {what}'
        yield finding("D-BINDING", table, message, hint=nearest(tag.birth_date, dates, "dates"))
    ways = [path for path in tag.subjects.values() if isinstance(path, str)]
    if not any(path == SELF or ((way := table.ways.get(path)) and way.kind == "foreign_key") for path in ways):
        hint = 'say it on the table with the path "self", or on one that a foreign key leads from to such rows'
        yield finding("D-BINDING", table, "birth_date is given in a table that does not say whose it is", hint=hint)


def _copies(table: Table, tag: Tag, schema: Schema) -> Iterator[Finding]:
    for column, source in tag.copies.items():
        label, _, name = source.rpartition(".")
        if label not in schema or name not in schema[label].by_name:
            hint = 'a source is "Label.column" of the row that is the data subject'
            message = f'copies says that "{column}" repeats "{source}", which is no column of this site'
            yield finding("D-BINDING", table, message, hint=hint)


def _ways(table: Table, tag: Tag, schema: Schema) -> Iterator[Finding]:
    for name, path in {"plan": tag.plan, "place": tag.place}.items():
        if path and (problem := _astray(table, path, schema)):
            yield finding("D-BINDING", table, f'{name} is bound to "{path}": {problem.message}', hint=problem.hint)
    for scope, path in tag.scopes.items():
        at = table
        for step in path.split(".") if path != SELF else ():
            way = at.ways.get(step)
            if way is None or way.kind != "foreign_key" or len(way.targets) != 1 or way.targets[0] not in schema:
                hint = nearest(
                    step, [each for each, known in at.ways.items() if known.kind == "foreign_key"], "relations"
                )
                message = f'scope "{scope}" leads over "{step}", which is no relation from {at.label} to one row'
                yield finding("D-BINDING", table, message, hint=hint)
                break
            at = schema[way.targets[0]]


def _astray(table: Table, path: str, schema: Schema) -> Nowhere | None:
    """What is wrong with a path to a column, if anything is."""
    try:
        locate(schema, table.label, path)
    except Nowhere as nowhere:
        return nowhere
    return None
