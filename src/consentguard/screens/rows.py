"""Rows of the screens whose facts are no records: the keys of the keyring, and the entries of the data map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consentguard.guard import Guard


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What may be seen of a key: never the key."""

    id: int
    state: str
    created: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRow:
    """A classified column of the data map; `retention` is the rule of its category in words."""

    table: str
    column: str
    category: str
    subjects: str
    retention: str


def keys(guard: Guard) -> Sequence[KeyRow]:
    """The site's keys, the newest first. Raises KeyringError."""
    return [KeyRow(key.id, key.state, key.created) for key in reversed(guard.site.keyring.keys)]


def data_rows(guard: Guard, text: str = "") -> Sequence[DataRow]:
    """The data map's entries, those of which a value holds `text`, upper and lower case alike."""
    rules = _rules(guard)
    rows = (
        DataRow(
            table=entry.table,
            column=entry.column,
            category=entry.category or f"not personal: {entry.reason}",
            subjects=", ".join(entry.subjects),
            retention=rules.get(entry.category or "", ""),
        )
        for entry in guard.site.data_map.entries
    )
    wanted = text.strip().casefold()
    return [row for row in rows if any(wanted in value.casefold() for value in asdict(row).values())]


def _rules(guard: Guard) -> Mapping[str, str]:
    from consentguard.publish.edition import Edition
    from consentguard.publish.sections.retention import how_long
    from consentguard.words import SOURCE_LANGUAGE, words

    site = guard.site
    edition = Edition(manifest=site.policy.manifest, words=words(SOURCE_LANGUAGE), today=site.today())
    return {name: " ".join(how_long(edition, entry)) for name, entry in site.policy.manifest.categories.items()}
