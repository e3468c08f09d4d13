"""Where each key of a TOML source stands: loaded only to report a mistake or a finding."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from consentguard.manifest.keypath import KeyPath, dotted

_TOML = Language(tree_sitter_toml.language())
_HEADERS = ("table", "table_array_element")
_KEYS = ("bare_key", "quoted_key", "dotted_key")


@dataclass
class Positions:
    """The lines of a source's keys. A source with syntax errors gives those that can still be told."""

    lines: dict[KeyPath, int] = field(default_factory=dict)
    again: list[tuple[int, KeyPath]] = field(default_factory=list)
    _last: dict[KeyPath, int] = field(default_factory=dict)

    @classmethod
    def of(cls, source: str) -> Positions:
        """Read the positions of a TOML source."""
        positions = cls()
        positions._read(Parser(_TOML).parse(source.encode("utf-8", "replace")).root_node, ())
        return positions

    def line(self, path: KeyPath) -> int | None:
        """The line, from 1, of a key, or of the nearest table around it that stands in the source."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return None

    def repeated(self, line: int) -> tuple[str, int | None]:
        """A key that stands in `line` although it stood before: its path, and the line where it stood first."""
        for at, path in self.again:
            if at == line:
                return dotted(path), self.lines[path]
        return "", None

    def _read(self, node: Node, table: KeyPath) -> None:
        """Note the keys of a document, a table or something broken; `table` is the path that they stand under."""
        for child in node.named_children:
            if child.type in _HEADERS:
                self._read(child, self._header(child))
            elif child.type == "pair":
                self._pair(child, table)
            elif child.type == "ERROR":
                self._read(child, table)

    def _header(self, node: Node) -> KeyPath:
        key = next((child for child in node.named_children if child.type in _KEYS), None)
        if key is None:
            return ()
        *around, name = _parts(key)
        path = (*self._enter((), around, key), name)
        if node.type == "table":
            return self._note(self._inside(path), key, whole=True)
        self._last[path] = self._last.get(path, -1) + 1
        self._note(path, key)
        return self._note((*path, self._last[path]), key)

    def _pair(self, node: Node, table: KeyPath) -> None:
        key, *values = node.named_children
        *around, name = _parts(key)
        path = self._note((*self._enter(table, around, key), name), key, whole=True)
        for value in values:
            self._value(value, path)

    def _value(self, node: Node, path: KeyPath) -> None:
        if node.type == "inline_table":
            self._read(node, path)
        elif node.type == "array":
            items = [child for child in node.named_children if child.type != "comment"]
            for index, item in enumerate(items):
                self._value(item, self._note((*path, index), item))

    def _enter(self, path: KeyPath, names: list[str], key: Node) -> KeyPath:
        """Go down through tables that a dotted key names; in a list of tables, into its last one."""
        for name in names:
            path = self._note(self._inside((*path, name)), key)
        return path

    def _inside(self, path: KeyPath) -> KeyPath:
        return (*path, self._last[path]) if path in self._last else path

    def _note(self, path: KeyPath, node: Node, *, whole: bool = False) -> KeyPath:
        """Keep the first line of a path; `whole` when the key itself stands there, not a part of a longer one."""
        line = node.start_point.row + 1
        if whole and path in self.lines:
            self.again.append((line, path))
        self.lines.setdefault(path, line)
        return path


def _parts(key: Node) -> list[str]:
    """The names of a key, however it is written: `a."b c".d` has three."""
    text = (key.text or b"").decode("utf-8", "replace")
    if key.type == "bare_key":
        return [text]
    try:
        return list(_names(tomllib.loads(f"{text} = 0")))
    except ValueError:
        return [text]


def _names(table: object) -> Iterator[str]:
    while isinstance(table, dict) and table:
        name, table = next(iter(table.items()))
        yield name
