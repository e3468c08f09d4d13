"""A Flask app's mail keeps the contract of every mail, by either way that an app may have."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import flask_mailman
import pytest
from flask import Flask
from flask_mailman.backends.locmem import EmailBackend

from consentguard.records import Message
from consentguard.testing import contracts
from consentguard_flask.mail import FlaskMail
from tests.flask.test_mail import Mailbox, app_with

SENDER = "shop@example.com"


class TestMailByMailman(contracts.MailContract):
    """Mail of an app that has Flask-Mailman."""

    @pytest.fixture
    def app(self, tmp_path: Path) -> Flask:
        """Its backend for tests keeps what is sent."""
        app = app_with(tmp_path, MAIL_BACKEND="locmem", MAIL_DEFAULT_SENDER=SENDER)
        flask_mailman.Mail(app)
        return app

    @pytest.fixture
    def mail(self, app: Flask) -> FlaskMail:
        """What every Flask app gets."""
        return FlaskMail(app)

    @pytest.fixture
    def sent(self, app: Flask) -> Callable[[], Sequence[Message]]:
        """What the backend has kept."""
        return lambda: [_of_mailman(each) for each in getattr(app.extensions["mailman"], "outbox", [])]

    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
        """The backend meets a server that refuses, and names the address as servers do."""

        def refuse(self: EmailBackend, messages: Sequence[flask_mailman.EmailMessage]) -> int:
            raise ConnectionRefusedError(f"no {messages[0].to}")

        return lambda: monkeypatch.setattr(EmailBackend, "send_messages", refuse)


class TestMailBySmtp(contracts.MailContract):
    """Mail of an app that has a server, and nothing more."""

    @pytest.fixture
    def server(self) -> Iterator[socketserver.TCPServer]:
        """A mail server of a few words, on this machine."""
        with socketserver.TCPServer(("127.0.0.1", 0), Mailbox) as server:
            server.kept = []  # type: ignore[attr-defined]
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            yield server
            server.shutdown()
            thread.join()

    @pytest.fixture
    def app(self, tmp_path: Path, server: socketserver.TCPServer) -> Flask:
        """An app that knows the server's port."""
        port = server.server_address[1]
        return app_with(tmp_path, MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_DEFAULT_SENDER=SENDER)

    @pytest.fixture
    def mail(self, app: Flask) -> FlaskMail:
        """What every Flask app gets."""
        return FlaskMail(app)

    @pytest.fixture
    def sent(self, server: socketserver.TCPServer) -> Callable[[], Sequence[Message]]:
        """What has come to the server."""
        return lambda: [_of_smtp(each) for each in server.kept]  # type: ignore[attr-defined]

    @pytest.fixture
    def broken(self, app: Flask, server: socketserver.TCPServer) -> Callable[[], object]:
        """The app looks for it where it is not: nobody listens on port 1."""
        return lambda: app.config.update(MAIL_PORT=1)


def _of_mailman(mail: flask_mailman.EmailMultiAlternatives) -> Message:
    ((html, kind),) = mail.alternatives
    assert kind == "text/html"
    return Message(to=mail.to[0], subject=mail.subject, text=mail.body, html=html, headers=mail.extra_headers)


def _of_smtp(data: bytes) -> Message:
    mail = message_from_bytes(data, EmailMessage, policy=policy.default)
    texts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    plain, html = (str(part.get_content()).replace("\r\n", "\n") if part else "" for part in texts)
    return Message(to=str(mail["To"]), subject=str(mail["Subject"]), text=plain, html=html, headers=dict(mail.items()))
