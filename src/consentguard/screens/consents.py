"""The screens of consent: decisions, which are entries of the evidence; how many accept; versions of what is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from consentguard.consent.record import ACT, parse
from consentguard.records import ConsentRecord
from consentguard.screens import words
from consentguard.screens.shape import Cell, Column, Screen

UNREADABLE = Cell("cannot be read", "bad")
"""What stands for an entry that somebody else wrote under our act."""


def _decided(name: str, title: str, say: Callable[[ConsentRecord], Cell]) -> Column:
    """A column of what an entry says."""

    def cell(row: Any, _: dt.date) -> Cell:
        record = parse(row)
        return UNREADABLE if record is None else say(record)

    return Column(name, title, cell)


def _listed(items: tuple[str, ...]) -> Cell:
    return Cell(", ".join(items) or "none")


def _end(record: ConsentRecord) -> Cell:
    if record.until:
        return words.moment(record.until)
    return Cell("it is withdrawn" if record.accepted else "")


CONSENTS = Screen(
    name="consents",
    title="Consent records",
    lead="Choices as they were made. A new choice is a new record; none is ever changed.",
    columns=(
        words.moments("at", "Chosen"),
        words.person(),
        _decided("accepted", "Accepted", lambda record: _listed(record.accepted)),
        _decided("refused", "Refused", lambda record: _listed(record.refused)),
        _decided("policy", "Version", lambda record: words.shortened(record.policy)),
        _decided("method", "Method", lambda record: Cell(record.method)),
        _decided("component", "Made in", lambda record: Cell(record.component)),
        _decided("language", "Language", lambda record: Cell(record.language)),
        _decided("gpc", "GPC", lambda record: Cell("yes" if record.gpc else "no")),
        _decided("until", "Holds until", _end),
    ),
    more=(
        _decided("jurisdiction", "Jurisdiction", lambda record: Cell(record.jurisdiction or "not known")),
        _decided("text", "Hash of the words agreed to", lambda record: words.shortened(record.text)),
        _decided("address", "Network", lambda record: Cell(record.address)),
        _decided("user_agent", "Browser", lambda record: Cell(record.user_agent)),
        words.short("version", "Version of the whole policy"),
        words.text("id", "Id"),
    ),
    search=("id",),
    order=("-at", "-id"),
    person="subject",
    only={"act": ACT},
)
RATES = Screen(
    name="consent-rates",
    title="Consent rates",
    lead="How decisions went that were recorded. It says nothing of visitors: whoever leaves without a choice is not "
    "counted, and whoever chooses twice is counted twice.",
)
VERSIONS = Screen(
    name="consent-versions",
    title="Consent versions",
    lead="What visitors are asked, as it was published, and what changed from one version to another.",
)
