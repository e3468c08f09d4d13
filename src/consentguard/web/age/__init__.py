"""The page that asks for an age, what keeps a host's views for those who are old enough, and its sign-up forms."""

from __future__ import annotations

from consentguard.web.age.asking import asks
from consentguard.web.age.page import screen
from consentguard.web.routes import FORM, Route

LIMIT = "10/hour"
"""How often one client may answer, also with what is no date."""

ROUTES = (Route(name="age", path="age", endpoint=screen, enabled=asks, methods=FORM, limit=LIMIT),)
