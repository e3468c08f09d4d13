"""How periods, places, lists and dates are written, and that the catalogs are complete."""

from __future__ import annotations

import datetime as dt

import pytest

from consentguard.words import languages, words


@pytest.mark.parametrize(
    ("iso", "english", "spanish"),
    [
        ("P90D", "90 days", "90 días"),
        ("P1D", "1 day", "1 día"),
        ("P5Y", "5 years", "5 años"),
        ("P1Y6M", "1 year and 6 months", "1 año y 6 meses"),
        ("P2W", "2 weeks", "2 semanas"),
        ("PT1H", "1 hour", "1 hora"),
        ("P1DT12H30M", "1 day, 12 hours, and 30 minutes", "1 día, 12 horas y 30 minutos"),
        ("P0D", "0 days", "0 días"),
    ],
)
def test_a_duration_is_written_out(iso: str, english: str, spanish: str) -> None:
    """No reader meets an ISO duration."""
    assert words("en").period(iso) == english
    assert words("es").period(iso) == spanish


@pytest.mark.parametrize(
    ("region", "english", "spanish"),
    [
        ("GT", "Guatemala", "Guatemala"),
        ("US", "the United States", "Estados Unidos"),
        ("GB", "the United Kingdom", "el Reino Unido"),
        ("EEA", "the European Economic Area", "el Espacio Económico Europeo"),
        ("US-CA", "California", "California"),
        ("DE-BY", "Germany (BY)", "Alemania (BY)"),
    ],
)
def test_a_place_stands_in_a_sentence(region: str, english: str, spanish: str) -> None:
    """Countries and regions have names, with an article where the language wants one."""
    assert words("en").place(region) == english
    assert words("es").place(region) == spanish


@pytest.mark.parametrize(
    ("items", "all_of", "any_of"),
    [
        (["uno"], "uno", "uno"),
        (["nombre", "correo"], "nombre y correo", "nombre o correo"),
        (["nombre", "identificador"], "nombre e identificador", "nombre o identificador"),
        (["a", "b", "hielo"], "a, b y hielo", "a, b o hielo"),
        (["siete", "ocho"], "siete y ocho", "siete u ocho"),
        (["a", "historia"], "a e historia", "a o historia"),
    ],
)
def test_spanish_lists_sound_right(items: list[str], all_of: str, any_of: str) -> None:
    """"y" becomes "e" before the sound i, and "o" becomes "u" before o."""  # fmt: skip
    assert words("es").all_of(items) == all_of
    assert words("es").any_of(items) == any_of


def test_a_date_is_written_out() -> None:
    """Never as digits alone, which two countries read in two ways."""
    assert words("en").date(dt.date(2026, 1, 7)) == "January 7, 2026"
    assert words("es").date(dt.date(2026, 1, 7)) == "7 de enero de 2026"


@pytest.mark.parametrize("language", ["fr", "tlh", "x"])
def test_a_language_without_a_catalog_is_written_in_english(language: str) -> None:
    """One language per text: no French dates among English sentences."""
    assert words(language).say("Not stated") == "Not stated"
    assert words(language).period("P1M") == "1 month"


def test_a_regional_language_has_the_words_of_its_language() -> None:
    """`es-GT` reads Spanish."""
    assert words("es-GT").say("Not stated") == "No se indica"


def test_english_and_spanish_are_there() -> None:
    """The two languages that consentguard speaks."""
    assert languages() == {"en", "es"}
