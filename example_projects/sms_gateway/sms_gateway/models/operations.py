"""What running the service leaves behind: support requests, usage figures, the access log."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consentguard import Match, personal_data
from sms_gateway.models.accounts import Customer
from sms_gateway.models.base import Base, utc_now


@personal_data(
    "support",
    subjects={"inquirer": "self", "customer": Match("email", "Customer.email")},
    address="email",
    anchors={"received": "created_at"},
)
class SupportRequest(Base):
    """A question sent from the support page; the address may or may not belong to a customer."""

    __tablename__ = "support_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


@personal_data("usage", subjects={"customer": "customer"}, anchors={"recorded": "day"})
class UsageStat(Base):
    """How often one customer called one endpoint on one day."""

    __tablename__ = "usage_stat"
    __table_args__ = (UniqueConstraint("customer_id", "day", "endpoint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    day: Mapped[date]
    endpoint: Mapped[str] = mapped_column(String(60))
    calls: Mapped[int]

    customer: Mapped[Customer] = relationship()


@personal_data("access_logs", subjects={"customer": "customer"}, anchors={"recorded": "at"})
class AccessLog(Base):
    """One request to the site."""

    __tablename__ = "access_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    ip: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(300))
    path: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(default=utc_now, index=True)

    customer: Mapped[Customer | None] = relationship()
