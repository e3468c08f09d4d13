"""How a Django site's mail goes out, and where its pages stand outside of a request."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import override_settings
from django.urls import include, path
from django.utils import translation

from consentguard.errors import SettingsError
from consentguard.ports import MailError
from consentguard.records import Message
from consentguard_django.host import DjangoHost

LETTER = Message(
    to="ada@example.org", subject="Confírmelo", text="Pulse aquí", html="<p>Pulse</p>", headers={"List-Id": "privacy"}
)


class Elsewhere:
    """URLs that include ours under another namespace, within one of the site's own."""

    urlpatterns: list[Any] = [
        path("legal/", include(([path("p/", include("consentguard_django.urls", namespace="ours"))], "legal")))
    ]


class Nowhere:
    """URLs without ours."""

    urlpatterns: list[Any] = []


def test_through_the_site_s_own_backend() -> None:
    """Text and HTML of one mail, from DEFAULT_FROM_EMAIL, with the headers it was given."""
    with override_settings(DEFAULT_FROM_EMAIL="clinic@example.com"):
        DjangoHost().mail().send(LETTER)
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == ([LETTER.to], LETTER.subject, LETTER.text)
    assert (sent.from_email, sent.alternatives[0][0]) == ("clinic@example.com", LETTER.html)
    assert sent.extra_headers == {"List-Id": "privacy"}


@pytest.mark.parametrize("error", [OSError("ada@example.org"), RuntimeError("ada@example.org")])
def test_a_failure_names_no_address(error: Exception) -> None:
    """The server is down, or the library of a service gave up: a MailError, and nothing of the cause in its chain."""
    with (
        patch.object(EmailBackend, "send_messages", side_effect=error),
        pytest.raises(MailError, match="sendtestemail") as caught,
    ):
        DjangoHost().mail().send(LETTER)
    assert "ada" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_line_break_in_an_address_sends_nothing() -> None:
    """What would begin another header is refused, without a word of it."""
    with pytest.raises(MailError) as caught:
        DjangoHost().mail().send(Message(to="a@example.org\nBcc: eve@example.org", subject="s", text="t", html="h"))
    assert "eve" not in str(caught.value)
    assert mail.outbox == []


def test_a_backend_that_takes_nothing_is_a_failure() -> None:
    """A mail that nobody took stays owed."""
    with patch.object(EmailBackend, "send_messages", return_value=0), pytest.raises(MailError, match="took none"):
        DjangoHost().mail().send(LETTER)


def test_where_a_page_stands_outside_of_a_request() -> None:
    """Where the site's urls include it, in whatever namespace."""
    host = DjangoHost()
    assert host.path_to("confirm", language="es", token="t") == "/privacy/es/requests/confirm/t"
    with override_settings(ROOT_URLCONF=Elsewhere):
        assert host.path_to("policy") == "/legal/p/policy"
    with override_settings(ROOT_URLCONF="tests.django.urls_by_language"), translation.override("en"):
        assert host.path_to("policy", language="es") == "/es/privacy/es/policy"


def test_a_site_that_shows_our_pages_nowhere_is_told_how() -> None:
    """A mail cannot link to them."""
    with override_settings(ROOT_URLCONF=Nowhere), pytest.raises(SettingsError, match="include"):
        DjangoHost().path_to("policy")
