"""Holds one tag against the tables and the policy: every name, path, anchor and column it uses must exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import get_args

from consentguard.datamap.bindings import bindings, finding
from consentguard.datamap.conventions import category_for
from consentguard.datamap.paths import Nowhere, Schema, destinations, locate, nearest
from consentguard.datamap.schema import Column, Table
from consentguard.datamap.tags import SELF, Erasure, Path, Tag
from consentguard.findings import Finding
from consentguard.manifest.schema import Manifest

ANCHOR_TYPES = ("date", "datetime", "other")
ADDRESS_TYPES = ("email", "text")


@dataclass(frozen=True, slots=True)
class Ground:
    """What tags are held against: the tables, the policy, and the tables whose rows are a subject themselves."""

    schema: Schema
    manifest: Manifest
    roots: Mapping[str, frozenset[str]]


def roots(tags: Mapping[str, Tag]) -> dict[str, frozenset[str]]:
    """For each subject the labels of the tables whose rows are that subject (`self`)."""
    found: dict[str, set[str]] = {}
    for label, tag in tags.items():
        for subject, path in tag.subjects.items():
            if path == SELF:
                found.setdefault(subject, set()).add(label)
    return {subject: frozenset(labels) for subject, labels in found.items()}


def mistakes(table: Table, tag: Tag, ground: Ground) -> Iterator[Finding]:
    """Everything in `tag` that names something which does not exist."""
    yield from _emptiness(table, tag)
    yield from _categories(table, tag, ground.manifest)
    yield from _columns(table, tag)
    yield from _subjects(table, tag, ground)
    yield from _erasure(table, tag)
    yield from _anchors(table, tag, ground)
    yield from _address(table, tag)
    yield from bindings(table, tag, ground.schema)


def fitted(table: Table, tag: Tag, ground: Ground) -> Tag:
    """A companion's tag without what this policy or this version of the companion does not know."""
    columns = {name: category_for(value, ground.manifest) for name, value in tag.columns.items()}
    subjects = {name: path for name, path in tag.subjects.items() if not _astray(table, name, path, ground)}
    return replace(
        tag,
        category=category_for(tag.category, ground.manifest),
        columns={name: value for name, value in columns.items() if name in table.by_name and value},
        not_personal={name: reason for name, reason in tag.not_personal.items() if name in table.by_name},
        subjects=subjects,
        on_erase={name: action for name, action in tag.on_erase.items() if name in subjects},
        anchors={name: column for name, column in tag.anchors.items() if column in table.by_name},
        address=tag.address if tag.address in table.by_name else "",
        identity=tuple(name for name in tag.identity if name in table.by_name),
    )


def _emptiness(table: Table, tag: Tag) -> Iterator[Finding]:
    if not (tag.category or tag.columns or tag.not_personal or tag.reason.strip()):
        hint = f'personal_data("<category>", ...) or not_personal({_name(table)}, "<why>")'
        yield finding("D-EMPTY-TAG", table, "the tag says neither a category nor why nothing is personal", hint=hint)
    for column, reason in tag.not_personal.items():
        if not str(reason or "").strip():
            hint = f'not_personal={{"{column}": "<why>"}}'
            yield finding("D-NO-REASON", table, "not personal, but no reason is given", column=column, hint=hint)


def _categories(table: Table, tag: Tag, manifest: Manifest) -> Iterator[Finding]:
    named = {"": tag.category} if tag.category is not None else {}
    for column, category in (named | dict(tag.columns)).items():
        if category not in manifest.categories:
            hint = _or_add(category, manifest.categories, "categories")
            message = f'the policy has no category "{category}"'
            yield finding("D-UNKNOWN-CATEGORY", table, message, column=column, hint=hint)


def _columns(table: Table, tag: Tag) -> Iterator[Finding]:
    for column in {**tag.columns, **tag.not_personal}:
        if column not in table.by_name:
            yield _no_column(table, column)
        elif column in tag.columns and column in tag.not_personal:
            message = "stands under `columns` and under `not_personal`"
            yield finding("D-CONTRADICTION", table, message, column=column, hint="remove one of the two")


def _subjects(table: Table, tag: Tag, ground: Ground) -> Iterator[Finding]:
    for subject, path in tag.subjects.items():
        problem = _astray(table, subject, path, ground)
        if problem is not None:
            yield problem


def _astray(table: Table, subject: str, path: Path, ground: Ground) -> Finding | None:
    """What is wrong with the path to `subject`, if anything is."""
    if subject not in ground.manifest.subjects:
        hint = _or_add(subject, ground.manifest.subjects, "subjects")
        return finding("D-UNKNOWN-SUBJECT", table, f'the policy has no subject "{subject}"', hint=hint)
    try:
        ends = destinations(ground.schema, table.label, path)
    except Nowhere as nowhere:
        message = f'the path to subject "{subject}", {path}, leads nowhere: {nowhere.message}'
        return finding("D-PATH", table, message, hint=nowhere.hint)
    homes = ground.roots.get(subject, frozenset())
    return None if ends & homes else _wrong_end(table, subject, path, ends, homes)


def _wrong_end(table: Table, subject: str, path: Path, ends: frozenset[str], homes: frozenset[str]) -> Finding:
    end = next(iter(ends)) if len(ends) == 1 else "tables"
    message = f'the path to subject "{subject}", {path}, ends at {end}, whose rows are not that subject'
    if homes:
        hint = f"lead it to {' or '.join(sorted(homes))}"
    else:
        hint = f'tag the table whose rows are the people with subjects={{"{subject}": "self"}}'
    return finding("D-PATH-END", table, message, hint=hint)


def _erasure(table: Table, tag: Tag) -> Iterator[Finding]:
    for subject, action in tag.on_erase.items():
        if subject not in tag.subjects:
            message = f'on_erase names subject "{subject}", to which no path of the tag leads'
            hint = nearest(subject, tag.subjects, "subjects of the tag")
            yield finding("D-ERASE-SUBJECT", table, message, hint=hint)
        if action not in get_args(Erasure):
            message = f'on_erase says "{action}" for subject "{subject}"'
            yield finding("D-ERASE-ACTION", table, message, hint=nearest(action, get_args(Erasure), "actions"))


def _anchors(table: Table, tag: Tag, ground: Ground) -> Iterator[Finding]:
    for anchor, path in tag.anchors.items():
        try:
            column = _anchor_column(table, path, ground.schema)
        except Nowhere as nowhere:
            message = f'anchor "{anchor}" is bound to "{path}": {nowhere.message}'
            yield finding("D-ANCHOR", table, message, hint=nowhere.hint)
            continue
        if column.type not in ANCHOR_TYPES:
            message = f'anchor "{anchor}" is bound to "{path}", which is {column.type}, not a moment'
            yield finding("D-ANCHOR-TYPE", table, message, hint="bind it to a date or a date with time")


def _address(table: Table, tag: Tag) -> Iterator[Finding]:
    """Mail goes to a person: the column is one of the table whose rows they are, and can hold an address."""
    if not tag.address:
        return
    column = table.by_name.get(tag.address)
    able = [name for name, known in table.by_name.items() if known.type in ADDRESS_TYPES]
    if column is None or column.type not in ADDRESS_TYPES:
        what = f"no column of {table.label}" if column is None else f"{column.type} and no text"
        message = f'address names "{tag.address}", which is {what}'
        yield finding("D-ADDRESS", table, message, hint=nearest(tag.address, able, "columns of text"))
    if SELF not in tag.subjects.values():
        message = "address is given in a table whose rows are no data subject"
        hint = 'say it on the table with the path "self", or remove it'
        yield finding("D-ADDRESS", table, message, hint=hint)


def _anchor_column(table: Table, path: str, schema: Schema) -> Column:
    """The column of an anchor: of the row itself, or of a row that it belongs to."""
    at = table
    for step in path.split(".")[:-1]:
        way = at.ways.get(step)
        if way is not None and (way.kind != "foreign_key" or len(way.targets) != 1):
            raise Nowhere(f'"{step}" of {at.label} leads to more than one row', "an anchor follows foreign keys only")
        if way is None or way.targets[0] not in schema:
            break
        at = schema[way.targets[0]]
    return locate(schema, table.label, path)


def _no_column(table: Table, column: str) -> Finding:
    hint = nearest(column, table.by_name, "columns")
    return finding("D-UNKNOWN-COLUMN", table, f'{table.label} has no column "{column}"', hint=hint)


def _or_add(name: str, known: Iterable[str], section: str) -> str:
    near = nearest(name, known, section)
    return f"{near}{'' if near.endswith('?') else ','} or add [{section}.{name}] to the policy"


def _name(table: Table) -> str:
    return table.label.rpartition(".")[2]
