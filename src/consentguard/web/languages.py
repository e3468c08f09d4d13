"""Which of a site's languages a visitor gets: RFC 9110 section 12.5.4 and RFC 4647 section 3.4."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

# no language has as many parts; a thousand of them would be a thousand lookups
_TAG = r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,9}"
_WEIGHT = r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?"
_PREFERENCE = re.compile(rf"(?:^|,)\s*({_TAG})\s*(?:;\s*q=({_WEIGHT})\s*)?(?=,|$)")


def preferences(accept_language: str) -> list[str]:
    """The language tags of an Accept-Language header, the best liked first; what is malformed is passed over."""
    weighted = [(float(match[2] or 1), match[1]) for match in _PREFERENCE.finditer(accept_language)]
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight]


def lookup(wanted: Iterable[str], languages: Sequence[str]) -> str | None:
    """The first of `wanted` that is among `languages`, shortened from its end until it is; None when none is.

    A tag without a region also finds a language with one: `pt` finds `pt-BR`.
    """
    known = {language.partition("-")[0].lower(): language for language in reversed(languages)}
    known |= {language.lower(): language for language in languages}
    for tag in wanted:
        subtags = tag.lower().split("-")
        for length in range(len(subtags), 0, -1):
            if found := known.get("-".join(subtags[:length])):
                return found
    return None


def negotiate(accept_language: str, languages: Sequence[str]) -> str:
    """The language to answer in: the visitor's best among `languages`, else the first of these."""
    return lookup(preferences(accept_language), languages) or languages[0]


def own_name(language: str) -> str:
    """What a language calls itself, as the label of a link: "Español"."""
    locale = _locale(language)
    name = (locale.get_display_name() if locale else None) or language
    return name[:1].upper() + name[1:]


def direction(language: str) -> str:
    """Which way a language is written: "ltr" or "rtl"."""
    locale = _locale(language)
    return locale.text_direction if locale else "ltr"


def _locale(language: str) -> Locale | None:
    from babel import Locale, UnknownLocaleError  # not loaded to start a site

    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None
