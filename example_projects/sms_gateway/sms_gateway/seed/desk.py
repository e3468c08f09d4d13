"""What lies on the desk of whoever answers for privacy: a legal hold, and requests in several states."""

from datetime import timedelta

from flask import current_app

from consentguard import SubjectRef
from consentguard.rights import Asked
from sms_gateway.models import utc_now

DESK = "Demo staff"
HELD, ERASED = 4, 5


def open_cases() -> None:
    """Hold the data of one customer, and take requests of that one and of another."""
    guard = current_app.extensions["consentguard"].at()
    review = utc_now().date() + timedelta(days=90)
    guard.holds.place("A dispute about an invoice", DESK, review, subject=SubjectRef("customer", str(HELD)))
    _ask("access", HELD)
    request = _ask("erasure", ERASED)
    guard.rights.verify(request, "staff", DESK)
    # the hosting company has not answered yet: until somebody says that it has, the request is partial
    guard.rights.carry_out(request)


def _ask(right: str, customer: int) -> str:
    """Take down what a customer asked for by telephone; the request's id."""
    asked = Asked(right=right, address=f"customer{customer:04}@example.org", language="en", channel="staff")
    return str(current_app.extensions["consentguard"].at().rights.take(asked).id)
