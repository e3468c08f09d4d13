"""What the scanner raises."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError


class ScannerError(ConsentGuardError):
    """A site cannot be scanned: its address is none, it does not answer, or there is no browser."""
