"""Words in a language: translated sentences, and periods, dates, places and lists as that language writes them."""

from __future__ import annotations

import datetime as dt
import gettext
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from consentguard.periods import parse_period

if TYPE_CHECKING:
    from babel import Locale  # babel is loaded with the first word that is said, and not to start a site

DOMAIN = "consentguard"
VISITORS = "visitors"
"""The catalogs of what every visitor meets, such as the banner and the age screen. They exist in more languages."""
LOCALES = Path(__file__).parent / "locale"
SOURCE_LANGUAGE = "en"

_ARTICLES = {
    "en": {"the": frozenset(["AE", "BS", "CF", "CG", "DO", "GB", "GM", "KM", "MH", "MV", "NL", "PH", "SB", "US"])},
    "es": {"el": frozenset(["GB"]), "la": frozenset(["DO", "CF"]), "los": frozenset(["NL", "AE"])},
}
_SOUNDS_ALIKE = {
    "standard": re.compile(r"h?[ií](?![aeouáéóú])", re.IGNORECASE),
    "or": re.compile(r"h?[oó]", re.IGNORECASE),
}


def N_(message: str) -> str:  # noqa: N802 - the name that translation tools look for
    """Mark a message for translation where it stands in a table; `Words.say` translates it when it is used."""
    return message


_REGIONS = {
    "EEA": N_("the European Economic Area"),
    "EU": N_("the European Union"),
    "US-CA": N_("California"),
    "CA-QC": N_("Quebec"),
}
_RHYTHMS = {
    "PT1H": N_("every hour"),
    "P1D": N_("every day"),
    "P7D": N_("every week"),
    "P1W": N_("every week"),
    "P1M": N_("every month"),
    "P1Y": N_("every year"),
}


@dataclass(frozen=True)
class Words:
    """One language. `language` is a BCP 47 tag; a language without a catalog of ours is written in English."""

    language: str
    locale: Locale
    catalog: gettext.NullTranslations

    def say(self, message: str, **values: str) -> str:
        """Translate `message` and fill its `{placeholders}`."""
        text = self.catalog.gettext(message)
        return text.format(**values) if values else text

    def say_count(self, one: str, many: str, count: int, **values: str) -> str:
        """Translate the plural form that `count` asks for; `{count}` is filled in."""
        return self.catalog.ngettext(one, many, count).format(count=count, **values)

    def date(self, day: dt.date) -> str:
        """`day` written out: "21 November 2026" as the language has it."""
        from babel.dates import format_date

        return format_date(day, format="long", locale=self.locale)

    def period(self, iso: str) -> str:
        """An ISO 8601 duration in words: `P1Y6M` is "1 year and 6 months"."""
        from babel.units import format_unit

        parts = [
            format_unit(number, f"duration-{unit.removesuffix('s')}", "long", locale=self.locale)
            for unit, number in asdict(parse_period(iso)).items()
            if number
        ]
        return self.all_of(parts or [format_unit(0, "duration-day", "long", locale=self.locale)])

    def rhythm(self, iso: str) -> str:
        """How often something happens: "every day", "every 6 hours"."""
        return self.say(_RHYTHMS[iso]) if iso in _RHYTHMS else self.say("every {period}", period=self.period(iso))

    def country(self, code: str) -> str:
        """A country's name as it stands in a table: "United States"; `unstated` is "Not stated"."""
        if code == "unstated":
            return self.say("Not stated")
        return str(self.locale.territories.get(code, code))

    def place(self, region: str) -> str:
        """A region's name as it stands in a sentence: "the United States", "California"."""
        if region in _REGIONS:
            return self.say(_REGIONS[region])
        if region == "unstated":
            return self.say("a country that is not stated")
        country, _, part = region.partition("-")
        articles = _ARTICLES.get(self.locale.language, {})
        article = next((article for article, codes in articles.items() if country in codes), "")
        return " ".join(filter(None, [article, self.country(country), f"({part})" if part else ""]))

    def places(self, regions: Iterable[str]) -> str:
        """Several regions in a sentence."""
        return self.all_of(map(self.place, regions))

    def all_of(self, items: Iterable[str]) -> str:
        """A list in a sentence: "a, b and c"."""
        return self._list(list(items), "standard")

    def any_of(self, items: Iterable[str]) -> str:
        """A choice in a sentence: "a, b or c"."""
        return self._list(list(items), "or")

    def _list(self, items: list[str], style: Literal["standard", "or"]) -> str:
        from babel.lists import format_list

        text = format_list(items, style=style, locale=self.locale) if items else ""
        if self.locale.language == "es" and len(items) > 1 and _SOUNDS_ALIKE[style].match(items[-1]):
            word = {"standard": "e", "or": "u"}[style]  # "y" before the sound i is "e", "o" before o is "u"
            return f"{text.removesuffix(items[-1])[:-2]}{word} {items[-1]}"
        return text


@cache
def words(language: str) -> Words:
    """The words of `language`, a BCP 47 tag such as `es` or `es-GT`."""
    return _words(language, DOMAIN)


@cache
def spoken(language: str) -> Words:
    """The words of `language` for what every visitor meets: see VISITORS."""
    whole = words(language)
    return _words(language, VISITORS) if whole.locale.language != language.partition("-")[0] else whole


@cache
def languages() -> frozenset[str]:
    """The languages that consentguard's own sentences exist in."""
    return _languages(DOMAIN)


def _words(language: str, domain: str) -> Words:
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse(SOURCE_LANGUAGE)
    if locale.language not in _languages(domain):
        locale = Locale.parse(SOURCE_LANGUAGE)
    catalog = gettext.translation(domain, LOCALES, [str(locale), locale.language], fallback=True)
    return Words(language, locale, catalog)


def _languages(domain: str) -> frozenset[str]:
    return frozenset(
        {SOURCE_LANGUAGE} | {file.parent.parent.name for file in LOCALES.glob(f"*/LC_MESSAGES/{domain}.mo")}
    )
