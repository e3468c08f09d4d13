"""Values of records in the words of a screen: clocks, moments, shortened hashes, states."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from consentguard.screens.shape import Cell, Column

SHORT = 10
"""How many characters of a hash or a pseudonym are shown."""


def moment(value: dt.datetime | None) -> Cell:
    """A moment in UTC: 2026-11-21 14:05 UTC; nothing for None."""
    return Cell(f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC" if value else "")


def shortened(value: str) -> Cell:
    """The beginning of a hash or a pseudonym, enough to tell it from the others of a page."""
    return Cell(f"{value[:SHORT]}…", whole=value) if len(value) > SHORT else Cell(value)


def whom(row: Any) -> str:
    """The data subject of a hold or a mark, as `user:12`; a table of ours has it in two columns."""
    subject = getattr(row, "subject", None)
    if subject is None and (kind := getattr(row, "subject_kind", "")):
        return f"{kind}:{row.subject_key}"
    return str(subject or "")


def many(value: Any) -> tuple[str, ...]:
    """A list, which a table of ours may keep as JSON."""
    return tuple(json.loads(value or "[]") if isinstance(value, str) else value)


def text(name: str, title: str) -> Column:
    """A column of a value as it is."""
    return Column(name, title, lambda row, _: Cell(str(getattr(row, name))))


def short(name: str, title: str) -> Column:
    """A column of hashes."""
    return Column(name, title, lambda row, _: shortened(getattr(row, name)))


def moments(name: str, title: str) -> Column:
    """A column of moments."""
    return Column(name, title, lambda row, _: moment(getattr(row, name)))


def days(name: str, title: str) -> Column:
    """A column of days, or of nothing."""
    return Column(name, title, lambda row, _: Cell(str(getattr(row, name) or "")))


def person(name: str = "subject") -> Column:
    """A column of pseudonyms."""

    def cell(row: Any, _: dt.date) -> Cell:
        return shortened(getattr(row, name)) if getattr(row, name) else Cell("nobody in particular")

    return Column(name, "Person (pseudonym)", cell)


def states(words: Mapping[str, Cell], name: str = "state", title: str = "State") -> Column:
    """A column of states, each in the words given for it."""
    return Column(name, title, lambda row, _: words.get(getattr(row, name), Cell(str(getattr(row, name)))))


def facts(name: str, title: str) -> Column:
    """A column of an object in JSON."""

    def cell(row: Any, _: dt.date) -> Cell:
        facts = json.loads(getattr(row, name) or "{}")
        return Cell("; ".join(f"{key}: {_plain(value)}" for key, value in facts.items()))

    return Column(name, title, cell)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def sealed(row: Any, _: dt.date) -> Cell:
    """Where in the chain an entry of the evidence stands; `sequence` is None for one that waits for the sealer."""
    sequence = row.sequence
    return Cell("not sealed yet", "soon") if sequence is None else Cell(f"sealed as {sequence}", "good")
