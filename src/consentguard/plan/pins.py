"""Knows rows again that stay for a time: by then their primary key alone may be that of somebody else's row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec

from consentguard.datamap.map import DataMap
from consentguard.plan.steps import Plan, Step
from consentguard.plan.ways import holding
from consentguard.ports import Dataset
from consentguard.records import Selection, Test

PORTION = 1_000


def all_keys(dataset: Dataset, rows: Selection) -> Iterator[str]:
    """The primary keys of selected rows, read in portions."""
    portion: Sequence[str] = ("",)
    while portion := dataset.keys(rows, portion[-1], PORTION):
        yield from portion


def pinned(data_map: DataMap, dataset: Dataset, plan: Plan) -> Iterator[Step]:
    """What goes later, by the keys of its rows and by what each is known again by."""
    for step in plan.later:
        yield from pin(data_map, dataset, step, _cleared(plan.whole, step.label))


def pin(data_map: DataMap, dataset: Dataset, step: Step, cleared: frozenset[str]) -> Iterator[Step]:
    """A step by the keys of its rows now; nothing where there are none. `cleared` are columns that are emptied."""
    keys = tuple(all_keys(dataset, step.selection))
    if keys:
        columns = _telling(data_map, step.label, cleared)
        prints = _prints(data_map, dataset, step.label, keys, columns)
        rows = Selection.of(step.label, keys)
        if step.ground == "referred":
            rows = replace(rows, where=tuple(Test(name, "empty") for name in sorted(cleared)))
        yield replace(step, selection=rows, known=columns, prints=tuple(prints.get(key, "") for key in keys))


def same(data_map: DataMap, dataset: Dataset, step: Step, keys: Sequence[str]) -> Sequence[str]:
    """Those of some keys of a pinned step whose rows still are those that were pinned; all of a step that is not.

    A row that was emptied meanwhile is known again by the rest of it.
    """
    if not step.prints:
        return keys
    was = dict(zip(step.selection.keys, step.prints, strict=True))
    if not step.known:
        return keys if step.selection.where else ()
    now = _prints(data_map, dataset, step.label, keys, step.known)
    return [key for key in keys if _alike(was.get(key, ""), now.get(key, ""))]


def _alike(was: str, now: str) -> bool:
    """Whether two prints are of one row: `fixed.personal`, of which the second is empty in a row without any."""
    fixed, _, personal = now.partition(".")
    return bool(now) and was.partition(".")[0] == fixed and personal in ("", was.partition(".")[2])


def _cleared(steps: Sequence[Step], label: str) -> frozenset[str]:
    """The columns that a plan empties in some rows of a table."""
    return frozenset(name for step in steps if step.label == label and step.action == "clear" for name in step.columns)


def _telling(data_map: DataMap, label: str, cleared: frozenset[str]) -> tuple[str, ...]:
    """The columns that tell one row from another that may get its key: moments, whom it refers to, an address."""
    table, tag = data_map.schema[label], data_map.tags.get(label)
    names = [name for way in table.relations if way.kind == "foreign_key" for name in holding(way)]
    names += [*tag.anchors.values()] if tag else []
    fixed = [name for name in names if name not in cleared]
    return tuple(name for name in dict.fromkeys([*fixed, *_personal(data_map, label)]) if name in table.by_name)


def _personal(data_map: DataMap, label: str) -> list[str]:
    """The columns that the people are known by whose rows a table has."""
    tag = data_map.tags.get(label)
    known = [column for table, column in data_map.addresses.values() if table == label]
    return [*known, tag.address, *tag.identity] if tag else known


def _prints(
    data_map: DataMap, dataset: Dataset, label: str, keys: Sequence[str], columns: Sequence[str]
) -> dict[str, str]:
    """What each row is known again by: hashes of these columns, of which no value can be read."""
    if not columns:
        return {}
    primary = [column.name for column in data_map.schema[label].columns if column.primary]
    personal = frozenset(_personal(data_map, label)) & frozenset(columns)
    found: dict[str, str] = {}
    for some in _portions(keys, PORTION if len(primary) == 1 else 1):
        rows = dataset.rows(Selection.of(label, some), tuple(dict.fromkeys((*primary, *columns))))
        for row in rows:
            key = str(row[primary[0]]) if len(primary) == 1 else some[0]
            fixed = _print({name: row[name] for name in columns if name not in personal})
            own = {name: row[name] for name in columns if name in personal}
            found[key] = f"{fixed}.{_print(own) if any(own.values()) else ''}"
    return found


def _portions(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _print(row: Mapping[str, object]) -> str:
    return hashlib.sha256(msgspec.json.encode(dict(row), enc_hook=str, order="sorted")).hexdigest()[:32]
