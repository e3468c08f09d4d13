"""What the schema cannot say of the manifest: names that stand elsewhere, real places, keys that need each other."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from consentguard.manifest.json_schema import json_schema
from consentguard.manifest.keypath import KeyPath
from consentguard.manifest.suggest import nearest, one_of, shown

_COUNTRIES = Path(__file__).parents[1] / "law" / "countries.toml"
_REGIONS = frozenset({"EEA", "EU"})
_NO_PLACE = frozenset({"unstated", "default"})
_MARKS = ("x-refers-to", "x-code", "x-by")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of a manifest, before its line is looked up."""

    id: str
    path: KeyPath
    message: str
    hint: str = ""


def reference_mistakes(tables: dict[str, Any]) -> Iterator[Mistake]:
    """Every mistake of meaning in a parsed manifest. Whatever has the wrong shape is passed over in silence."""
    languages = _languages(tables)
    for node, path, value in _marked(json_schema(), tables, ()):
        if section := node.get("x-refers-to"):
            yield from _unknown_name(tables, section, path, value)
        if kind := node.get("x-code"):
            yield from _unknown_place(kind, path, value)
        if "x-by" in node:
            yield from _no_language(languages, path, value)
    yield from _onward_without_recipient(tables)
    yield from _two_lists_of_purposes(tables)
    yield from _age_beside_a_number(tables)


def _marked(node: dict[str, Any], value: object, path: KeyPath) -> Iterator[tuple[dict[str, Any], KeyPath, Any]]:
    """Go through schema and manifest side by side; give every value (or key) whose schema bears a mark of ours."""
    if "$ref" in node:
        yield from _marked(json_schema()["$defs"][node["$ref"].rpartition("/")[2]], value, path)
    for option in node.get("anyOf", ()):
        yield from _marked(option, value, path)
    if isinstance(value, str) and node.get("type") != "object" and any(mark in node for mark in _MARKS):
        yield node, path, value
    elif isinstance(value, list) and "items" in node:
        for index, item in enumerate(value):
            yield from _marked(node["items"], item, (*path, index))
    elif isinstance(value, dict) and node.get("type") == "object":
        yield from _marked_in_table(node, value, path)


def _marked_in_table(
    node: dict[str, Any], table: dict[str, Any], path: KeyPath
) -> Iterator[tuple[dict[str, Any], KeyPath, Any]]:
    if "x-by" in node:
        yield node, path, table
        return
    named, known, others = node.get("propertyNames", {}), node.get("properties", {}), node.get("additionalProperties")
    for key, value in table.items():
        if any(mark in named for mark in _MARKS):
            yield named, (*path, key), key
        child = known.get(key, others)
        if isinstance(child, dict):
            yield from _marked(child, value, (*path, key))


def _unknown_name(tables: dict[str, Any], section: str, path: KeyPath, name: str) -> Iterator[Mistake]:
    known = tables.get(section, {})
    if isinstance(known, dict) and name not in known:
        add = f"add `[{section}.{name}]`"
        hint = nearest(name, known) or (f"expected {one_of(known)}, or {add}" if known else add)
        yield Mistake("M-UNKNOWN-NAME", path, f"{shown(name)} is no entry of `[{section}]`", hint)


def _unknown_place(kind: str, path: KeyPath, code: str) -> Iterator[Mistake]:
    if code not in _NO_PLACE and not is_place(code):
        yield Mistake("M-UNKNOWN-PLACE", path, f"{shown(code)} is no {kind}", place_hint(code))


def is_place(code: str) -> bool:
    """Whether a code that is written like one (`EEA`, `GT`, `US-CA`) is that of a region, a country or its part."""
    return code in _REGIONS or code[:2] in _countries()


def place_hint(word: str) -> str:
    """The code that was probably meant by a country's name in English or by a code that is no longer in use."""
    from babel import Locale
    from babel.core import get_global

    by_name = {name.casefold(): code for code, name in Locale("en").territories.items()}
    aliases = get_global("territory_aliases")
    code = by_name.get(word.casefold()) or next(iter(aliases.get(word[:2].upper(), ())), "")
    return f"did you mean `{code}`?" if code in _countries() else "countries are ISO 3166-1 codes, such as `GT` or `KE`"


@cache
def _countries() -> frozenset[str]:
    return frozenset(tomllib.loads(_COUNTRIES.read_text("utf-8"))["codes"])


def _languages(tables: dict[str, Any]) -> list[str]:
    """The site's languages, or none where they are written in a way that the schema reports."""
    site = tables.get("site", {})
    languages = site.get("languages", ["en"]) if isinstance(site, dict) else []
    return [word for word in languages if isinstance(word, str)] if isinstance(languages, list) else []


def _no_language(languages: list[str], path: KeyPath, texts: dict[str, Any]) -> Iterator[Mistake]:
    if texts and languages and not set(texts) & set(languages):
        written = " or ".join(f"`{language}`" for language in languages)
        yield Mistake("M-NO-LANGUAGE", path, "the text is in none of the site's languages", f"add it in {written}")


def _onward_without_recipient(tables: dict[str, Any]) -> Iterator[Mistake]:
    transfers = tables.get("transfers")
    for index, transfer in enumerate(transfers if isinstance(transfers, list) else []):
        if isinstance(transfer, dict) and transfer.get("kind") == "onward" and "via" not in transfer:
            hint = 'name the recipient in `via`, or say `kind = "direct_collection"`'
            yield Mistake("M-TRANSFER-VIA", ("transfers", index), "an onward transfer goes through a recipient", hint)


def _two_lists_of_purposes(tables: dict[str, Any]) -> Iterator[Mistake]:
    categories = tables.get("categories")
    for name, category in categories.items() if isinstance(categories, dict) else ():
        if isinstance(category, dict) and category.get("purposes") and category.get("only_purposes"):
            message = "`only_purposes` stands beside `purposes`, which it replaces"
            yield Mistake("M-TWO-LISTS", ("categories", name, "only_purposes"), message, "keep one of the two")


def _age_beside_a_number(tables: dict[str, Any]) -> Iterator[Mistake]:
    age = tables.get("age")
    if isinstance(age, dict) and isinstance(age.get("threshold"), int):
        for key in sorted({"at_least", "basis"} & age.keys()):
            message = f"`{key}` stands beside a number, which holds everywhere"
            hint = 'leave it out, or say `threshold = "by_jurisdiction"`'
            yield Mistake("M-AGE", ("age", key), message, hint)
