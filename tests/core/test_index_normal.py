"""Normalisation and the canonical text of values: what an index takes for equal, and that it stays so."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.crypto.index import numbers
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.normal import digits, domain, normaliser
from consentguard.crypto.index.texts import MOST_DIGITS, canonical

NAMES = ("exact", "casefold", "email")
ALIKE = [
    ("casefold", "Ada Lovelace", " ada lovelace\n"),
    ("casefold", "STRASSE", "straße"),
    ("casefold", "Peña", "pen\u0303a"),
    ("casefold", "ﬁne", "FINE"),
    ("casefold", "ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("email", "Ada@Example.com ", "ada@example.com"),
    ("email", "ada@münchen.example", "ADA@XN--MNCHEN-3YA.example"),
    ("email", "Ada@BÜCHER。example", "ada@bu\u0308cher.example"),
    ("email", "ada @bücher.example", "ada @xn--bcher-kva.example"),
    ("email", "no address", "NO ADDRESS"),
]
UNLIKE = [
    ("exact", "Peña", "pen\u0303a"),
    ("exact", "a", "A"),
    ("casefold", "Pena", "Peña"),
    ("email", "ada@straße.example", "ada@strasse.example"),
    ("email", "ada@example.com", "ada@example.org"),
]
TEXTS: list[tuple[object, str]] = [
    ("", ""),
    (0, "0"),
    (-7, "-7"),
    (False, "false"),
    (Decimal("-0.0"), "0"),
    (Decimal("12.30"), "12.3"),
    (Decimal("1E+3"), "1000"),
    (0.5, "0.5"),
    (dt.date(2026, 2, 3), "2026-02-03"),
    (dt.datetime.fromisoformat("2026-02-03T04:05"), "2026-02-03T04:05:00.000000"),
    (UUID(int=255), "00000000-0000-0000-0000-0000000000ff"),
    (b"\x00\xff", "00ff"),
    (memoryview(b"\x00\xff"), "00ff"),
]
QUARTERS = st.builds(
    lambda number, write: write(number),
    st.integers(-9, 9),
    st.sampled_from(
        [int, lambda number: number / 4, lambda number: Decimal(number) / 4, lambda number: Decimal(f"{number}.00")]
    ),
)


@pytest.mark.parametrize(("name", "one", "other"), ALIKE)
def test_texts_that_are_meant_alike_become_one(name: str, one: str, other: str) -> None:
    """Upper case, another writing of a letter, the ASCII form of a domain."""
    assert normaliser(name)(one) == normaliser(name)(other)


@pytest.mark.parametrize(("name", "one", "other"), UNLIKE)
def test_texts_that_are_not_meant_alike_stay_apart(name: str, one: str, other: str) -> None:
    """Two domains of two owners are two, whatever older rules made of them."""
    assert normaliser(name)(one) != normaliser(name)(other)


@pytest.mark.parametrize("name", NAMES)
@given(text=st.one_of(st.text(), st.emails(), st.from_regex(r"[\w.ǰßŉ]{1,4}@[\w.\- üß。]{1,6}", fullmatch=True)))
def test_what_is_normal_stays_as_it_is(name: str, text: str) -> None:
    """Applied twice it changes nothing, for any text, half a surrogate pair too."""
    once = normaliser(name)(text)
    assert normaliser(name)(once) == once


def test_every_letter_stays_once_it_is_folded() -> None:
    """All of Unicode's first two planes, where letters have two cases or ways to be written, alone and under a mark."""
    fold = normaliser("casefold")
    letters = [letter for letter in map(chr, range(0x20000)) if fold(letter) != letter]
    folded = {fold(letter + mark) for letter in letters for mark in ("", "\u0345", "\u0301")}
    assert len(letters) > 5000
    assert [text for text in folded if fold(text) != text] == []


def test_a_domain_is_that_of_the_address() -> None:
    """In its ASCII form; what has none has no domain."""
    assert domain("Ada@BÜCHER.example") == "xn--bcher-kva.example"
    assert domain('"a@b"@example.com') == "example.com"
    assert [domain(text) for text in ("", "ada", "@example.com", "ada@")] == ["", "", "", ""]


def test_digits_of_every_script_are_the_same() -> None:
    """And nothing else is a digit."""
    assert digits("+502 (5555) 12-34") == digits("+٥٠٢ 5555 1٢34") == "50255551234"


@pytest.mark.parametrize("name", ["Exact", "phone:", "phone:502", "tax", "tax:", "tax:gtm", "lower", "exact:GT"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    """With those that there are."""
    with pytest.raises(SearchError, match="casefold"):
        normaliser(name)


@pytest.mark.parametrize("make", [numbers.phone, numbers.tax])
def test_a_missing_package_is_named_with_its_extra(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the normalisation is declared, and not when the first value is stored."""
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    monkeypatch.setitem(sys.modules, "stdnum", None)
    with pytest.raises(SearchError, match=r"consentguard\[search\]"):
        make("gt")


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=repr)
def test_a_value_has_one_text(value: object, text: str) -> None:
    """Empty and false values too."""
    assert canonical(value) == text


@given(QUARTERS, QUARTERS)
def test_numbers_have_the_same_text_when_they_are_equal(one: Any, other: Any) -> None:
    """And only then, whatever their types, and whatever zeros a Decimal keeps."""
    assert (canonical(one) == canonical(other)) == (one == other)


def test_a_moment_has_one_text_in_every_zone() -> None:
    """As it is equal to itself elsewhere."""
    moment = dt.datetime(2026, 2, 3, 23, 30, tzinfo=dt.UTC)
    there = moment.astimezone(dt.timezone(dt.timedelta(hours=-6)))
    assert canonical(there) == canonical(moment) == "2026-02-03T23:30:00.000000+00:00"


@pytest.mark.parametrize("value", [10**MOST_DIGITS, Decimal(f"1E+{MOST_DIGITS}"), Decimal(f"1E-{MOST_DIGITS}")])
def test_a_number_whose_text_would_fill_the_memory_is_refused(value: object) -> None:
    """Python would write a Decimal of a quintillion digits, were there room."""
    with pytest.raises(SearchError, match="4000 digits"):
        canonical(value)


@pytest.mark.parametrize("value", [["a"], {"a": 1}, object(), 1j], ids=["list", "dict", "object", "complex"])
def test_a_value_without_a_text_is_refused(value: object) -> None:
    """By its type alone: what it is, is not shown."""
    with pytest.raises(SearchError, match=f"of type {type(value).__name__}"):
        canonical(value)
