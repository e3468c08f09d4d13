"""Draws the data map as a Mermaid flowchart: the tables with personal data, grouped by whom they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from consentguard.datamap.map import DataMap, Entry, by_category

MOST_COLUMNS = 5
NOBODY = "no subject"


def mermaid(data_map: DataMap) -> str:
    """Mermaid source: a box for each group of subjects, a node for each table with its columns by category, and an
    arrow for each foreign key between them. Tables without personal data are left out.
    """  # fmt: skip
    drawn: dict[str, list[Entry]] = {}
    for entry in data_map.entries:
        if entry.category is not None:
            drawn.setdefault(entry.table, []).append(entry)
    ids = {label: f"t{number}" for number, label in enumerate(drawn)}
    return "\n".join(["flowchart LR", *_groups(drawn, ids), *_arrows(data_map, ids)]) + "\n"


def _groups(drawn: dict[str, list[Entry]], ids: dict[str, str]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for label, entries in drawn.items():
        groups.setdefault(", ".join(entries[0].subjects) or NOBODY, []).append(label)
    for number, (title, labels) in enumerate(sorted(groups.items())):
        yield f'  subgraph s{number}["{_safe(title)}"]'
        yield from (f'    {ids[label]}["{_node(label, drawn[label])}"]' for label in labels)
        yield "  end"


def _node(label: str, entries: list[Entry]) -> str:
    """The table's name in bold, then a line for each category with its columns."""
    held = by_category(entries).items()
    lines = (f"<i>{_safe(str(category))}</i>: {_columns(columns)}" for category, columns in held)
    return "<br/>".join([f"<b>{_safe(label)}</b>", *lines])


def _columns(columns: list[str]) -> str:
    more = f" and {len(columns) - MOST_COLUMNS} more" if len(columns) > MOST_COLUMNS else ""
    return _safe(", ".join(columns[:MOST_COLUMNS])) + more


def _arrows(data_map: DataMap, ids: dict[str, str]) -> Iterator[str]:
    pairs = {
        (ids[label], ids[end])
        for label in ids
        for way in data_map.schema[label].relations
        if way.kind == "foreign_key"
        for end in way.targets
        if end in ids
    }
    yield from (f"  {start} --> {end}" for start, end in sorted(pairs))


def _safe(text: str) -> str:
    """Text as Mermaid's own entity codes, so that no name of a table ends its node."""
    return re.sub(r"[^\w ,.:-]", lambda match: f"#{ord(match[0])};", text)
