"""Demo invoices, their lines, and payments."""

from collections.abc import Iterator
from datetime import date

from sms_gateway.models import Base, Invoice, InvoiceLine, Payment
from sms_gateway.seed.source import COUNTRIES, DEMO_ID, Row, Source

ITEMS = (("Growth plan, one month", 1, 4900), ("Messages sent", 1200, 1080), ("Dedicated number", 1, 500))


def billing_rows(source: Source) -> Iterator[tuple[type[Base], list[Row]]]:
    """Invoices, their lines, then payments."""
    count = source.share(5)
    yield Invoice, [_invoice(source, index) for index in range(count)]
    yield (
        InvoiceLine,
        [
            {"invoice_id": index + 1, "description": description, "quantity": quantity, "amount_cents": cents}
            for index in range(count)
            for description, quantity, cents in ITEMS
        ],
    )
    yield Payment, [_payment(source, index) for index in range(source.share(10))]


def _invoice(source: Source, index: int) -> Row:
    owner = DEMO_ID if index < 6 else source.owner(2 * index + 1)
    months = source.now.year * 12 + source.now.month - 2 - index % 36
    issued = date(months // 12, months % 12 + 1, 1)
    return {
        "id": index + 1,
        "customer_id": owner,
        "number": f"PW-{issued.year}-{index + 1:05}",
        "tax_id": f"{COUNTRIES[owner % len(COUNTRIES)]}-{owner:08}",
        "total_cents": sum(cents for _, _, cents in ITEMS),
        "issued_on": issued,
        "fiscal_year_end": date(issued.year, 12, 31),
        "card_last4": f"{source.random.randrange(10000):04}",
        "processor_reference": f"ch_{source.random.getrandbits(64):016x}",
    }


def _payment(source: Source, index: int) -> Row:
    return {
        "customer_id": source.owner(index),
        "payer_phone": source.phone(index),
        "amount_cents": source.random.randrange(300, 25000),
        "status": source.random.choices(("paid", "refunded", "declined"), (90, 4, 6))[0],
        "processor_reference": f"py_{source.random.getrandbits(64):016x}",
        "paid_at": source.past(60),
    }
