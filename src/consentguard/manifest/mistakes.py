"""Lists every mistake of a manifest at once, in words and with its line: loaded only when there is one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from consentguard.findings import Finding
from consentguard.manifest.expected import Node, expected, options
from consentguard.manifest.json_schema import json_schema
from consentguard.manifest.keypath import KeyPath, dotted, steps
from consentguard.manifest.positions import Positions
from consentguard.manifest.references import Mistake, place_hint, reference_mistakes
from consentguard.manifest.suggest import nearest, one_of, period_hint, shown

MOST = 200
_MORE = f"only {MOST} mistakes are listed, and there are more"
_REFUSAL = re.compile(r"(?P<message>.*?)(?: - at `(?:key in )?\$\.?(?P<where>.*)`)?", re.DOTALL)


def mistakes(tables: dict[str, Any], source: str, refusal: str) -> list[Finding]:
    """The mistakes in the parsed `tables`, in the order of the file: every one, or so many and that there are more.

    `refusal` is why msgspec refused them; it is reported when the JSON Schema finds nothing.
    """
    found = list(islice(_all(tables), MOST + 1)) or [_refused(refusal)]
    positions = Positions.of(source)
    findings = sorted((_finding(mistake, positions) for mistake in found[:MOST]), key=lambda finding: finding.line or 0)
    more = Finding(id="M-MORE", severity="error", message=_MORE, hint="mend these first")
    return [*findings, more] if len(found) > MOST else findings


def _all(tables: dict[str, Any]) -> Iterator[Mistake]:
    """Each mistake once; what a wrong value refers to is no second one."""
    told: set[Mistake] = set()
    for mistake in schema_mistakes(tables):
        if mistake not in told:
            told.add(mistake)
            yield mistake
    places = {mistake.path for mistake in told}
    yield from (mistake for mistake in dict.fromkeys(reference_mistakes(tables)) if mistake.path not in places)


def schema_mistakes(tables: dict[str, Any]) -> Iterator[Mistake]:
    """Every place where the parsed `tables` do not follow the JSON Schema."""
    for error in _validator().iter_errors(tables):
        yield from _explained(error)


def _finding(mistake: Mistake, positions: Positions) -> Finding:
    return Finding(
        id=mistake.id,
        severity="error",
        message=mistake.message,
        where=dotted(mistake.path),
        line=positions.line(mistake.path),
        hint=mistake.hint,
    )


def _refused(refusal: str) -> Mistake:
    parts = _REFUSAL.fullmatch(refusal)
    message, where = (parts["message"], parts["where"] or "") if parts else (refusal, "")
    return Mistake("M-VALUE", steps(where), message.replace("`", ""))


@cache
def _validator() -> Any:
    """A validator whose types are TOML's, not JSON's: a date is no string, 1.0 no integer, true no 1."""
    integer = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    ours = {"type": _type, "enum": _enum, "additionalProperties": _others}
    toml: Any = validators.extend(Draft202012Validator, ours, type_checker=integer)  # type: ignore[no-untyped-call]
    return toml(json_schema(), format_checker=FormatChecker(["date"]))


def _type(validator: Any, kind: str, value: object, node: Node) -> Iterator[ValidationError]:
    if type(value) is dt.date and node.get("format") == "date":
        return
    if not validator.is_type(value, kind):
        yield ValidationError(f"not of type {kind}")


def _enum(_: Any, words: list[object], value: object, __: Node) -> Iterator[ValidationError]:
    if not any(type(word) is type(value) and word == value for word in words):
        yield ValidationError("none of the words")


def _others(validator: Any, child: Node | bool, table: object, node: Node) -> Iterator[ValidationError]:
    """Keys that the schema does not name, in the order of the file: jsonschema goes through a set of them."""
    others = [key for key in table if key not in node.get("properties", ())] if isinstance(table, dict) else []
    if isinstance(child, dict):
        for key in others:
            yield from validator.descend(cast(Any, table)[key], child, path=key)
    elif others and not child:
        yield ValidationError("unknown keys")


def _explained(error: ValidationError) -> Iterator[Mistake]:
    """An error of jsonschema as mistakes in words."""
    path, node, value = tuple(error.absolute_path), cast(Node, error.schema), cast(Any, error.instance)
    if "propertyNames" in error.relative_schema_path:
        yield _wrong_key(path, node, value)
    elif error.validator == "additionalProperties":
        yield from _unknown_keys(path, node, value)
    elif error.validator == "required":
        yield from _missing_keys(path, node, value)
    elif error.validator == "anyOf" and (causes := _causes(error, node, value)):
        for cause in causes:
            yield from _explained(cause)
    else:
        yield _wrong_value(path, node, value)


def _wrong_key(path: KeyPath, node: Node, key: str) -> Mistake:
    if "enum" in node:
        return Mistake("M-UNKNOWN-KEY", (*path, key), "there is no such key", _nearest_or_all(key, node["enum"]))
    message = f"expected as a key {expected(node)}, found {shown(key)}"
    return Mistake("M-NAME", (*path, key), message, _word_hint(node, key))


def _unknown_keys(path: KeyPath, node: Node, table: dict[str, Any]) -> Iterator[Mistake]:
    known = node["properties"]
    for key in table:
        if key not in known:
            yield Mistake("M-UNKNOWN-KEY", (*path, key), "there is no such key", _nearest_or_all(key, known))


def _missing_keys(path: KeyPath, node: Node, table: dict[str, Any]) -> Iterator[Mistake]:
    for key in node["required"]:
        if key not in table:
            hint = f"expected {expected(node['properties'][key])}"
            yield Mistake("M-MISSING-KEY", (*path, key), "this key is required", hint)


def _causes(error: ValidationError, node: Node, value: object) -> list[ValidationError]:
    """Where none of several shapes fits: the errors of the table or list that was meant, if one was."""
    shape = "object" if isinstance(value, dict) else "array" if isinstance(value, list) else None
    for index, option in enumerate(options(node)):
        if shape and option.get("type") == shape:
            return [cause for cause in error.context or () if cause.relative_schema_path[0] == index]
    return []


def _wrong_value(path: KeyPath, node: Node, value: object) -> Mistake:
    hints = (_word_hint(option, value) for option in options(node)) if isinstance(value, str) else ()
    return Mistake("M-VALUE", path, f"expected {expected(node)}, found {shown(value)}", next(filter(None, hints), ""))


def _word_hint(node: Node, word: str) -> str:
    """The word that was probably meant."""
    if "enum" in node:
        return nearest(word, [known for known in node["enum"] if isinstance(known, str)])
    if "x-code" in node:
        return place_hint(word)
    return period_hint(word) if "ISO 8601" in node.get("description", "") else ""


def _nearest_or_all(key: str, known: Any) -> str:
    return nearest(key, known) or f"expected {one_of(known)}"
