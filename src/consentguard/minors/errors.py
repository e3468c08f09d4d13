"""What can be wrong with a report that somebody is a minor."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError


class MinorError(ConsentGuardError):
    """A report names nobody, is not there, or is not in the state for what was to be done with it."""
