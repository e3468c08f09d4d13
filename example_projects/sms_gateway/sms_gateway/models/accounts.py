"""Who may sign in, and the keys that their programs use."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask_login import UserMixin
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash

from consentguard import personal_data
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from sms_gateway.models.base import Base, utc_now

if TYPE_CHECKING:
    from sms_gateway.models.billing import Invoice

CUSTOMER, STAFF, SUPPORT, PRIVACY = "customer", "staff", "support", "privacy"


@personal_data(
    "account",
    subjects={"customer": "self"},
    columns={
        "password_hash": "credentials",
        "phone": "phone",
        "company": "organisation",
        "billing_address": "organisation",
        "tax_id": "organisation",
    },
    not_personal={
        "role": "customer or staff",
        "country": "by which tax law the invoices are kept, also after the account is gone",
        "created_at": "when a company signed up",
    },
    address="email",
    rectifiable=["contact_name", "phone", "company", "billing_address", "tax_id"],
    anchors={"account.closed": "closed_at", "created": "created_at"},
)
class Customer(UserMixin, Base):
    """An account: a company that sends messages, or a member of the staff."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(256))
    role: Mapped[str] = mapped_column(String(16), default=CUSTOMER)
    contact_name: Mapped[str] = mapped_column(String(120))
    company: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(Encrypted(String(20)))
    billing_address: Mapped[str] = mapped_column(String(300))
    tax_id: Mapped[str | None] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    closed_at: Mapped[datetime | None]

    api_keys: Mapped[list[ApiKey]] = relationship(back_populates="customer", order_by="ApiKey.id")
    invoices: Mapped[list[Invoice]] = relationship(back_populates="customer", order_by="Invoice.issued_on.desc()")

    @property
    def is_active(self) -> bool:
        """A closed account can neither sign in nor stay signed in: Flask-Login asks here for both."""
        return self.closed_at is None

    @property
    def is_staff(self) -> bool:
        return self.role != CUSTOMER

    def set_password(self, password: str) -> None:
        self.password_hash = generate_password_hash(password)

    def has_password(self, password: str) -> bool:
        return check_password_hash(self.password_hash, password)

    def __str__(self) -> str:
        return self.company


@personal_data("credentials", subjects={"customer": "customer"}, anchors={"account.closed": "customer.closed_at"})
class ApiKey(Base):
    """A program's credential: the prefix is shown, the secret is kept as a hash."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    label: Mapped[str] = mapped_column(String(80))
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    customer: Mapped[Customer] = relationship(back_populates="api_keys")

    def __str__(self) -> str:
        return self.prefix
