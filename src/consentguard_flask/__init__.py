"""consentguard in a Flask site: `ConsentGuard(app, db)`."""

from __future__ import annotations

from consentguard_flask.extension import ConsentGuard

__all__ = ["ConsentGuard"]
