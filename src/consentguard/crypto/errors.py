"""Why a sealed value was not opened: three reasons, none of which says more than that, and what else can be amiss."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError


class DecryptionError(ConsentGuardError):
    """A sealed value was not opened. Its text names the column, never the value, so that nobody learns to forge one."""


class TamperedError(DecryptionError):
    """It is not what was sealed there: it was changed, cut off, moved, or never sealed."""


class UnknownKeyError(DecryptionError):
    """Its key is none of those that there are here."""


class ErasedError(DecryptionError):
    """Its key was destroyed on purpose, so what it held is gone for good."""


class KeysNotLoadedError(ConsentGuardError):
    """A value needs a key from the database, and this is an event loop, which must not wait for one."""


class UnboundError(ConsentGuardError):
    """A value that is bound to a data subject or a row was to be sealed or opened without saying which."""
