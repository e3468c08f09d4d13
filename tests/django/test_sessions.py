"""The sessions of somebody who was erased end, wherever Django keeps them in its database."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from consentguard_django import sessions
from consentguard_django.host import DjangoHost

pytestmark = pytest.mark.django_db
BACKENDS = "django.contrib.sessions.backends"


def begun(user: object) -> Any:
    """A session of a user's, or a visitor's, as the site's own backend keeps it."""
    from django.conf import settings

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["basket"] = "tea"
    if user is not None:
        session[SESSION_KEY] = str(user)
    session.save()
    return session


@pytest.mark.parametrize("backend", ["db", "cached_db"])
def test_theirs_end_and_no_others(settings: Any, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, in the cache too; a visitor's and another user's go on."""
    settings.SESSION_ENGINE = f"{BACKENDS}.{backend}"
    monkeypatch.setattr(sessions, "PORTION", 2)
    theirs = [begun(key) for key in (12, 12, 7)]
    others = [begun(key) for key in (1, 2, None, "12 ")]
    assert DjangoHost().forget_sessions(["12", "7"]) == 3
    assert [each.exists(each.session_key) for each in [*theirs, *others]] == [False] * 3 + [True] * 4
    kind = type(theirs[0])
    assert dict(kind(theirs[0].session_key).load()) == {}
    assert kind(others[0].session_key).load()["basket"] == "tea"
    assert DjangoHost().forget_sessions(["12", "7"]) == 0


def test_a_session_that_cannot_be_read_is_nobody_s(settings: Any) -> None:
    """It stays until it lapses, and keeps nothing else from ending."""
    settings.SESSION_ENGINE = f"{BACKENDS}.db"
    spoilt = begun(12).session_key
    Session.objects.filter(pk=spoilt).update(session_data="nothing that Django signed")
    begun(12)
    assert DjangoHost().forget_sessions(["12"]) == 1
    assert list(Session.objects.values_list("pk", flat=True)) == [spoilt]


def test_sessions_that_are_elsewhere_are_left(settings: Any) -> None:
    """In a cookie or a cache nobody finds those of a user."""
    settings.SESSION_ENGINE = f"{BACKENDS}.cache"
    session = begun(12)
    assert DjangoHost().forget_sessions(["12"]) == 0
    assert session.exists(session.session_key)
