"""What a browser refuses by itself for somebody who signs in: taken down once, and never over what they said."""

from __future__ import annotations

from collections.abc import Collection

from consentguard.consent.record import ACT, details
from consentguard.consent.service import Consent
from consentguard.ports import StoreError
from consentguard.records import ConsentRecord, SubjectRef

COMPONENT = "signin"


def refuse_by_signal(
    consent: Consent, subject: SubjectRef, refused: Collection[str], *, jurisdiction: str | None = None
) -> ConsentRecord | None:
    """Record that the browser of whoever has signed in sends Global Privacy Control, which refuses these purposes.

    Only those that they never decided about: an explicit choice outranks the signal, and what is on record already is
    not written again. None where that is all of them. Joined. Raises StoreError.
    """
    decided = consent.standing(subject)
    new = tuple(name for name in consent.policy.manifest.purposes if name in refused and name not in decided)
    if not new:
        return None
    record = _record(consent, consent.pseudonyms.of(subject), new, jurisdiction or "")
    try:
        with consent.stores.transactions.atomic():
            consent.witness.record_once(record.id, ACT, record.subject, **details(record))
    except StoreError:
        if consent.find(record.id) is None:
            raise
        return None  # they signed in twice at once
    return record


def _record(consent: Consent, subject: str, refused: tuple[str, ...], jurisdiction: str) -> ConsentRecord:
    """The same id for whoever signs in twice at once. No words were shown, so there is no language."""
    said = f"gpc:{subject}:{' '.join(refused)}"
    return ConsentRecord(
        id=consent.macs.mac(said.encode())[1][:32],
        at=consent.clock.now(),
        subject=subject,
        version=consent.version,
        policy=consent.policy.digest,
        accepted=(),
        refused=refused,
        language="",
        jurisdiction=jurisdiction,
        method="gpc",
        component=COMPONENT,
        gpc=True,
        until=None,
    )
