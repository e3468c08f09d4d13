"""The pages of a rights request: what is asked, who asks, the mailed confirmation, and how far the request is."""

from __future__ import annotations

from consentguard.web.rights.offer import answers, asks
from consentguard.web.rights.table import ROUTES

__all__ = ["ROUTES", "answers", "asks"]
