"""What a type checker knows of the public face, although its names are loaded only when first used."""

from typing import assert_type

import consentguard
from consentguard import ConsentGuardError, Finding, Guard, ManifestError


def hints_are_text(error: ConsentGuardError) -> None:
    """A host may print the hint without a check."""
    assert_type(error.hint, str)


def findings_are_typed(error: ManifestError) -> None:
    """Whoever catches a wrong manifest can go through its findings."""
    assert_type(error.findings, tuple[Finding, ...])


def every_error_is_caught_by_one_base(error: ManifestError) -> ConsentGuardError:
    """`except ConsentGuardError` is enough."""
    return error


def names_are_typed_through_the_module_too() -> type[Guard]:
    """`consentguard.Guard` is the class itself, not `object`."""
    return consentguard.Guard
