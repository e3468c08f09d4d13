"""Guesses from a column's name and type whether it holds personal data, with a small vocabulary kept as data."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from consentguard.datamap.schema import Column

PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
LONGEST_TERM = 3


def kind_of(column: Column) -> str | None:
    """The kind of personal data that `column` seems to hold, as a manifest's `kind`; None when it seems to hold none.

    A boolean says something about data (`email_verified`) and is none itself; a key is structure.
    """
    if column.key or column.type == "boolean":
        return None
    return _types().get(column.type) or _kind_of_name(column.name)


@cache
def _kind_of_name(name: str) -> str | None:
    words = _words(name)
    terms = (" ".join(words[i : i + n]) for n in range(LONGEST_TERM, 0, -1) for i in range(len(words) - n + 1))
    return next((kind for term in terms if (kind := _vocabulary().get(term))), None)


def _words(name: str) -> list[str]:
    """`taxId`, `tax_id` and `TAX_ID` as `tax id`; letters lose their accents."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return [part.lower() for part in PARTS.findall(plain)]


@cache
def _data() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((files("consentguard.datamap") / "looks.toml").read_text("utf-8"))


@cache
def _vocabulary() -> Mapping[str, str]:
    return {term: kind for kind, terms in _data()["words"].items() for term in terms}


@cache
def _types() -> Mapping[str, str]:
    return _data()["types"]
