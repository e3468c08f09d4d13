"""Values of records in the words of a screen: clocks, moments, shortened hashes, states."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from consentguard.screens.shape import Cell, Column

SHORT = 10
"""How many characters of a hash or a pseudonym are shown."""
SOON = 7
"""From how many days before its last day on a request is marked."""


def moment(value: dt.datetime | None) -> Cell:
    """A moment in UTC: 2026-11-21 14:05 UTC; nothing for None."""
    return Cell(f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC" if value else "")


def shortened(value: str) -> Cell:
    """The beginning of a hash or a pseudonym, enough to tell it from the others of a page."""
    return Cell(f"{value[:SHORT]}…", whole=value) if len(value) > SHORT else Cell(value)


def clock(request: Any, today: dt.date) -> Cell:
    """How long is left of a request's time: "due in 12 days", "3 days late"; when it was closed, once it is."""
    if request.closed_at:
        day = request.closed_at.astimezone(dt.UTC).date()
        late = (day - request.due_on).days if request.state == "done" else 0
        return Cell(f"closed {day}, {_days(late)} late" if late > 0 else f"closed {day}")
    left = (request.due_on - today).days
    if left < 0:
        return Cell(f"{_days(-left)} late", "bad") if request.state == "confirmed" else Cell("not confirmed in time")
    said = f"due in {_days(left)}" if left else "due today"
    return Cell(said, "soon" if left <= SOON and request.state == "confirmed" else "")


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"


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
    return ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else str(value)


def sealed(row: Any, _: dt.date) -> Cell:
    """Where in the chain an entry of the evidence stands; `sequence` is None for one that waits for the sealer."""
    sequence = row.sequence
    return Cell("not sealed yet", "soon") if sequence is None else Cell(f"sealed as {sequence}", "good")
