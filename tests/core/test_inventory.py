"""The cookies that a policy declares: whose a name is, exactly or by pattern."""

from __future__ import annotations

import timeit

import pytest

from consentguard.consent.inventory import MOST_REMEMBERED, Declared, Inventory
from consentguard.manifest.schema import Cookie

SHOP = Inventory(
    {
        "session": Cookie(purpose="service", names=["sessionid", "a.b"], essential=True),
        "counter": Cookie(purpose="analytics", names=["_ga", "_ga_*", "*_visits"]),
        "ads": Cookie(purpose="marketing", names=["_ga", "session*", "_ga_ads_*", "x*y*z"]),
    }
)


@pytest.mark.parametrize(
    ("name", "services"),
    [
        ("sessionid", ("session",)),  # the exact name comes before the pattern of another service
        ("session2", ("ads",)),
        ("_ga", ("counter", "ads")),
        ("_ga_ABC123", ("counter",)),
        ("_ga_", ("counter",)),
        ("_ga_ads_1", ("ads",)),  # the longer pattern comes first
        ("daily_visits", ("counter",)),
        ("xyz", ("ads",)),
        ("x1y2z", ("ads",)),
        ("x1z", None),
        ("_GA", None),
        ("SessionId", None),
        ("my_ga_ABC", None),
        ("axb", None),  # a full stop stands for itself
        ("_ga\n", None),
        ("", None),
    ],
)
def test_a_name_belongs_to_the_services_that_declare_it(name: str, services: tuple[str, ...] | None) -> None:
    """By its exact name, else by the longest pattern; upper and lower case differ."""
    found = SHOP.find(name)
    assert (found.services if found else None) == services


def test_a_cookie_is_essential_where_one_of_its_services_is() -> None:
    """What visitors asked for is set, whoever else uses the cookie."""
    shared = Inventory({"a": Cookie(names=["x"]), "b": Cookie(names=["x"], essential=True)})
    assert shared.find("x") == Declared(("a", "b"), essential=True)
    assert SHOP.find("_ga") == Declared(("counter", "ads"), essential=False)


@pytest.mark.parametrize("name", ["cg_choice", "cg_refused", "cg_age", "__Host-cg_age", "cg_factor", "cg_proof"])
def test_our_own_cookies_are_known(name: str) -> None:
    """Also where the policy forgot them, or put them into a service that visitors refuse."""
    for inventory in (SHOP, Inventory({}), Inventory({"ads": Cookie(names=["cg_*", name])})):
        assert inventory.find(name) == Declared((), essential=True)


def test_an_empty_section_declares_nothing() -> None:
    """And breaks nothing."""
    assert Inventory({}).find("x") is None


def test_names_without_an_end_take_no_memory_without_an_end() -> None:
    """A visitor who makes a site set ten thousand names does not fill it."""
    inventory = Inventory({"counter": Cookie(names=["v_*"])})
    for number in range(10_000):
        assert inventory.find(f"v_{number}")
        assert inventory.find(f"w_{number}") is None
    assert inventory._find.cache_info().currsize == MOST_REMEMBERED


def test_a_pattern_of_many_stars_is_no_trap() -> None:
    """A name made to be tried in every way is answered at once."""
    inventory = Inventory({"a": Cookie(names=["*a*a*a*a*a*a*a*a*b"])})
    assert min(timeit.repeat(lambda: inventory._find.__wrapped__("a" * 4000), number=1, repeat=3)) < 0.1
