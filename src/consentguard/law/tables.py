"""The rows of the law tables: what each TOML file of this folder holds, read once and frozen."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct, field

from consentguard.periods import Period, parse_period

_FOLDER = Path(__file__).parent

Sourced = Literal["primary", "secondary", "recalled"]
"""How well a row is sourced: read in the law or the official list itself; read in a commentary; from memory."""


class Row(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A legal fact with where it comes from."""

    source: str
    sourced: Sourced


class Membership(Row, frozen=True):
    """Countries (or a whole region) that belong to a region, from `since` to `until`, both days included."""

    region: str
    countries: tuple[str, ...]
    since: dt.date
    until: dt.date | None = None


class Decision(Row, frozen=True):
    """A finding that a country (or region) protects data adequately; `only` limits whom it covers."""

    regime: str
    country: str
    since: dt.date
    until: dt.date | None = None
    only: str = ""


class Instrument(Row, frozen=True):
    """A safeguard for data sent abroad, and the regimes that accept it; `countries` where it covers these alone."""

    title: str
    accepted_by: tuple[str, ...]
    countries: tuple[str, ...] = ()


class Law(Row, frozen=True):
    """A privacy law: `rights` and `information` map what it demands to the article that does.

    `record` does so for a record of processing, by the article's number alone.
    `home` is the region in which data is not transferred and a controller needs no representative.
    """

    title: str
    home: str
    answer_within: str
    rights: dict[str, str]
    information: dict[str, str]
    record: dict[str, str] = {}
    extension: str = ""
    answers: dict[str, str] = {}
    trackers_need_consent: bool = False
    transfer_instruments: bool = False

    def clock(self, right: str) -> Period:
        """How soon a request about `right` has to be answered, before any extension."""
        return parse_period(self.answers.get(right, self.answer_within))


class Term(Struct, frozen=True, forbid_unknown_fields=True):
    """One of our words in W3C DPV (prefixed name) and in fideslang; empty where there is no match."""

    dpv: str
    fideslang: str = ""


class Regions(Struct, frozen=True, forbid_unknown_fields=True):
    """`regions.toml`."""

    checked_on: dt.date
    members: tuple[Membership, ...]


class Adequacy(Struct, frozen=True, forbid_unknown_fields=True):
    """`adequacy.toml`."""

    checked_on: dt.date
    decisions: tuple[Decision, ...]


class Safeguards(Struct, frozen=True):
    """`safeguards.toml`, its instruments gathered by name."""

    checked_on: dt.date
    instruments: dict[str, Instrument] = field(default_factory=dict)


class Regimes(Struct, frozen=True):
    """`regimes.toml`, its laws gathered by name."""

    checked_on: dt.date
    laws: dict[str, Law] = field(default_factory=dict)


class Vocabulary(Row, frozen=True):
    """`vocabulary.toml`."""

    checked_on: dt.date
    namespaces: dict[str, str]
    kinds: dict[str, Term]
    bases: dict[str, Term]
    conditions: dict[str, Term]
    rights: dict[str, Term]
    roles: dict[str, Term]


Tables = TypeVar("Tables", Regions, Adequacy, Safeguards, Regimes, Vocabulary)
_GATHERED: dict[type[Any], str] = {Safeguards: "instruments", Regimes: "laws"}


def table(kind: type[Tables]) -> Tables:
    """The law table of this kind, such as `table(Adequacy)`."""
    loaded: Tables = _load(kind)
    return loaded


@cache
def _load(kind: type[Any]) -> Any:
    rows = tomllib.loads((_FOLDER / f"{kind.__name__.lower()}.toml").read_text("utf-8"))
    if name := _GATHERED.get(kind):
        rows = {"checked_on": rows.pop("checked_on"), name: rows}
    return msgspec.convert(rows, kind)
