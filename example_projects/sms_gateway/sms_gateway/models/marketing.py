"""Campaigns, the people they are sent to, and the files those people came from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consentguard import personal_data
from sms_gateway.models.accounts import Customer
from sms_gateway.models.base import Base, utc_now


@personal_data("campaigns", subjects={"customer": "customer"}, anchors={"account.closed": "customer.closed_at"})
class Campaign(Base):
    """A message template sent to many recipients of one customer."""

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    template: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    customer: Mapped[Customer] = relationship()
    deliveries: Mapped[list[CampaignRecipient]] = relationship(back_populates="campaign")

    def __str__(self) -> str:
        return self.name


@personal_data(
    "address_book",
    subjects={"recipient": "self", "customer": "customer"},
    anchors={"account.closed": "customer.closed_at"},
)
class Recipient(Base):
    """A person in one customer's address book."""

    __tablename__ = "recipient"
    __table_args__ = (UniqueConstraint("customer_id", "phone"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    phone: Mapped[str] = mapped_column(String(20), index=True)
    name: Mapped[str] = mapped_column(String(120))
    opted_out_at: Mapped[datetime | None]

    customer: Mapped[Customer] = relationship()
    deliveries: Mapped[list[CampaignRecipient]] = relationship(back_populates="recipient")

    def __str__(self) -> str:
        return self.name


@personal_data(
    "campaigns",
    subjects={"recipient": "recipient", "customer": "campaign.customer"},
    anchors={"account.closed": "campaign.customer.closed_at"},
)
class CampaignRecipient(Base):
    """The many-to-many between campaigns and recipients, with what each recipient did."""

    __tablename__ = "campaign_recipient"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipient.id"), primary_key=True, index=True)
    delivered_at: Mapped[datetime | None]
    clicked_at: Mapped[datetime | None]

    campaign: Mapped[Campaign] = relationship(back_populates="deliveries")
    recipient: Mapped[Recipient] = relationship(back_populates="deliveries")


@personal_data("address_book", subjects={"customer": "customer"}, anchors={"account.closed": "customer.closed_at"})
class RecipientImport(Base):
    """An uploaded CSV file of recipients; `stored_name` is its name in the customer's folder of uploads."""

    __tablename__ = "recipient_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    original_name: Mapped[str] = mapped_column(String(200))
    stored_name: Mapped[str] = mapped_column(String(80), unique=True)
    row_count: Mapped[int]
    uploaded_at: Mapped[datetime] = mapped_column(default=utc_now)

    customer: Mapped[Customer] = relationship()
