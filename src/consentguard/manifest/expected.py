"""Says in words what a node of the JSON Schema expects: "an ISO 8601 duration such as `P90D`"."""

from __future__ import annotations

from typing import Any

from consentguard.manifest.json_schema import json_schema
from consentguard.manifest.suggest import one_of

Node = dict[str, Any]
_PLAIN = {"boolean": "true or false", "string": "text", "number": "a number"}


def resolved(node: Node) -> Node:
    """The node that a `$ref` leads to; any other node is returned as it is."""
    ref = node.get("$ref")
    return json_schema()["$defs"][ref.rpartition("/")[2]] if ref else node


def options(node: Node) -> list[Node]:
    """The alternatives of a node, or the node alone."""
    return [resolved(option) for option in node.get("anyOf", [node])]


def expected(node: Node) -> str:
    """What may stand here, as the end of the sentence "expected ..."."""
    return ", or ".join(_one(option) for option in options(node))


def _one(node: Node) -> str:
    kind = node.get("type", "")
    if "enum" in node:
        return one_of(node["enum"])
    if "pattern" in node:
        return _word(node)
    if node.get("format") == "date":
        return "a date such as 2027-01-31"
    if kind == "integer":
        return _number(node)
    if kind == "array":
        return f"a list{_at_least(node.get('minItems'))} (each {expected(node['items'])})"
    if kind == "object":
        return _table(node)
    return _PLAIN.get(kind, "something else") + (" that is not empty" if node.get("minLength") else "")


def _word(node: Node) -> str:
    description = node.get("description", "a word of another form").rstrip(".")
    if description[1:2].islower() or description.startswith("A "):
        description = description[0].lower() + description[1:]
    examples = node.get("examples")
    return f"{description}, such as `{examples[0]}`" if examples else description


def _number(node: Node) -> str:
    least, most = node.get("minimum"), node.get("maximum")
    return "a whole number" if least is None or most is None else f"a whole number from {least} to {most}"


def _table(node: Node) -> str:
    if "x-by" in node:
        return "a table with one text per language"
    return f"a table{_at_least(node.get('minProperties'))}"


def _at_least(count: int | None) -> str:
    return f" of at least {count}" if count else ""
