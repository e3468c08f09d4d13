"""Legal facts as dated data: who belongs to which region, what a regime asks, where and how data may be sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from consentguard.law.tables import (
    Adequacy,
    Decision,
    Instrument,
    Law,
    Membership,
    Regimes,
    Regions,
    Safeguards,
    Term,
    Vocabulary,
    table,
)

__all__ = [
    "Decision", "Instrument", "Law", "Term",
    "adequacy", "dpv", "fideslang", "is_adequate", "namespaces", "places_in", "regime", "regimes", "regions_of",
    "safeguard", "term",
]  # fmt: skip


def regions_of(region: str, on: dt.date) -> tuple[str, ...]:
    """Every region that holds `region` on that day, itself first and the widest last.

    `FR` gives `("FR", "EU", "EEA")`, `US-CA` gives `("US-CA", "US")`.
    """
    found = [region]
    if "-" in region:
        found += regions_of(region.partition("-")[0], on)
    for row in table(Regions).members:
        if region in row.countries and _in_force(row, on):
            found += regions_of(row.region, on)
    return tuple(dict.fromkeys(found))


def places_in(region: str, on: dt.date) -> tuple[str, ...]:
    """Every country of a region on that day, and the region's own name: `EEA` gives `("EEA", "AT", ...)`."""
    found = [region]
    for row in table(Regions).members:
        if row.region == region and _in_force(row, on):
            found += [place for country in row.countries for place in places_in(country, on)]
    return tuple(dict.fromkeys(found))


def regime(name: str) -> Law:
    """What a privacy law asks: `gdpr`, `uk_gdpr`, `ccpa`, `kenya_dpa`. Raises KeyError for another name."""
    return table(Regimes).laws[name]


def regimes() -> tuple[str, ...]:
    """The names of the privacy laws that are known."""
    return tuple(table(Regimes).laws)


def adequacy(country: str, on: dt.date, regime: str) -> Decision | None:
    """The decision by which data may go to `country` under `regime` on that day, or None."""
    places = regions_of(country, on)
    decisions = (row for row in table(Adequacy).decisions if row.regime == regime and _in_force(row, on))
    return next((row for row in decisions if row.country in places), None)


def is_adequate(country: str, on: dt.date, regime: str) -> bool:
    """Whether `country` is found adequate under `regime` on that day, if only for some recipients there."""
    return adequacy(country, on, regime) is not None


def safeguard(instrument: str) -> Instrument | None:
    """What is known of an instrument such as `scc`; None for one that no table knows."""
    return table(Safeguards).instruments.get(instrument)


def namespaces() -> Mapping[str, str]:
    """The namespaces that prefixed names of DPV stand for: prefix -> IRI."""
    return table(Vocabulary).namespaces


def term(sort: Literal["kinds", "bases", "conditions", "rights", "roles"], word: str) -> Term | None:
    """One of our words in the vocabularies of others; None where neither has a match."""
    words: dict[str, Term] = getattr(table(Vocabulary), sort)
    return words.get(word)


def dpv(kind: str) -> str:
    """The W3C DPV name of a kind of data, such as `pd:Contact`. Raises KeyError for a kind that is not ours."""
    return table(Vocabulary).kinds[kind].dpv


def fideslang(kind: str) -> str:
    """The fideslang key of a kind of data, such as `user.contact`. Raises KeyError for a kind that is not ours."""
    return table(Vocabulary).kinds[kind].fideslang


def _in_force(row: Membership | Decision, on: dt.date) -> bool:
    return row.since <= on and (row.until is None or on <= row.until)
