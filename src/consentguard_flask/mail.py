"""Sends mail from a Flask app: through Flask-Mailman where the app has it, else by SMTP as its MAIL_* keys say."""

from __future__ import annotations

import smtplib
from contextlib import AbstractContextManager, nullcontext
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid
from ssl import create_default_context
from typing import Any

from flask import Flask, current_app, has_app_context

from consentguard.ports import MailError
from consentguard.records import Message

TIMEOUT = 10
"""Seconds to wait for a mail server, unless MAIL_TIMEOUT says otherwise."""
_HINT = "see MAIL_SERVER, MAIL_PORT, MAIL_USERNAME and MAIL_DEFAULT_SENDER"
_NO_MAIL = "set MAIL_SERVER and MAIL_DEFAULT_SENDER, or install Flask-Mailman"


class FlaskMail:
    """`consentguard.ports.Mail` in Flask's words. The sender is MAIL_DEFAULT_SENDER."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def send(self, message: Message) -> None:
        """Hand a mail over. Raises MailError when the server is down or refuses, or the app has no way to send."""
        try:
            if "mailman" in self.app.extensions:
                self._by_mailman(message)
            else:
                self._by_smtp(message)
        except MailError:
            raise
        except Exception as error:  # noqa: BLE001 - a backend raises what its service's library raises
            # without its cause, whose text names the address that was refused
            raise MailError(f"a mail was not handed over: {type(error).__name__}", hint=_HINT) from None

    def _by_mailman(self, message: Message) -> None:
        from flask_mailman import EmailMultiAlternatives  # only where the app has it

        with _context(self.app):
            mail = EmailMultiAlternatives(message.subject, message.text, to=[message.to], headers=dict(message.headers))
            mail.attach_alternative(message.html, "text/html")
            if not mail.send():
                raise MailError("a mail was not handed over: the backend took none", hint=_HINT)

    def _by_smtp(self, message: Message) -> None:
        config = self.app.config
        server, sender = config.get("MAIL_SERVER"), _sender(config.get("MAIL_DEFAULT_SENDER"))
        if not server or not sender:
            raise MailError("the app has no way to send mail", hint=_NO_MAIL)
        with _connection(config, server) as connection:
            if config.get("MAIL_USERNAME"):
                connection.login(config["MAIL_USERNAME"], config.get("MAIL_PASSWORD") or "")
            connection.send_message(_mail(message, sender))


def _context(app: Flask) -> AbstractContextManager[object]:
    """The app's own context, where a command or a thread has none."""
    inside = has_app_context() and current_app._get_current_object() is app  # type: ignore[attr-defined]
    return nullcontext() if inside else app.app_context()


def _connection(config: Any, server: str) -> smtplib.SMTP:
    """A connection to the mail server, encrypted where MAIL_USE_SSL or MAIL_USE_TLS says so."""
    port, timeout = config.get("MAIL_PORT"), config.get("MAIL_TIMEOUT") or TIMEOUT
    if config.get("MAIL_USE_SSL"):
        return smtplib.SMTP_SSL(server, port or 465, timeout=timeout, context=create_default_context())
    connection = smtplib.SMTP(server, port or 25, timeout=timeout)
    if config.get("MAIL_USE_TLS"):
        connection.starttls(context=create_default_context())
    return connection


def _sender(given: object) -> str:
    """An address as a header holds it; MAIL_DEFAULT_SENDER may also be a name and an address."""
    return formataddr((str(given[0]), str(given[1]))) if isinstance(given, (tuple, list)) else str(given or "")


def _mail(message: Message, sender: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.to, message.subject
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2].strip("> ") or None)
    for name, value in message.headers.items():
        mail[name] = value
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail
