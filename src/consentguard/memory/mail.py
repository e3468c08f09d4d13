"""A mail box in memory: what was sent stays in it."""

from __future__ import annotations

from consentguard.ports import MailError
from consentguard.records import Message


class Outbox:
    """`consentguard.ports.Mail` in memory: `messages` are those sent, and nothing goes out while `down` is true."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.down = False

    def send(self, message: Message) -> None:
        """Keep a mail. Raises MailError while `down`, or for a line break in what becomes a header."""
        if self.down:
            raise MailError("the mail server cannot be reached", hint="try again later")
        headers = (message.to, message.subject, *message.headers, *message.headers.values())
        if any(len(value.splitlines()) > 1 for value in headers):
            raise MailError("a header of this mail holds a line break", hint="leave the line break out")
        self.messages.append(message)
