"""What the core asks of the world around a site: the time, the mail, where somebody is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from consentguard.errors import ConsentGuardError
from consentguard.records import Message


class MailError(ConsentGuardError):
    """A mail could not be handed over; it may be tried again."""


class Clock(Protocol):
    """What time it is."""

    def now(self) -> dt.datetime:
        """The moment, aware and in UTC."""


class Mail(Protocol):
    """The host's way of sending mail."""

    def send(self, message: Message) -> None:
        """Hand a mail over. Raises MailError, whose text holds no address, when it could not be."""


class Jurisdictions(Protocol):
    """Where a visitor is, as far as the host can tell."""

    def of(self, headers: Mapping[str, str], address: str) -> str | None:
        """An ISO 3166 code such as `ES` or `US-CA`, or None: then the most protective regime holds.

        `headers` are the request's, named as the standards write them; `address` is the client's.
        """
