"""Generates invoices and support tickets."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from accounts.models import Account
from billing.models import Invoice, InvoiceLine
from support.models import SupportTicket

PRICES = {
    Account.Plan.FREE: Decimal("0.00"),
    Account.Plan.BASIC: Decimal("9.00"),
    Account.Plan.PRO: Decimal("29.00"),
    Account.Plan.SCALE: Decimal("79.00"),
}
EXTRA_SEAT = Decimal("4.00")
#: Months ago; the oldest are past the years for which any country keeps tax documents.
INVOICED = (1, 2, 3, 14, 38, 74, 90)
SUBJECTS = ("A channel does not connect", "Question about an invoice", "How do I add a colleague?", "Change of plan")


def months_before(day: date, months: int) -> date:
    """Return the first day of the month that lies ``months`` before ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def invoices(accounts: list[Account], now: datetime) -> Iterator[Invoice]:
    """Yield the invoices of accounts, numbered by date of issue."""
    issues = sorted(
        (months_before(now.date(), months), number) for number in range(len(accounts)) for months in INVOICED
    )
    for sequence, (issued_on, number) in enumerate(issues, start=1):
        account = accounts[number]
        yield Invoice(
            account=account,
            number=f"INV-{issued_on.year}-{sequence:06}",
            legal_name=account.legal_name,
            tax_id=account.tax_id,
            billing_address=account.address,
            jurisdiction=account.country,
            total=PRICES[Account.Plan(account.plan)] + 2 * EXTRA_SEAT,
            issued_on=issued_on,
            fiscal_year_end=date(issued_on.year, 12, 31),
        )


def invoice_lines(invoices: list[Invoice]) -> Iterator[InvoiceLine]:
    """Yield the two lines that make up each invoice's total."""
    for invoice in invoices:
        plan = Account.Plan(invoice.account.plan)
        yield InvoiceLine(invoice=invoice, description=f"Plan {plan.value}, one month", unit_price=PRICES[plan])
        yield InvoiceLine(invoice=invoice, description="Additional seat", quantity=2, unit_price=EXTRA_SEAT)


def tickets(count: int, rng: Random, now: datetime) -> Iterator[SupportTicket]:
    """Yield ``count`` tickets: some from users, some from addresses without a log-in."""
    for number in range(count):
        opened = now - timedelta(days=rng.randrange(1, 300) if number % 7 else 800)
        closed = number % 3 == 0
        yield SupportTicket(
            email=f"user{number + 1:04}@example.com" if number % 2 else f"visitor{number:04}@example.org",
            subject=rng.choice(SUBJECTS),
            body=f"Please see request {number:04}. Thank you.",
            status=SupportTicket.Status.CLOSED if closed else SupportTicket.Status.NEW,
            opened_at=opened,
            closed_at=opened + timedelta(days=2) if closed else None,
        )
