"""Consent: which purposes a visitor chooses about, what they chose, and the record that proves it."""

from __future__ import annotations

from consentguard.consent.errors import (
    ConsentError,
    MethodError,
    OutdatedError,
    PreTickedError,
    RepeatedError,
)
from consentguard.consent.policy import Change, ConsentPolicy, Service
from consentguard.consent.record import Decision
from consentguard.consent.rules import (
    allows,
    in_force,
    needs_consent,
    purposes_on_forms,
    purposes_to_choose,
    refused_by_signal,
)
from consentguard.consent.service import Consent

__all__ = [
    "Change",
    "Consent",
    "ConsentError",
    "ConsentPolicy",
    "Decision",
    "MethodError",
    "OutdatedError",
    "PreTickedError",
    "RepeatedError",
    "Service",
    "allows",
    "in_force",
    "needs_consent",
    "purposes_on_forms",
    "purposes_to_choose",
    "refused_by_signal",
]
