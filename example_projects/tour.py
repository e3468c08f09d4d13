"""The tour of both example sites: what a person clicks, and the same walked by `make demo CHECK=1`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from example_projects.visitor import Visitor

CUSTOMER = ("demo@example.com", "demo-password")
STAFF = ("admin@example.com", "admin-password")


@dataclass(frozen=True)
class Command:
    """What whoever runs the site types: the words of a command of the site's own, and what it prints."""

    words: tuple[str, ...]
    prints: str


@dataclass(frozen=True)
class Stop:
    """One thing to see: `how_to_click` tells a person, `walk` does it and fails when it is not there.

    `walk` is handed a fresh visitor, so no stop depends on one before it. `commands` are run after it.
    """

    site: Literal["unified_inbox", "sms_gateway"]
    title: str
    how_to_click: str
    walk: Callable[[Visitor], None]
    commands: tuple[Command, ...] = ()


def _inbox_front(visitor: Visitor) -> None:
    visitor.visit("/")
    visitor.should_see("inbox")


def _inbox_account(visitor: Visitor) -> None:
    email, password = CUSTOMER
    visitor.visit("/login/")
    visitor.send(username=email, password=password)
    visitor.visit("/account/")
    visitor.should_see(email)


def _inbox_admin(visitor: Visitor) -> None:
    email, password = STAFF
    visitor.visit("/admin/")
    visitor.send(username=email, password=password)
    visitor.should_see("Site administration")


def _gateway_front(visitor: Visitor) -> None:
    visitor.visit("/")
    visitor.should_see("SMS")


def _gateway_account(visitor: Visitor) -> None:
    _log_in_to_gateway(visitor, *CUSTOMER)
    visitor.visit("/account")
    visitor.should_see(CUSTOMER[0])


def _gateway_admin(visitor: Visitor) -> None:
    _log_in_to_gateway(visitor, *STAFF)
    visitor.visit("/admin/")
    visitor.should_see("Customer")


def _inbox_privacy(visitor: Visitor) -> None:
    visitor.visit("/")
    visitor.follow("Privacy policy")
    visitor.should_see("Who we are", "Unified Inbox LLC", "Last updated", "Messenger")
    visitor.follow("Español")
    visitor.should_see("Quiénes somos", "Unified Inbox LLC", "Última actualización")
    visitor.follow("Cookies")
    visitor.should_see("inbox_session", "Mantienen su sesión abierta")
    visitor.follow("English")
    visitor.should_see("inbox_session", "Keep you signed in")


def _inbox_deletion(visitor: Visitor) -> None:
    visitor.visit("/privacy/en/data-deletion")
    visitor.should_see("privacy@inbox.example.com", "Invoices")
    visitor.visit("/privacy/es/data-deletion")
    visitor.should_see("privacy@inbox.example.com", "Facturas")


def _gateway_privacy(visitor: Visitor) -> None:
    visitor.visit("/")
    visitor.follow("Privacy policy")
    visitor.should_see("Who we are", "Pebblewire Ltd", "Last updated", "Example Pay")
    visitor.follow("Español")
    visitor.should_see("Quiénes somos", "Pebblewire Ltd", "Última actualización")
    visitor.follow("Cookies")
    visitor.should_see("dash_range", "Recuerda cuántos días de mensajes")
    visitor.follow("English")
    visitor.should_see("dash_range", "Remembers how many days of messages")


def _gateway_deletion(visitor: Visitor) -> None:
    visitor.visit("/privacy/en/data-deletion")
    visitor.should_see("privacy@pebblewire.example.com", "Invoices")
    visitor.visit("/privacy/es/data-deletion")
    visitor.should_see("privacy@pebblewire.example.com", "Facturas")


def _log_in_to_gateway(visitor: Visitor, email: str, password: str) -> None:
    visitor.visit("/login")
    visitor.send(email=email, password=password)


_AS_CUSTOMER = "log in as {} with {}".format(*CUSTOMER)
_AS_STAFF = "log in as {} with {}".format(*STAFF)

STOPS = (
    Stop("unified_inbox", "Public page", "open /", _inbox_front),
    Stop("unified_inbox", "Account page", f"{_AS_CUSTOMER}, then open Account", _inbox_account),
    Stop("unified_inbox", "Admin", f"open /admin/ and {_AS_STAFF}", _inbox_admin),
    Stop(
        "unified_inbox",
        "Privacy policy and cookies",
        "Privacy policy at the foot of /, then the languages",
        _inbox_privacy,
    ),
    Stop("unified_inbox", "How to delete data", "open /privacy/data-deletion", _inbox_deletion),
    Stop("sms_gateway", "Public page", "open /", _gateway_front),
    Stop("sms_gateway", "Account page", f"{_AS_CUSTOMER}, then open Account", _gateway_account),
    Stop("sms_gateway", "Admin", f"{_AS_STAFF}, then open /admin/", _gateway_admin),
    Stop(
        "sms_gateway",
        "Privacy policy and cookies",
        "Privacy policy at the foot of /, then the languages",
        _gateway_privacy,
    ),
    Stop("sms_gateway", "How to delete data", "open /privacy/data-deletion", _gateway_deletion),
)
