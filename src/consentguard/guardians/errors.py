"""What can be wrong with asking a guardian, or with their answer."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError


class GuardianError(ConsentGuardError):
    """The policy asks no guardian, or what was asked is not in the state for what was to be done with it."""
