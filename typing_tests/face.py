"""What a type checker knows of the errors that a host site catches."""

from typing import assert_type

from consentguard.errors import ConsentGuardError, FindingsError, ManifestError
from consentguard.findings import Finding


def hints_are_text(error: ConsentGuardError) -> None:
    """A host may print the hint without a check."""
    assert_type(error.hint, str)


def findings_are_typed(error: ManifestError) -> None:
    """Whoever catches a wrong manifest can go through its findings."""
    as_parent: FindingsError = error
    assert_type(as_parent.findings, tuple[Finding, ...])
