"""How sure a site may be of who somebody is: what they gave to show it, whether that will do, and in which browser."""

from __future__ import annotations

from consentguard.assurance.evidence import SECOND, Evidence, Method, from_claims
from consentguard.assurance.rules import Rule, rules
from consentguard.assurance.sessions import LASTS, Sessions
from consentguard.assurance.verdicts import MAX_AGE, Verdict, is_verified, stepped_up

__all__ = [
    "LASTS",
    "MAX_AGE",
    "SECOND",
    "Evidence",
    "Method",
    "Rule",
    "Sessions",
    "Verdict",
    "from_claims",
    "is_verified",
    "rules",
    "stepped_up",
]
