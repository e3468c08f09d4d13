"""What a copy of somebody's data holds: the rows about them, and the personal columns of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from consentguard.datamap.map import DataMap, Entry
from consentguard.plan.erasure import leads, selected
from consentguard.plan.steps import Found
from consentguard.records import Selection

PROOF = "credential"
"""The kind of data that proves who somebody is: a copy of it would help nobody but a thief."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """The columns of some rows that a copy holds; `withheld` are those that it does not."""

    selection: Selection
    subject: str
    entries: tuple[Entry, ...]
    withheld: tuple[str, ...]


def export(data_map: DataMap, people: Iterable[Found]) -> Iterator[Extract]:
    """What to copy, in the order of the site's tables."""
    people = tuple(people)
    for table in data_map.tables:
        for found in people:
            if leads(data_map, table, found):
                personal = [entry for entry in data_map.entries if entry.table == table.label and entry.category]
                shown = tuple(entry for entry in personal if not _is_proof(data_map, entry))
                yield Extract(
                    selection=selected(data_map, table, found),
                    subject=found.subject,
                    entries=shown,
                    withheld=tuple(entry.column for entry in personal if entry not in shown),
                )


def _is_proof(data_map: DataMap, entry: Entry) -> bool:
    return entry.category is not None and data_map.manifest.categories[entry.category].kind == PROOF
