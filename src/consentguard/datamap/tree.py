"""Shows the data map as a tree for people: subjects, their tables, and what each column holds."""

from __future__ import annotations

from rich.text import Text
from rich.tree import Tree

from consentguard.datamap.map import DataMap, Entry, by_category
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import SELF, Path

NOT_PERSONAL = "not personal"


def tree(data_map: DataMap) -> Tree:
    """The tagged tables by data subject, with the path that leads there; then those that are not personal."""
    root = Tree(Text("data map", "bold"))
    entries: dict[str, list[Entry]] = {}
    for entry in data_map.entries:
        entries.setdefault(entry.table, []).append(entry)
    for subject in data_map.manifest.subjects:
        tables = [table for table in data_map.tables if subject in data_map.tags[table.label].subjects]
        if tables:
            branch = root.add(Text(subject, "bold cyan"))
            for table in tables:
                tag = data_map.tags[table.label]
                _grow(branch, table, entries.get(table.label, []), _way(tag.subjects[subject]))
    rest = [table for table in data_map.tables if not data_map.tags[table.label].subjects]
    if rest:
        branch = root.add(Text("nobody in particular", "bold cyan"))
        for table in rest:
            reason = data_map.tags[table.label].reason
            _grow(branch, table, [] if reason else entries.get(table.label, []), reason)
    return root


def _grow(branch: Tree, table: Table, entries: list[Entry], remark: str) -> None:
    node = branch.add(Text.assemble((table.label, "bold"), "  ", (remark, "dim")))
    for category, columns in by_category(entries).items():
        said = (category, "green") if category else (NOT_PERSONAL, "dim")
        node.add(Text.assemble(said, ": ", ", ".join(columns)))


def _way(path: Path) -> str:
    return "is the person" if path == SELF else f"by {path}"
