"""The page of somebody's own account: what is held and why, and everything that they can do about it themselves."""

from __future__ import annotations

from consentguard.web.account.table import ROUTES

__all__ = ["ROUTES"]
