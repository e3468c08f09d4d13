"""Whether evidence will do: what was given, how long ago, by whose word."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from consentguard.assurance import MAX_AGE, Evidence, Method, Verdict, from_claims, is_verified, rules, stepped_up
from consentguard.settings import Settings
from consentguard.testing.clock import MOMENT
from consentguard.web.demands import is_open, seconds

MINUTE = dt.timedelta(minutes=1)


def given(method: Method, minutes: float | None = 1) -> Evidence:
    at = None if minutes is None else MOMENT - minutes * MINUTE
    return Evidence(method=method, at=at, source="test")


def verdict(*evidence: Evidence, enrolled: bool = False, required: bool = False) -> Verdict:
    return stepped_up(evidence, now=MOMENT, max_age=MAX_AGE, enrolled=lambda: enrolled, required=lambda: required)


@pytest.mark.parametrize(
    ("evidence", "enrolled", "required", "expected"),
    [
        ([], False, False, "sign_in"),
        ([], False, True, "enrol"),
        ([], True, False, "verify"),
        ([("password", 1)], False, False, "ok"),
        ([("password", 15)], False, False, "ok"),
        ([("password", 15.1)], False, False, "sign_in"),
        ([("password", 1)], True, False, "verify"),
        ([("password", 1)], False, True, "enrol"),
        ([("otp", 1)], True, True, "ok"),
        ([("webauthn", 1)], False, False, "ok"),
        ([("recovery", 1)], True, False, "ok"),
        ([("mfa", 1)], False, True, "ok"),
        ([("otp", 15.1)], True, False, "verify"),
        ([("otp", 15.1), ("password", 1)], False, False, "verify"),
        ([("otp", None), ("password", 1)], False, False, "verify"),
        ([("device", 1), ("password", 1)], True, False, "verify"),
        ([("otp", -1)], True, False, "ok"),
        ([("otp", -16)], True, False, "verify"),
    ],
)
def test_something_grave_asks_for_the_strongest_that_somebody_has(
    evidence: list[tuple[Method, float | None]],
    enrolled: bool,
    required: bool,
    expected: str,
) -> None:
    """A second factor of the last minutes; the first one only of who has no second and need not have one."""
    assert verdict(*(given(*each) for each in evidence), enrolled=enrolled, required=required) == expected


@pytest.mark.parametrize("method", ["otp", "webauthn", "recovery", "mfa", "device"])
def test_a_page_is_content_with_any_second_factor(method: Method) -> None:
    """Whenever it was given; a password is none."""
    assert is_verified([given("password"), given(method, None)])
    assert not is_verified([given("password")])


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"amr": ["pwd", "otp"], "auth_time": 1_700_000_000}, [("password", True), ("otp", True)]),
        ({"amr": ["mfa", "mfa"]}, [("mfa", False)]),
        ({"amr": ("hwk",), "auth_time": 1.7e9}, [("webauthn", True)]),
        ({"amr": ["face", "user", "geo", "rba"]}, []),
        ({"amr": "mfa", "auth_time": 1}, []),
        ({"amr": [1, None, ["mfa"]]}, []),
        ({}, []),
        ({"amr": ["otp"], "auth_time": "1700000000"}, [("otp", False)]),
        ({"amr": ["otp"], "auth_time": True}, [("otp", False)]),
        ({"amr": ["otp"], "auth_time": float("nan")}, [("otp", False)]),
        ({"amr": ["otp"], "auth_time": 1e30}, [("otp", False)]),
        ({"amr": ["otp"], "auth_time": -1e30}, [("otp", False)]),
    ],
)
def test_claims_show_what_they_name_and_nothing_more(claims: dict[str, Any], expected: list[Any]) -> None:
    """A moment that is none is none: then the factor counts, and is never fresh."""
    assert [(each.method, each.at is not None) for each in from_claims(claims)] == expected


def test_a_rule_names_a_role_a_group_or_a_permission() -> None:
    """As the policy writes it, and back."""
    texts = ["staff", "group:Billing team", "permission:billing.refund"]
    assert [(rule.kind, rule.name) for rule in rules(texts)] == [
        ("role", "staff"),
        ("group", "Billing team"),
        ("permission", "billing.refund"),
    ]
    assert [*map(str, rules(texts))] == texts


@pytest.mark.parametrize(
    ("name", "ours", "there"),
    [
        ("login", False, True),
        ("admin:logout", False, True),
        ("auth.logout", False, True),
        ("static", False, True),
        ("consentguard:factor", True, True),
        ("consentguard.factor_setup", True, True),
        ("legal:privacy:policy", True, True),
        ("legal:privacy:account", True, False),
        ("consentguard:policy", False, False),
        ("consentguard:account", True, False),
        ("consentguard.account_right", True, False),
        ("admin:index", False, False),
        ("shop.login_history", False, False),
        ("help", False, False),
        ("kept", False, True),
        ("", False, False),
    ],
)
def test_the_way_in_and_out_is_open(name: str, ours: bool, there: bool) -> None:
    """With our own pages that are no account's, whatever their namespace is called, and what the host names."""
    settings = Settings.of({"factor_open": ["kept"], "factor_page": "/two-factor/?from=us"}, Path())
    assert is_open(name, "/asked", settings, ours=ours) is there
    assert is_open(name, "/two-factor/", settings, ours=ours)  # the host's own page is the way to what is asked for


def test_an_age_that_nothing_has_is_refused() -> None:
    """Where the code is written, and not when somebody asks."""
    assert (seconds(None), seconds(60), seconds(MINUTE)) == (MAX_AGE, MINUTE, MINUTE)
    for wrong in (0, -1, dt.timedelta()):
        with pytest.raises(ValueError, match="max_age"):
            seconds(wrong)
