"""Which language a visitor gets, and how languages are named and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.web.languages import direction, lookup, negotiate, own_name, preferences


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        ("es", ["es"]),
        ("es-GT,es;q=0.9,en;q=0.8", ["es-GT", "es", "en"]),
        ("en;q=0.2, fr;q=0.8 , de", ["de", "fr", "en"]),
        ("en;q=0, es", ["es"]),
        ("*, en;q=0.5", ["en"]),
        ("en;q=2, es;q=abc, fr", ["fr"]),
        ("en, es;q=1.5, fr;q=1.000", ["en", "fr"]),
        ("en;level=1, es", ["es"]),
        (f"{'a-' * 4000}a, es", ["es"]),
    ],
)
def test_preferences_are_read_in_order_of_weight(header: str, expected: list[str]) -> None:
    """The best liked comes first; what is refused (q=0), a wildcard or malformed is left out."""
    assert preferences(header) == expected


@given(st.text())
def test_no_header_breaks_the_negotiation(header: str) -> None:
    """Whatever a client sends, it gets one of the site's languages."""
    assert negotiate(header, ["en", "es"]) in {"en", "es"}


@pytest.mark.parametrize(
    ("header", "languages", "expected"),
    [
        ("es-GT", ["en", "es"], "es"),
        ("ES", ["en", "es"], "es"),
        ("pt", ["en", "pt-BR"], "pt-BR"),
        ("zh-Hant-TW", ["en", "zh-Hans", "zh-Hant"], "zh-Hant"),
        ("fr, es;q=0.5", ["en", "es"], "es"),
        ("fr", ["es", "en"], "es"),
    ],
)
def test_the_nearest_language_of_the_site_is_chosen(header: str, languages: list[str], expected: str) -> None:
    """A tag is shortened until the site has it; where nothing fits, the site's first language answers."""
    assert negotiate(header, languages) == expected


def test_a_language_that_the_site_lacks_is_not_found() -> None:
    """Only `negotiate` falls back; a lookup says so."""
    assert lookup(["fr"], ["en", "es"]) is None


@pytest.mark.parametrize(
    ("language", "name", "way"),
    [("en", "English", "ltr"), ("es", "Español", "ltr"), ("ar", "العربية", "rtl"), ("he-IL", "עברית (ישראל)", "rtl")],
)
def test_a_language_is_called_by_its_own_name_and_written_its_own_way(language: str, name: str, way: str) -> None:
    """Labels for people who read that language, and the direction of its script."""
    assert (own_name(language), direction(language)) == (name, way)


def test_a_language_unknown_to_us_is_shown_by_its_tag() -> None:
    """A tag that no table knows is no error."""
    assert (own_name("qqq"), direction("qqq")) == ("Qqq", "ltr")
