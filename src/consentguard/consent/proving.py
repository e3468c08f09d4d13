"""Records of consent by their ids, for whoever can show that their browser made one."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from consentguard.consent.service import Consent
from consentguard.records import ConsentRecord

HEX_DIGITS = 32


@dataclass(frozen=True, slots=True)
class ProvedReceipts:
    """`consentguard.ports.Receipts` over the choices of a site."""

    consent: Consent

    def proved(self, receipt: str, nonce: str) -> ConsentRecord | None:
        """The record with this id, for whoever has the nonce that its id is a keyed hash of. In constant time."""
        record = self.consent.find(receipt)
        ids = [code[:HEX_DIGITS] for code in self.consent.macs.every(nonce.encode())]
        known = sum(hmac.compare_digest(id.encode(), receipt.encode()) for id in ids)  # noqa: A001 - the record's word
        return record if known and len(nonce) == HEX_DIGITS else None

    def withdraw_receipt(self, receipt: str, *, component: str = "receipt", language: str = "") -> ConsentRecord | None:
        """Take back what a record says. Raises ConsentError for a choice that lives in a browser alone."""
        return self.consent.withdraw_receipt(receipt, component=component, language=language)
