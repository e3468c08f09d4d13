"""Who is signed in to a Django site, since when, and where to: as the core asks for it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from consentguard_django.views import inbound_of
from tests.django import settings

AT = dt.datetime(2026, 11, 28, 10, tzinfo=dt.UTC)


@pytest.fixture
def request_(rf: RequestFactory) -> HttpRequest:
    return rf.get("/privacy/en/account")


def test_since_when_is_what_the_session_noted(request_: HttpRequest) -> None:
    """A sign-in elsewhere makes no old session new, and nobody has such a moment."""
    request_.user = get_user_model()(pk=7, last_login=AT)
    assert inbound_of(request_, {}).circumstances.signed_in_at() is None
    request_.session = SessionStore()
    assert inbound_of(request_, {}).circumstances.signed_in_at() is None
    request_.user.save = lambda **_: None  # by which Django keeps `last_login`
    before = dt.datetime.now(dt.UTC)
    user_logged_in.send(type(request_.user), request=request_, user=request_.user)
    at = inbound_of(request_, {}).circumstances.signed_in_at()
    assert at is not None
    assert before <= at <= dt.datetime.now(dt.UTC)
    request_.user = AnonymousUser()
    assert inbound_of(request_, {}).circumstances.signed_in_at() is None


@pytest.mark.parametrize(("url", "path"), [("/sign-in/", "/sign-in/"), ("no_such_view", "")])
def test_where_to_sign_in_is_django_s_own_setting(request_: HttpRequest, url: str, path: str) -> None:
    """A view's name that leads nowhere is no page."""
    with override_settings(LOGIN_URL=url):
        assert inbound_of(request_, {}).sign_in() == path


@pytest.mark.parametrize(("told", "knows"), [({}, False), ({"signed_in_at": "consentguard_django.people.since"}, True)])
def test_whom_the_site_names_itself_has_no_moment_of_somebody_else(
    request_: HttpRequest, told: dict[str, str], knows: bool
) -> None:
    """Where the setting `subject` says who it is, Django's user may be another, unless the site says otherwise."""
    request_.user, request_.session = get_user_model()(pk=7), SessionStore()
    request_.user.save = lambda **_: None  # by which Django keeps `last_login`
    user_logged_in.send(type(request_.user), request=request_, user=request_.user)
    with override_settings(CONSENTGUARD={**settings.CONSENTGUARD, "subject": lambda _: "7", **told}):
        assert (inbound_of(request_, {}).circumstances.signed_in_at() is not None) is knows
