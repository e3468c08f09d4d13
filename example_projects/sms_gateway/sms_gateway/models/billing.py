"""Invoices for the service, and payments taken for customers; amounts are in cents."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consentguard import personal_data
from sms_gateway.models.accounts import Customer
from sms_gateway.models.base import Base, utc_now


@personal_data(
    "invoices",
    subjects={"customer": "customer"},
    on_erase={"customer": "keep"},
    anchors={"fiscal_year_end": "fiscal_year_end"},
)
class Invoice(Base):
    """A bill to a customer; the card itself is with the processor, known here by its reference."""

    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    tax_id: Mapped[str | None] = mapped_column(String(40))
    total_cents: Mapped[int]
    issued_on: Mapped[date]
    fiscal_year_end: Mapped[date]
    card_last4: Mapped[str] = mapped_column(String(4))
    processor_reference: Mapped[str] = mapped_column(String(40))

    customer: Mapped[Customer] = relationship(back_populates="invoices")
    lines: Mapped[list[InvoiceLine]] = relationship(back_populates="invoice", order_by="InvoiceLine.id")

    def __str__(self) -> str:
        return self.number


@personal_data(
    "invoices",
    subjects={"customer": "invoice.customer"},
    on_erase={"customer": "keep"},
    anchors={"fiscal_year_end": "invoice.fiscal_year_end"},
)
class InvoiceLine(Base):
    """One item of an invoice."""

    __tablename__ = "invoice_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    description: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    amount_cents: Mapped[int]

    invoice: Mapped[Invoice] = relationship(back_populates="lines")


@personal_data(
    "payments",
    subjects={"payer": "self", "customer": "customer"},
    on_erase={"payer": "keep", "customer": "keep"},
    anchors={"recorded": "paid_at"},
)
class Payment(Base):
    """A payment that the gateway collected for a customer from a phone number."""

    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    payer_phone: Mapped[str] = mapped_column(String(20))
    amount_cents: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    processor_reference: Mapped[str] = mapped_column(String(40), unique=True)
    paid_at: Mapped[datetime] = mapped_column(default=utc_now)

    customer: Mapped[Customer] = relationship()
