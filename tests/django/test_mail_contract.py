"""Django's mail keeps the contract of every mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend

from consentguard.records import Message
from consentguard.testing import contracts
from consentguard_django.mail import DjangoMail


class TestMail(contracts.MailContract):
    """Mail by the backend that a site has set."""

    @pytest.fixture
    def mail(self) -> DjangoMail:
        """What every Django site gets."""
        return DjangoMail()

    @pytest.fixture
    def sent(self) -> Callable[[], Sequence[Message]]:
        """What the backend for tests has kept."""
        return lambda: [_as_ours(each) for each in outbox.outbox if isinstance(each, EmailMultiAlternatives)]

    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
        """The backend meets a server that refuses, and names the address as servers do."""

        def refuse(self: EmailBackend, messages: Sequence[EmailMultiAlternatives]) -> int:
            raise ConnectionRefusedError(f"no {messages[0].to}")

        return lambda: monkeypatch.setattr(EmailBackend, "send_messages", refuse)


def _as_ours(mail: EmailMultiAlternatives) -> Message:
    ((html, kind),) = mail.alternatives
    assert kind == "text/html"
    return Message(to=mail.to[0], subject=mail.subject, text=mail.body, html=str(html), headers=mail.extra_headers)
