"""Legal facts: dated, sourced, and true on the day that is asked about."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from consentguard import law
from consentguard.law.tables import Adequacy, Objections, Regimes, Regions, Safeguards, Vocabulary, table
from consentguard.manifest.schema import Regimes as Declared
from consentguard.manifest.vocabulary import DataKind, LegalBasis, RightName
from consentguard.periods import business_days_after

TODAY = dt.date(2026, 11, 21)
FOLDER = Path(str(law.__file__)).parent
COUNTRIES = set(tomllib.loads((FOLDER / "countries.toml").read_text("utf-8"))["codes"])


@pytest.mark.parametrize(
    ("region", "on", "holders"),
    [
        ("FR", TODAY, ("FR", "EU", "EEA")),
        ("NO", TODAY, ("NO", "EEA")),
        ("CH", TODAY, ("CH",)),
        ("EU", TODAY, ("EU", "EEA")),
        ("EEA", TODAY, ("EEA",)),
        ("US-CA", TODAY, ("US-CA", "US")),
        ("ES-CT", TODAY, ("ES-CT", "ES", "EU", "EEA")),
        ("RE", TODAY, ("RE", "EU", "EEA")),
        ("GB", TODAY, ("GB",)),
        ("GB", dt.date(2020, 12, 31), ("GB", "EU", "EEA")),
        ("GB", dt.date(2021, 1, 1), ("GB",)),
        ("HR", dt.date(2013, 6, 30), ("HR",)),
        ("HR", dt.date(2013, 7, 1), ("HR", "EU", "EEA")),
    ],
)
def test_regions_hold_a_place_on_a_day(region: str, on: dt.date, holders: tuple[str, ...]) -> None:
    """A place lies in itself first, then in ever wider regions, as they stood on that day."""
    assert law.regions_of(region, on) == holders


def test_the_union_has_27_members() -> None:
    """27 member states, and 30 countries in the economic area (their territories with codes of their own apart)."""
    territories = {"AX", "GF", "GP", "MF", "MQ", "RE", "YT"}
    union = {code for code in COUNTRIES if "EU" in law.regions_of(code, TODAY)} - territories
    area = {code for code in COUNTRIES if "EEA" in law.regions_of(code, TODAY)} - territories
    assert (len(union), len(area)) == (27, 30)


@pytest.mark.parametrize(
    ("country", "on", "regime", "adequate"),
    [
        ("BR", dt.date(2026, 1, 25), "gdpr", False),
        ("BR", dt.date(2026, 1, 26), "gdpr", True),
        ("BR", TODAY, "uk_gdpr", False),
        ("GB", dt.date(2031, 12, 27), "gdpr", True),
        ("GB", dt.date(2031, 12, 28), "gdpr", False),
        ("KE", TODAY, "gdpr", False),
        ("DE", TODAY, "uk_gdpr", True),
        ("KR", TODAY, "uk_gdpr", True),
        ("GI", TODAY, "uk_gdpr", True),
        ("unstated", TODAY, "gdpr", False),
    ],
)
def test_adequacy_has_a_day(country: str, on: dt.date, regime: str, adequate: bool) -> None:
    """A decision counts from its day to its last, for the regime that made it."""
    assert law.is_adequate(country, on, regime) is adequate


def test_adequacy_may_cover_some_recipients_only() -> None:
    """The decision on the United States names whom it covers."""
    decision = law.adequacy("US", TODAY, "gdpr")
    assert decision is not None
    assert "Data Privacy Framework" in decision.only


@pytest.mark.parametrize(
    ("regime", "right", "period"),
    [
        ("gdpr", "erasure", "P1M"),
        ("uk_gdpr", "access", "P1M"),
        ("ccpa", "erasure", "P45D"),
        ("kenya_dpa", "access", "P7D"),
        ("kenya_dpa", "portability", "P30D"),
        ("ccpa", "opt_out", "P21D"),
    ],
)
def test_a_regime_has_a_clock_for_each_right(regime: str, right: str, period: str) -> None:
    """How soon a request is answered, by regime and right."""
    assert str(law.regime(regime).limit(right, TODAY)) == period


@pytest.mark.parametrize(
    ("regime", "right", "start", "home", "due", "extended"),
    [
        ("gdpr", "erasure", "2026-01-31", "DE", "2026-03-02", "2026-04-30"),  # 28 February is a Saturday
        ("gdpr", "erasure", "2028-01-31", "DE", "2028-02-29", "2028-05-02"),  # 30 April: a Sunday, then a holiday
        ("gdpr", "erasure", "2026-11-25", "DE", "2026-12-28", "2027-02-25"),  # 25 December: a holiday, then a weekend
        ("gdpr", "erasure", "2026-11-25", None, "2026-12-25", "2027-02-25"),
        ("uk_gdpr", "access", "2026-03-31", "GB", "2026-04-30", "2026-06-30"),
        ("ccpa", "access", "2026-01-31", "US", "2026-03-17", "2026-05-01"),
        ("ccpa", "opt_out", "2026-06-26", "US", "2026-07-20", "2026-07-20"),  # the Fourth of July, kept on the third
        ("kenya_dpa", "access", "2026-01-31", "KE", "2026-02-07", "2026-02-07"),
    ],
)
def test_the_last_day_of_a_clock(
    regime: str, right: str, start: str, home: str | None, due: str, extended: str
) -> None:
    """Corresponding days of months, the last where there is none, the next working day where the law says so."""
    clock = law.regime(regime).clock(right, dt.date.fromisoformat(start))
    ends = [clock.due(dt.date.fromisoformat(start), home, extended=put_off) for put_off in (False, True)]
    assert [end.isoformat() for end in ends] == [due, extended]


def test_receipt_is_confirmed_where_a_law_asks_for_it() -> None:
    """Within ten business days in California; nothing is said of it elsewhere."""
    start = dt.date(2026, 6, 26)
    assert law.regime("ccpa").clock("access", start).acknowledged_by(start) == dt.date(2026, 7, 13)
    assert law.regime("gdpr").clock("access", start).acknowledged_by(start) is None


def test_every_clock_can_be_read() -> None:
    """Each law has one for all rights, in periods that there are; before its first day, that one holds."""
    for name in law.regimes():
        for clock in law.regime(name).clocks:
            assert clock.due(TODAY, "DE", extended=True) >= clock.due(TODAY, "DE") > TODAY
        assert law.regime(name).clock("access", dt.date(1990, 1, 1)) == law.regime(name).clock("access", TODAY)


def test_every_regime_of_the_manifest_is_known() -> None:
    """What a manifest can declare, the tables know, and the other way round."""
    assert set(law.regimes()) == set(Declared.__struct_fields__) - {"unknown"}


def test_every_right_of_a_regime_is_a_word_of_the_manifest() -> None:
    """A right that a law demands can be written under `[rights]`."""
    for name in law.regimes():
        assert set(law.regime(name).rights) <= set(get_args(RightName))


def test_safeguards_are_accepted_by_known_regimes() -> None:
    """The EU's clauses serve the GDPR, the UK's serve the UK GDPR, and nothing made up serves anything."""
    scc, idta = law.safeguard("scc"), law.safeguard("uk_idta")
    assert scc is not None
    assert idta is not None
    assert (scc.accepted_by, idta.accepted_by) == (("gdpr",), ("uk_gdpr",))
    assert law.safeguard("kenya_framework") is None
    for instrument in table(Safeguards).instruments.values():
        assert set(instrument.accepted_by) <= set(law.regimes())


def test_places_are_real() -> None:
    """Each country of the tables is one that a manifest can name."""
    regions = {row.region for row in table(Regions).members}
    named = {code for row in table(Regions).members for code in row.countries}
    named |= {row.country for row in table(Adequacy).decisions}
    assert named - regions <= COUNTRIES


def test_every_country_has_a_calendar() -> None:
    """Business days can be counted by the public holidays of each country that a manifest can name."""
    for country in sorted(COUNTRIES):
        assert business_days_after(TODAY, 1, country) > TODAY


@pytest.mark.parametrize("kind", [Objections, Regions, Adequacy, Safeguards, Regimes, Vocabulary])
def test_tables_say_when_they_were_checked(kind: Any) -> None:
    """A table of law names the day on which somebody last looked at it, and it is no day to come."""
    assert dt.date(2026, 1, 1) <= table(kind).checked_on <= dt.date.today()  # noqa: DTZ011 - a civil date


def test_every_kind_of_data_has_a_name_in_other_vocabularies() -> None:
    """The mapping to W3C DPV and fideslang covers every kind of data that a manifest knows."""
    for kind in get_args(DataKind):
        assert law.dpv(kind).startswith(("pd:", "dpv:"))
        assert law.fideslang(kind).startswith("user")


def test_legal_bases_have_a_name_in_other_vocabularies() -> None:
    """Each basis of Art. 6 is mapped; `unstated` is none."""
    for basis in set(get_args(LegalBasis)) - {"unstated"}:
        assert law.term("bases", basis) is not None
    assert law.term("bases", "unstated") is None


def test_a_right_of_our_own_has_no_name_elsewhere() -> None:
    """A word without a match is left out, never bent."""
    assert law.term("rights", "api_access") is None
    erasure = law.term("rights", "erasure")
    assert erasure is not None
    assert (erasure.dpv, erasure.fideslang) == ("eu-gdpr:A17", "Erasure")


def test_a_record_of_processing_is_asked_for_item_by_item() -> None:
    """Art. 30(1) for controllers and 30(2) for processors: each item by the number of its rule."""
    asked = law.regime("gdpr").record
    assert asked["retention"] == "30(1)(f)"
    assert asked["processing"] == "30(2)(b)"
