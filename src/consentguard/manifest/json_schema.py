"""The JSON Schema of privacy.toml, made from the structs: editors complete with it, and mistakes are listed by it."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

import msgspec.json

from consentguard.manifest.schema import Manifest
from consentguard.manifest.vocabulary import DisclosureGround, RightName

ID = "urn:consentguard:manifest:1"
_NAMED_BY = {"rights": RightName, "disclosures": DisclosureGround}
"""Tables whose keys are words of a list: msgspec checks those keys, but leaves them out of the schema."""


@cache
def json_schema() -> dict[str, Any]:
    """The schema as a dict (JSON Schema draft 2020-12); one object for all callers, not to be changed.

    Beside the standard's words: `x-refers-to` names the section that a name must stand in, `x-code` says that a
    word is a `country` or a `region`, `x-by` that a table has one text per `language`.
    """
    generated = msgspec.json.schema(Manifest)
    definitions = _without_null(generated["$defs"])
    root = definitions.pop("Manifest")
    for key, words in _NAMED_BY.items():
        root["properties"][key]["propertyNames"] = {"enum": list(get_args(words))}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        **root,
        "title": "privacy.toml",
        "$defs": definitions,
    }


def _without_null(node: Any) -> Any:
    """The same schema without `null`, which TOML does not have: a key that may be absent is just not required."""
    if isinstance(node, list):
        return [_without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _without_null(value) for key, value in node.items() if not (key == "default" and value is None)}
    options = [option for option in kept.get("anyOf", ()) if option != {"type": "null"}]
    if not options:
        return kept
    del kept["anyOf"]
    return {**options[0], **kept} if len(options) == 1 else {**kept, "anyOf": options}
