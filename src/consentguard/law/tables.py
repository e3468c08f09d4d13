"""The rows of the law tables: what each TOML file of this folder holds, read once and frozen."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct, field

from consentguard.periods import Period, business_days_after, parse_period, working_day_from

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


AgeBasis = Literal["consent", "contract", "sale"]
"""What somebody too young cannot decide alone: to consent, to conclude a contract, to have their data sold."""
ServiceKind = Literal["any", "information_society"]
"""`information_society` is a service at a distance, by electronic means and on request (Directive (EU) 2015/1535)."""


class AgeLimit(Row, frozen=True):
    """From `threshold` years on somebody decides alone in a place, from `since` to `until`, both days included."""

    place: str
    basis: AgeBasis
    service: ServiceKind
    threshold: int
    since: dt.date
    checked_on: dt.date
    until: dt.date | None = None
    note: str = ""

    def holds(self, on: dt.date) -> bool:
        """Whether it is in force on a day."""
        return self.since <= on and (self.until is None or on <= self.until)

    def concerns(self, basis: AgeBasis, service: ServiceKind) -> bool:
        """Whether it is about this basis and this kind of service."""
        return self.basis == basis and self.service in ("any", service)


class Instrument(Row, frozen=True):
    """A safeguard for data sent abroad, and the regimes that accept it; `countries` where it covers these alone."""

    title: str
    accepted_by: tuple[str, ...]
    countries: tuple[str, ...] = ()


class Clock(Row, frozen=True):
    """How soon a law wants requests answered that come in since a day: within `answer`, or so many `business_days`.

    It is for some `rights`; for every one that no other clock names, where it says none. `extension` is added once to
    `answer`. Receipt is confirmed within so many business days (`acknowledge`), and `calendar` is the country whose
    public holidays none of these are. Where it `rolls`, a last day that is no working day becomes the next one. `proof`
    says what becomes of the clock while proof of identity is awaited: it pauses, starts with the proof, or runs on.
    """

    since: dt.date
    rights: tuple[str, ...] = ()
    answer: str = ""
    business_days: int = 0
    extension: str = ""
    acknowledge: int = 0
    calendar: str | None = None
    rolls: bool = False
    proof: Literal["", "pauses", "starts"] = ""

    def due(self, start: dt.date, calendar: str | None, *, extended: bool = False) -> dt.date:
        """The last day to answer what came in on a day; `calendar` is the country of whoever has to answer.

        Months end on the corresponding day, or on the last one of a month that has none. Raises PeriodError.
        """
        if self.business_days:
            return business_days_after(start, self.business_days, self.calendar)
        months = parse_period(self.answer)
        end = (months.plus(parse_period(self.extension)) if extended and self.extension else months).after(start)
        return working_day_from(end, calendar) if self.rolls else end

    def acknowledged_by(self, start: dt.date) -> dt.date | None:
        """The last day to confirm the receipt of what came in on a day; None where the law sets none."""
        return business_days_after(start, self.acknowledge, self.calendar) if self.acknowledge else None


class Law(Row, frozen=True):
    """A privacy law: `rights` and `information` map what it demands to the article that does.

    `record` does so for a record of processing, by the article's number alone.
    `home` is the region in which data is not transferred and a controller needs no representative.
    """

    title: str
    home: str
    clocks: tuple[Clock, ...]
    rights: dict[str, str]
    information: dict[str, str]
    record: dict[str, str] = {}
    trackers_need_consent: bool = False
    transfer_instruments: bool = False

    def clock(self, right: str, on: dt.date) -> Clock:
        """The clock of requests about a right that come in on a day; of an earlier day than any, the first one."""
        for_it = [clock for clock in self.clocks if right in clock.rights]
        rows = sorted(for_it or [clock for clock in self.clocks if not clock.rights], key=lambda clock: clock.since)
        return next((clock for clock in reversed(rows) if clock.since <= on), rows[0])

    def limit(self, right: str, on: dt.date) -> Period:
        """How soon a request about `right` has to be answered, before any extension; a week has five business days."""
        clock = self.clock(right, on)
        return Period(days=clock.business_days * 7 // 5) if clock.business_days else parse_period(clock.answer)


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


class Ages(Struct, frozen=True, forbid_unknown_fields=True):
    """`ages.toml`."""

    rows: tuple[AgeLimit, ...]


class Safeguards(Struct, frozen=True):
    """`safeguards.toml`, its instruments gathered by name."""

    checked_on: dt.date
    instruments: dict[str, Instrument] = field(default_factory=dict)


class Regimes(Struct, frozen=True):
    """`regimes.toml`, its laws gathered by name."""

    checked_on: dt.date
    laws: dict[str, Law] = field(default_factory=dict)


class Objections(Row, frozen=True):
    """`objections.toml`: the legal bases of what somebody can object to, and whether they always can to marketing."""

    checked_on: dt.date
    bases: tuple[str, ...]
    marketing: bool


class Vocabulary(Row, frozen=True):
    """`vocabulary.toml`."""

    checked_on: dt.date
    namespaces: dict[str, str]
    kinds: dict[str, Term]
    bases: dict[str, Term]
    conditions: dict[str, Term]
    rights: dict[str, Term]
    roles: dict[str, Term]


Tables = TypeVar("Tables", Ages, Objections, Regions, Adequacy, Safeguards, Regimes, Vocabulary)
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
