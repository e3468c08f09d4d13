"""The errors that consentguard raises: one base, a few children, each with a hint that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consentguard.findings import Finding


class ConsentGuardError(Exception):
    """Base of every error of consentguard: `except ConsentGuardError` catches them all.

    `message` says what was wrong and where; `hint` what to do about it (may be empty).
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class SettingsError(ConsentGuardError):
    """The host's settings for consentguard name something unknown or impossible."""


class ConsentMissingError(ConsentGuardError):
    """Data of somebody is about to be used for a purpose that they have not agreed to, or no longer do."""


class FindingsError(ConsentGuardError):
    """Several mistakes at once; `findings` lists every one, in the order of the file."""

    def __init__(self, message: str, findings: Sequence[Finding] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {finding}" for finding in self.findings)])


class ManifestError(FindingsError):
    """`privacy.toml` cannot be read or does not follow its schema."""


class DataMapError(FindingsError):
    """A tag on a model names a category, subject, path, column or anchor that does not exist."""
