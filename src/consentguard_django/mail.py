"""Sends mail through Django: by whatever backend the site has set."""

from __future__ import annotations

from django.core.mail import EmailMultiAlternatives

from consentguard.ports import MailError
from consentguard.records import Message


class DjangoMail:
    """`consentguard.ports.Mail` in Django's words. The sender is DEFAULT_FROM_EMAIL."""

    def send(self, message: Message) -> None:
        """Hand a mail over. Raises MailError when the server is down or refuses, or a setting is wrong."""
        mail = EmailMultiAlternatives(message.subject, message.text, to=[message.to], headers=dict(message.headers))
        mail.attach_alternative(message.html, "text/html")
        try:
            sent = mail.send()
        except Exception as error:  # noqa: BLE001 - a backend raises what its service's library raises
            # without its cause, whose text names the address that was refused
            raise MailError(f"a mail was not handed over: {type(error).__name__}", hint=_HINT) from None
        if not sent:
            raise MailError("a mail was not handed over: the backend took none", hint=_HINT)


_HINT = "see DEFAULT_FROM_EMAIL and EMAIL_HOST, or MAILERS; `manage.py sendtestemail` tries them"
