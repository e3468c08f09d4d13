"""Every page and endpoint of consentguard, and where each stands: the adapters build their URL tables from it."""

from __future__ import annotations

from consentguard.web import (
    account,
    age,
    api,
    copies,
    guardians,
    minors,
    pages,
    platforms,
    rights,
    twofactor,
    unsubscribe,
)
from consentguard.web.consent import agreements, centre, receipt, unscripted, withdraw
from consentguard.web.consent import page as preferences
from consentguard.web.routes import Route
from consentguard.web.twofactor import passkeys

ROUTES: tuple[Route, ...] = (
    *pages.ROUTES,
    *preferences.ROUTES,
    *centre.ROUTES,
    *unscripted.ROUTES,
    *receipt.ROUTES,
    *withdraw.ROUTES,
    *agreements.ROUTES,
    *unsubscribe.ROUTES,
    *rights.ROUTES,
    *copies.ROUTES,
    *account.ROUTES,
    *age.ROUTES,
    *guardians.ROUTES,
    *minors.ROUTES,
    *twofactor.ROUTES,
    *passkeys.ROUTES,
    *platforms.ROUTES,
    *api.ROUTES,
)

PATTERNS: tuple[tuple[str, Route], ...] = tuple(
    sorted(
        ((pattern, route) for route in ROUTES for pattern in route.patterns),
        key=lambda row: row[0].startswith("<"),
    )
)
"""Each path with its route. Those below a language's tag come last: what else has a name is no language."""
