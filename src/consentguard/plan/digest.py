"""A hash over what a plan does to which rows, and over the rules behind it: what it is that somebody approves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec
import rfc8785

from consentguard.datamap.map import DataMap
from consentguard.manifest.schema import Retention
from consentguard.plan.steps import Plan, Step
from consentguard.records import Selection

Node = dict[str, object]


def digest(data_map: DataMap, plan: Plan) -> str:
    """SHA-256 in hex over the steps, their predicates, and the retention rules of the tables that they touch.

    Neither counts nor moments are part of it, nor what a least time takes out of a step: the same plan is the same
    tomorrow. A hold that makes other rows stay makes another plan.
    """
    steps = [_step(step) for step in plan.whole if step.ground != "held"]
    later = [_step(step) for step in plan.later]
    return digest_of({"steps": steps, "later": later, "rules": _rules(data_map, {step.label for step in plan.whole})})


def digest_of(facts: Node) -> str:
    """SHA-256 in hex of facts as canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(msgspec.to_builtins(facts))).hexdigest()


def _step(step: Step) -> Node:
    return {
        "action": step.action,
        "columns": sorted(step.columns),
        "ground": step.ground,
        "rows": _selection(step.selection),
    }


def _selection(rows: Selection) -> Node:
    """What a selection says of rows, without moments and exceptions."""
    tests = [[test.column, test.how, list(test.value) if isinstance(test.value, tuple) else ""] for test in rows.where]
    return {
        "table": rows.label,
        "path": str(rows.path),
        "root": rows.root,
        "keys": sorted(rows.keys),
        "where": tests,
        "whole": rows.whole,
    }


def _rules(data_map: DataMap, labels: Iterable[str]) -> Node:
    """The retention rules of the categories of some tables, and the columns that they go by."""
    wanted = set(labels)
    names = {entry.category for entry in data_map.entries if entry.table in wanted and entry.category}
    rules = {name: data_map.manifest.categories[name].retention for name in sorted(names)}
    told = {name: msgspec.to_builtins(rule) if isinstance(rule, Retention) else rule for name, rule in rules.items()}
    tags = {label: data_map.tags[label] for label in sorted(wanted) if label in data_map.tags}
    bound = {label: [dict(tag.anchors), tag.place, tag.plan] for label, tag in tags.items()}
    return {"rules": told, "bound": bound}
