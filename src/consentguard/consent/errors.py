"""What can be wrong with a choice."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError


class ConsentError(ConsentGuardError):
    """A purpose or service is unknown, or is none that visitors choose about; or a decision is none."""


class OutdatedError(ConsentError):
    """Something was accepted under another version than the one that visitors are asked by: nobody agrees to what
    they have not read.
    """


class ConsentMissingError(ConsentGuardError):
    """Data of somebody is about to be used for a purpose that they have not agreed to, or no longer do."""
