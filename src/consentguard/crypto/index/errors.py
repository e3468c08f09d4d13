"""The error of an index: it is declared wrongly, or asked for what it cannot find."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError


class SearchError(ConsentGuardError):
    """An index cannot be made as declared, or cannot answer a question. Never shows a value."""
