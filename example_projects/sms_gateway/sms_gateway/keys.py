"""The API keys of a customer, as the page about their data shows them: listed, revoked and replaced."""

from collections.abc import Mapping
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Any

from sqlalchemy import select

from consentguard import SubjectRef
from sms_gateway.extensions import db
from sms_gateway.models import ApiKey, utc_now


class ApiKeys:
    """What the setting CONSENTGUARD_API_KEYS asks for; keys are known by their prefix, which is no secret."""

    def list(self, subject: SubjectRef) -> list[Mapping[str, Any]]:
        """The keys that still work, in the order in which they were made."""
        working = select(ApiKey).filter_by(customer_id=int(subject.key), revoked_at=None).order_by(ApiKey.id)
        return [
            {"id": key.prefix, "label": key.label, "created": key.created_at, "last_used": key.last_used_at}
            for key in db.session.scalars(working)
        ]

    def revoke(self, subject: SubjectRef, prefix: str) -> None:
        """Let a key work no more."""
        self._find(subject, prefix).revoked_at = utc_now()
        db.session.commit()

    def rotate(self, subject: SubjectRef, prefix: str) -> str:
        """Revoke a key and make another of the same label, which is told this once."""
        old = self._find(subject, prefix)
        new, secret = f"pw_{token_hex(5)}", token_urlsafe(24)
        key = ApiKey(
            customer_id=old.customer_id, label=old.label, prefix=new, secret_hash=sha256(secret.encode()).hexdigest()
        )
        old.revoked_at = utc_now()
        db.session.add(key)
        db.session.commit()
        return f"{new}.{secret}"

    @staticmethod
    def _find(subject: SubjectRef, prefix: str) -> ApiKey:
        return db.session.scalars(select(ApiKey).filter_by(customer_id=int(subject.key), prefix=prefix)).one()


api_keys = ApiKeys()
