"""The tour of both example sites: what a person clicks, and the same walked by `make demo CHECK=1`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from example_projects.visitor import Visitor

CUSTOMER = ("demo@example.com", "demo-password")
STAFF = ("admin@example.com", "admin-password")


@dataclass(frozen=True)
class Stop:
    """One thing to see: `how_to_click` tells a person, `walk` does it and fails when it is not there.

    `walk` is handed a fresh visitor, so no stop depends on one before it.
    """

    site: Literal["unified_inbox", "sms_gateway"]
    title: str
    how_to_click: str
    walk: Callable[[Visitor], None]


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


def _log_in_to_gateway(visitor: Visitor, email: str, password: str) -> None:
    visitor.visit("/login")
    visitor.send(email=email, password=password)


_AS_CUSTOMER = "log in as {} with {}".format(*CUSTOMER)
_AS_STAFF = "log in as {} with {}".format(*STAFF)

STOPS = (
    Stop("unified_inbox", "Public page", "open /", _inbox_front),
    Stop("unified_inbox", "Account page", f"{_AS_CUSTOMER}, then open Account", _inbox_account),
    Stop("unified_inbox", "Admin", f"open /admin/ and {_AS_STAFF}", _inbox_admin),
    Stop("sms_gateway", "Public page", "open /", _gateway_front),
    Stop("sms_gateway", "Account page", f"{_AS_CUSTOMER}, then open Account", _gateway_account),
    Stop("sms_gateway", "Admin", f"{_AS_STAFF}, then open /admin/", _gateway_admin),
)
