"""Screens for Flask-Admin: what consentguard keeps, for those of the staff whom the site lets see it."""

from __future__ import annotations

from flask_admin import Admin

from consentguard.screens import SCREENS
from consentguard_flask.admin.access import CARRY_OUT, VERIFY, Access, Accessible, Refuse, nobody, refuse
from consentguard_flask.admin.kinds import KINDS
from consentguard_flask.admin.masking import SealedConverter, SealedModelView

__all__ = ["CARRY_OUT", "VERIFY", "SealedConverter", "SealedModelView", "add_views"]


def add_views(
    admin: Admin, *, accessible: Accessible = nobody, inaccessible: Refuse = refuse, category: str = "Privacy"
) -> None:
    """Add every screen to a Flask-Admin, under `category` in its menu. The app has `ConsentGuard` as well.

    `accessible` is asked on each request whether whoever sent it may see a screen, by its name (`consents`,
    `consent-rates`, `consent-versions`, `requests`, `evidence`, `factors`, `ages`, `keys`, `data-map`), or may do
    something on it (`CARRY_OUT`, `VERIFY`). Without it nobody may. `inaccessible` answers whoever may not, as
    `inaccessible_callback` of a view does: with 403 unless it is given.
    """
    access = Access(accessible, inaccessible)
    for screen in SCREENS:
        admin.add_view(KINDS[screen.name](screen, access, category, admin.url or ""))
