"""Which purposes somebody can object to: a question of the legal basis (Art. 21 GDPR)."""

from __future__ import annotations

from consentguard.law.tables import Objections, table
from consentguard.manifest.schema import Purpose
from consentguard.ports import Answer

UNDECLARED = "undeclared"


def answer(purpose: Purpose | None) -> Answer:
    """Whether an objection to a purpose is granted, and the legal basis that rules it out where it is not.

    `consent` means that it is withdrawn instead. A basis that differs from place to place rules an objection out where
    it does so everywhere; one that nobody stated never does.
    """
    if purpose is None:
        return Answer(granted=False, reason=UNDECLARED)
    law = table(Objections)
    if purpose.marketing and law.marketing:
        return Answer(granted=True)
    bases = [purpose.basis] if isinstance(purpose.basis, str) else list(purpose.basis.values())
    if any(basis in law.bases or basis == "unstated" for basis in bases):
        return Answer(granted=True)
    return Answer(granted=False, reason=bases[0] if bases else UNDECLARED)
