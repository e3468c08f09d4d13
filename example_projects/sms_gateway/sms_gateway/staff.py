"""The staff: who they are, and what each role lets them do with what consentguard keeps."""

from collections.abc import Sequence

from flask import Request
from flask_login import current_user
from sqlalchemy import select

from consentguard.roles import Role
from sms_gateway.extensions import db
from sms_gateway.models import CUSTOMER, PRIVACY, STAFF, SUPPORT, Customer
from sms_gateway.signin import owes_code

# Support looks and decides nothing; the privacy officer does both. Only the owner of the site resets a second factor.
ROLES: dict[str, frozenset[Role]] = {
    SUPPORT: frozenset({Role.VIEW}),
    PRIVACY: frozenset({Role.VIEW, Role.EXPORT, Role.APPROVE, Role.HOLD}),
    STAFF: frozenset(Role),
}


def is_staff() -> bool:
    """Whether a member of the staff is signed in, with their second factor where they have one."""
    return bool(current_user.is_authenticated and current_user.is_staff and not owes_code())


def may(request: Request, role: Role) -> bool:
    """Whether whoever sent a request has a role for privacy work."""
    return is_staff() and role in ROLES[current_user.role]


def has_role(request: Request, role: str) -> bool:
    """Whether whoever sent a request is whom the policy means: it requires a second factor of privacy officers."""
    return bool(current_user.is_authenticated and role == "privacy_officer" and current_user.role == PRIVACY)


def keys() -> Sequence[int]:
    """The primary keys of everybody who works here."""
    return db.session.scalars(select(Customer.id).where(Customer.role != CUSTOMER, Customer.closed_at.is_(None))).all()
