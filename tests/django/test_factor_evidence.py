"""What a Django site knows of how somebody signed in by other packages, so that nobody is asked for it twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from consentguard.assurance import Evidence
from consentguard_django.assurance import circumstances
from tests.django import settings


@dataclass
class Device:
    """A device as django-otp's middleware puts it at the user."""

    persistent_id: str


@pytest.fixture
def request_(rf: RequestFactory) -> HttpRequest:
    request = rf.get("/")
    request.session = SessionStore()
    request.user = get_user_model()(pk=7)
    return request


def shown(request: HttpRequest) -> list[tuple[str, bool, str]]:
    return [(each.method, each.at is not None, each.source) for each in circumstances(request).elsewhere()]


@pytest.mark.parametrize(
    ("device", "method"),
    [
        ("otp_totp.totpdevice/1", "otp"),
        ("otp_hotp.hotpdevice/1", "otp"),
        ("otp_static.staticdevice/1", "recovery"),
        ("otp_webauthn.webauthncredential/1", "webauthn"),
    ],
)
def test_a_device_of_django_otp_counts_and_is_never_fresh(request_: HttpRequest, device: str, method: str) -> None:
    """Its session keeps which device it was, and not when; a device of another session is none."""
    request_.user.otp_device = Device(device)
    assert shown(request_) == []
    request_.session["otp_device_id"] = device
    assert shown(request_) == [(method, False, "django-otp")]
    request_.user.otp_device = None
    assert shown(request_) == []


@pytest.fixture
def allauth() -> Iterator[None]:
    middleware = [*settings.MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
    with (  # which allauth looks for as soon as it is installed
        override_settings(MIDDLEWARE=middleware),
        override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, "allauth", "allauth.account"]),
    ):
        yield


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"method": "mfa", "type": "totp"}, "otp"),
        ({"method": "mfa", "type": "recovery_codes"}, "recovery"),
        ({"method": "mfa", "type": "webauthn"}, "webauthn"),
        ({"method": "mfa", "type": "smoke_signals"}, "mfa"),
        ({"method": "password"}, "password"),
        ({"method": "socialaccount"}, "password"),
    ],
)
def test_the_records_of_allauth_count(
    request_: HttpRequest, allauth: None, record: dict[str, Any], expected: str
) -> None:
    """Each with its moment, for the user whose they are."""
    from allauth.account.internal.flows.login import record_authentication

    before = dt.datetime.now(dt.UTC)
    record_authentication(request_, request_.user, **record)
    [evidence] = circumstances(request_).elsewhere()
    assert (evidence.method, evidence.source) == (expected, "allauth")
    assert evidence.at is not None
    assert before <= evidence.at <= dt.datetime.now(dt.UTC)
    request_.user = AnonymousUser()
    assert shown(request_) == []


def test_what_a_record_of_allauth_lacks_shows_nothing(request_: HttpRequest, allauth: None) -> None:
    """A moment that is none, or a method that nobody knows."""
    from allauth.account.internal.flows.login import record_authentication

    record_authentication(request_, request_.user, "password")
    for record in request_.session["account_authentication_methods"]:
        record["at"] = "yesterday"
    assert shown(request_) == []


def test_the_frameworks_user_shows_nothing_of_somebody_else(request_: HttpRequest) -> None:
    """Where the setting `subject` alone says who it is: the device is that of Django's user, who may be another."""
    request_.user.otp_device = Device("otp_totp.totpdevice/1")
    request_.session["otp_device_id"] = "otp_totp.totpdevice/1"
    named = settings.CONSENTGUARD | {"subject": lambda _: 8}
    with override_settings(CONSENTGUARD=named):
        assert shown(request_) == []
    with override_settings(CONSENTGUARD=named | {"signed_in_at": "consentguard_django.people.since"}):
        assert shown(request_) == [("otp", False, "django-otp")]


def test_the_site_s_own_word_counts(request_: HttpRequest) -> None:
    """As the setting tells it; without one there is none."""
    own = Evidence(method="mfa", source="gateway")
    assert shown(request_) == []
    with override_settings(CONSENTGUARD=settings.CONSENTGUARD | {"factor_evidence": lambda _: [own]}):
        assert list(circumstances(request_).elsewhere()) == [own]
