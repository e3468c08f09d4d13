"""What a guardian answered: the scopes that they chose, and the code that opens their page from then on."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from consentguard.records import GuardianConsent


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an answer, and the code that opens its page from now on."""

    consent: GuardianConsent
    code: str = field(repr=False)


def chosen(consent: GuardianConsent) -> tuple[str, ...]:
    """The scopes that a guardian chose."""
    return tuple(msgspec.json.decode(consent.scopes, type=list[str]))
