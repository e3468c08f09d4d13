"""Telephone and tax numbers as an index takes them: one form, however they are written."""

from __future__ import annotations

import pkgutil

import pytest
import stdnum
from hypothesis import given
from hypothesis import strategies as st

from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.kinds import Exact
from consentguard.crypto.index.normal import Normaliser, normaliser

FORMS = [
    ("phone", "+502 5555-1234", "+50255551234"),
    ("phone", "\uff0b\u0665\u0660\u0662 5555 1234", "+50255551234"),
    ("phone:GT", "5555 1234", "+50255551234"),
    ("phone:gt", "00 502 55 55 12 34", "+50255551234"),
    ("phone:GT", "+1 650-253-0000 ext. 12", "+16502530000"),
    ("phone", "5555 1234", "55551234"),
    ("phone:GT", "1", "1"),
    ("phone:GT", "None ", "none"),
    ("phone:GT", "", ""),
    ("tax:GT", "576937-K", "576937K"),
    ("tax:ES", "54362315-k", "54362315K"),
    ("tax:DE", "DE 136,695 976", "136695976"),
    ("tax:MX", "P&G 851223 B24", "P&G851223B24"),
    ("tax:US", "536-90-4399", "536904399"),
    ("tax:GT", "n/a", "NA"),
    ("tax:GT", " --- ", "---"),
]
LOOKS = st.text("0123456789+-() .*/&abkxABKÑñéßŉΐ①٣\u0301", max_size=18)


def countries() -> list[str]:
    """Those of which python-stdnum knows a tax number."""
    names = [module.name.rstrip("_") for module in pkgutil.iter_modules(stdnum.__path__)]
    return [
        name
        for name in names
        if len(name) == 2 and (stdnum.get_cc_module(name, "vat") or stdnum.get_cc_module(name, "tin"))
    ]


@pytest.mark.parametrize(("name", "text", "form"), FORMS)
def test_a_number_has_one_form(name: str, text: str, form: str) -> None:
    """And what is no number a form all the same, so that whatever is stored can be found."""
    assert normaliser(name)(text) == form


@pytest.mark.parametrize("region", ["", ":GT", ":US", ":DE", ":BY", ":AR"])
@given(text=LOOKS)
def test_a_telephone_number_stays_once_it_is_normal(region: str, text: str) -> None:
    """Also of countries where the prefix for calls within them is taken off."""
    stays(normaliser(f"phone{region}"), text)


@given(country=st.sampled_from(countries()), text=LOOKS, prefixes=st.integers(0, 2))
def test_a_tax_number_stays_once_it_is_normal(country: str, text: str, prefixes: int) -> None:
    """Of every country, also where the country's code is taken off."""
    stays(normaliser(f"tax:{country}"), country.upper() * prefixes + text)


def stays(normalise: Normaliser, text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.parametrize("name", ["phone:XX", "tax:XX", "tax:CU"])
def test_a_country_that_is_not_known_is_refused(name: str) -> None:
    """Where the index is declared."""
    with pytest.raises(SearchError, match=name):
        Exact(name)


def test_the_name_of_an_index_has_its_country() -> None:
    """In letters that a column's name may have."""
    assert Exact("phone:GT").name == "exact_phone_gt"
