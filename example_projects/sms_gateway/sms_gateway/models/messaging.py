"""Messages on their way to a phone, and what the carriers said about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consentguard import Match, not_personal, personal_data
from sms_gateway.models.accounts import Customer
from sms_gateway.models.base import Base, utc_now

STATUSES = ("queued", "sent", "delivered", "failed")


class Carrier(Base):
    """A telecom carrier that takes messages for a country."""

    __tablename__ = "carrier"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    country: Mapped[str] = mapped_column(String(2))

    def __str__(self) -> str:
        return self.name


not_personal(Carrier, "companies that carry messages")


@personal_data(
    "delivery_logs",
    subjects={"recipient": Match("to_number", "Recipient.phone"), "customer": "customer"},
    columns={"body": "message_content", "to_number": "message_content", "details": "message_content"},
    on_erase={"recipient": "redact"},
    anchors={"queued": "queued_at", "delivered": "delivered_at", "recorded": "queued_at"},
)
class Message(Base):
    """One text message to one phone number: a week after its delivery, only that there was one."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_customer_queued", "customer_id", "queued_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    to_number: Mapped[str] = mapped_column(String(20), index=True)
    body: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    queued_at: Mapped[datetime] = mapped_column(default=utc_now)
    delivered_at: Mapped[datetime | None]
    # `metadata` is taken by the declarative base, so the attribute has another name than the column.
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)

    customer: Mapped[Customer] = relationship()
    delivery_logs: Mapped[list[DeliveryLog]] = relationship(back_populates="message", order_by="DeliveryLog.at")

    def __str__(self) -> str:
        return f"Message {self.id}"


@personal_data(
    "delivery_logs",
    subjects={"recipient": Match("message.to_number", "Recipient.phone")},
    anchors={"recorded": "at"},
)
class DeliveryLog(Base):
    """One answer from a carrier; it never holds the text of the message."""

    __tablename__ = "delivery_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    carrier_id: Mapped[int] = mapped_column(ForeignKey("carrier.id"))
    status_code: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(default=utc_now)

    message: Mapped[Message] = relationship(back_populates="delivery_logs")
    carrier: Mapped[Carrier] = relationship()
