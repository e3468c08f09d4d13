"""How a Flask app's mail goes out, and where its pages stand outside of a request."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import Flask
from flask_mailman import Mail
from flask_mailman.backends.locmem import EmailBackend

from consentguard.ports import MailError
from consentguard.records import Message
from consentguard_flask.host import FlaskHost
from tests.flask.test_pages import make_app

LETTER = Message(
    to="ada@example.org",
    subject="Confírmelo",
    text="Pulse aquí:\nhttps://shop.example.com/é\n",
    html="<p>Pulse aquí</p>",
    headers={"List-Id": "privacy"},
)


class Mailbox(socketserver.StreamRequestHandler):
    """A mail server of a few words (RFC 5321): it keeps what it gets, and refuses one address."""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().strip():
            match line.split(b" ")[0].upper():
                case b"EHLO" | b"MAIL":
                    self.say("250 ok")
                case b"RCPT":
                    self.say("550 no ada" if b"nobody" in line else "250 ok")
                case b"DATA":
                    self.say("354 go on")
                    self.server.kept.append(b"".join(iter(self.rfile.readline, b".\r\n")))  # type: ignore[attr-defined]
                    self.say("250 ok")
                case b"QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mailbox() -> Iterator[socketserver.TCPServer]:
    with socketserver.TCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.kept = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def app_with(folder: Path, **config: object) -> Flask:
    app = make_app(folder)
    app.config.update(config)
    return app


def test_by_smtp_as_the_config_says(tmp_path: Path, mailbox: socketserver.TCPServer) -> None:
    """Text and HTML of one mail, whatever letters it has, from the configured sender."""
    port = mailbox.server_address[1]
    app = app_with(tmp_path, MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_DEFAULT_SENDER=("Shop", "shop@example.com"))
    FlaskHost(app).mail().send(LETTER)
    [raw] = mailbox.kept  # type: ignore[attr-defined]
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["To"], mail["Subject"], mail["From"]) == (LETTER.to, LETTER.subject, "Shop <shop@example.com>")
    assert mail["List-Id"] == "privacy"
    assert mail["Message-ID"].endswith("@example.com>")
    text, html = (part.get_content() for part in mail.iter_parts())
    assert (text.replace("\r\n", "\n"), html.strip()) == (LETTER.text, LETTER.html)


def test_by_flask_mailman_where_the_app_has_it(tmp_path: Path) -> None:
    """Its backend decides; no context of the app is needed, as in a thread of one's own."""
    app = app_with(tmp_path, MAIL_DEFAULT_SENDER="shop@example.com")
    state = Mail(app)
    FlaskHost(app).mail().send(LETTER)
    [sent] = state.outbox
    assert (sent.to, sent.subject, sent.body) == ([LETTER.to], LETTER.subject, LETTER.text)
    assert sent.alternatives[0][0] == LETTER.html


def test_a_backend_that_fails_in_its_own_way_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library of a mail service raises what it likes: the mail stays owed, and nothing of the cause is told."""
    app = app_with(tmp_path, MAIL_DEFAULT_SENDER="shop@example.com")
    Mail(app)

    def fails(*_: object) -> None:
        raise RuntimeError("ada@example.org")

    monkeypatch.setattr(EmailBackend, "send_messages", fails)
    with pytest.raises(MailError, match="RuntimeError") as caught:
        FlaskHost(app).mail().send(LETTER)
    assert "ada" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_an_app_without_mail_is_told_what_to_set(tmp_path: Path) -> None:
    """A MailError, so that what was asked for stays open."""
    with pytest.raises(MailError, match="MAIL_SERVER"):
        FlaskHost(make_app(tmp_path)).mail().send(LETTER)


@pytest.mark.parametrize("to", ["nobody@example.org", "ada@example.org\r\nBcc: eve@example.org"])
def test_a_failure_names_no_address(tmp_path: Path, mailbox: socketserver.TCPServer, to: str) -> None:
    """Neither a refusal by the server nor a line break in an address; nothing of it stands in the error's chain."""
    port = mailbox.server_address[1]
    app = app_with(tmp_path, MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_DEFAULT_SENDER="shop@example.com")
    with pytest.raises(MailError) as caught:
        FlaskHost(app).mail().send(Message(to=to, subject="s", text="t", html="h"))
    assert "example.org" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_server_that_is_down(tmp_path: Path) -> None:
    """Also with a backend of Flask-Mailman."""
    app = app_with(tmp_path, MAIL_SERVER="127.0.0.1", MAIL_PORT=1, MAIL_DEFAULT_SENDER="shop@example.com")
    with pytest.raises(MailError, match="not handed over"):
        FlaskHost(app).mail().send(LETTER)
    app.config["MAIL_BACKEND"] = "smtp"
    Mail(app)
    with pytest.raises(MailError, match="not handed over"):
        FlaskHost(app).mail().send(LETTER)


def test_where_a_page_stands_outside_of_a_request(tmp_path: Path) -> None:
    """Below the blueprint's prefix and the app's own root; the same within a request."""
    app = make_app(tmp_path, url_prefix="/legal")
    host = FlaskHost(app)
    assert host.path_to("confirm", language="es", token="t") == "/legal/es/requests/confirm/t"
    with app.test_request_context("/", base_url="https://elsewhere.example"):
        assert host.path_to("cookies") == "/legal/cookies"
    app.config["APPLICATION_ROOT"] = "/shop"
    assert host.path_to("cookies") == "/shop/legal/cookies"
