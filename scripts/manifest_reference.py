"""Writes docs/reference/manifest.md from the schema of privacy.toml: `python -m scripts.manifest_reference [--check]`.

With `--check` nothing is written: a page that is not what the schema makes of it fails.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from consentguard.manifest.expected import Node, expected, resolved
from consentguard.manifest.json_schema import json_schema
from consentguard.manifest.suggest import one_of, toml_value
from scripts.made_page import write_or_check

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "manifest.md"
HEAD = """\
# privacy.toml

Every table and key of the policy's file, as its schema has them. A section's absence switches its feature off, and a
key that is left out has its default. `unstated` is valid wherever a policy is silent; `consentguard lint` says what
that costs. What is written `<name>` is yours to name: lower-case letters, digits and underscores.

This page is made from the schema by `python -m scripts.manifest_reference`.
"""
_ANYWHERE = "<name>"


def places(node: Node, place: str = "") -> Iterator[tuple[str, str]]:
    """Every table of the schema with the place it stands at, in the order of the file: definition and heading."""
    for key, child in node["properties"].items():
        at = f"{place}.{key}" if place else key
        for name, where, whole in _tables(child, at):
            yield name, f"[[{where}]]" if whole else f"[{where}]"
            yield from places(json_schema()["$defs"][name], where)


def _tables(node: Node, place: str) -> Iterator[tuple[str, str, bool]]:
    """The definitions that a key's value may follow; where they stand; whether as a list of tables."""
    for option in node.get("anyOf", [node]):
        if "$ref" in option:
            yield _name(option), place, False
        elif "$ref" in option.get("items", {}):
            yield _name(option["items"]), place, True
        elif isinstance(option.get("additionalProperties"), dict):
            yield from _tables(option["additionalProperties"], f"{place}.{_ANYWHERE}")


def _name(node: Node) -> str:
    return str(node["$ref"]).rpartition("/")[2]


def page() -> str:
    """The whole page."""
    schema = json_schema()
    found: dict[str, list[str]] = {}
    for name, place in places(schema):
        found.setdefault(name, []).append(place)
    tables = [table(schema["$defs"][name], standing, _target(name)) for name, standing in found.items()]
    root = "\n".join(["## The top of the file", "", schema["description"], "", *rows(schema)])
    return "\n\n".join([HEAD.strip(), root, *tables]) + "\n"


def table(node: Node, standing: list[str], target: str) -> str:
    """One section of the page: a heading with the place, what it is for, a row for each key."""
    first, *others = standing
    also = ["", f"The same keys stand in {', '.join(f'`{place}`' for place in others)}."] if others else []
    return "\n".join([f"({target})=", f"## `{first}`", "", node["description"], *also, "", *rows(node)])


def rows(node: Node) -> Iterator[str]:
    """The keys of a table as a Markdown table."""
    yield "| Key | Value | Default | Meaning |"
    yield "|---|---|---|---|"
    for key, child in node["properties"].items():
        default = "required" if key in node["required"] else _default(child)
        yield f"| `{key}` | {_value(child)} | {default} | {_meaning(child)} |"


def _value(node: Node) -> str:
    words = ", or ".join(_linked(option) for option in node.get("anyOf", [node]))
    return words.replace("|", "\\|")


def _linked(node: Node) -> str:
    """What may stand there; a table that has a section of its own is a link to it."""
    link = _link(node)
    if link is None:
        return _words(node)
    kind = {"array": "a list of tables", "object": "tables by name"}.get(node.get("type", ""), "a table")
    return f"[{kind}](#{_target(_name(link))})"


def _words(node: Node) -> str:
    """What may stand there, in full: every word of a list, the keys and values of a table."""
    keys, values = node.get("propertyNames"), node.get("additionalProperties")
    if keys and values and "x-by" not in node:
        return f"a table (each key {expected(keys)}; each value {expected(values)})"
    return one_of(node["enum"], most=len(node["enum"])) if "enum" in node else expected(node)


def _link(node: Node) -> Node | None:
    """The reference to another table, where a value is one, a list of them or several by name."""
    inner = (node, node.get("items", {}), node.get("additionalProperties") or {})
    return next((child for child in inner if "$ref" in child), None)


def _target(name: str) -> str:
    return f"manifest-{name.lower()}"


def _default(node: Node) -> str:
    default: Any = node.get("default")
    return "" if default in (None, "", [], {}) or isinstance(default, dict) else f"`{toml_value(default)}`"


def _meaning(node: Node) -> str:
    """What the key is for; the description of a word says only how it is written."""
    link = _link(node)
    if "pattern" in node:
        return ""
    return str(node.get("description") or (resolved(link)["description"] if link else ""))


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` compare it."""
    return write_or_check(PAGE, page(), "scripts.manifest_reference", arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
