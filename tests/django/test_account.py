"""Who is signed in to a Django site, since when, and where to: as the core asks for it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from consentguard_django.views import inbound_of

AT = dt.datetime(2026, 11, 28, 10, tzinfo=dt.UTC)


@pytest.fixture
def request_(rf: RequestFactory) -> HttpRequest:
    return rf.get("/privacy/en/account")


def test_since_when_is_the_user_s_last_login(request_: HttpRequest) -> None:
    """Aware in any case; nobody and a user who never signed in have no such moment."""
    request_.user = get_user_model()(pk=7, last_login=AT)
    assert inbound_of(request_, {}).signed_in_at() == AT
    request_.user.last_login = AT.replace(tzinfo=None)
    with override_settings(TIME_ZONE="UTC"):
        assert inbound_of(request_, {}).signed_in_at() == AT
    request_.user.last_login = None
    assert inbound_of(request_, {}).signed_in_at() is None
    request_.user = AnonymousUser()
    assert inbound_of(request_, {}).signed_in_at() is None


@pytest.mark.parametrize(("url", "path"), [("/sign-in/", "/sign-in/"), ("no_such_view", "")])
def test_where_to_sign_in_is_django_s_own_setting(request_: HttpRequest, url: str, path: str) -> None:
    """A view's name that leads nowhere is no page."""
    with override_settings(LOGIN_URL=url):
        assert inbound_of(request_, {}).sign_in() == path
