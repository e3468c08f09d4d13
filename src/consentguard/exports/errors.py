"""What can be wrong with a copy: whom it is about, or the archive that somebody hands in."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError


class ExportError(ConsentGuardError):
    """A copy cannot be made: there is no such data subject, or what is to be withheld is nowhere."""


class ArchiveError(ConsentGuardError):
    """An archive is not what its manifest says, or it does not fit the tables that it is to be read into."""
