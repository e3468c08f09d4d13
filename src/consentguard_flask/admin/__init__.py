"""Screens for Flask-Admin: what consentguard keeps, for those of the staff whom the site lets see it."""

from __future__ import annotations

from flask_admin import Admin

from consentguard.screens import PERMISSIONS, SCREENS
from consentguard_flask.admin.access import (
    APPROVE,
    CARRY_OUT,
    VERIFY,
    Access,
    Accessible,
    Refuse,
    Who,
    nobody,
    refuse,
    unnamed,
)
from consentguard_flask.admin.kinds import KINDS
from consentguard_flask.admin.masking import SealedConverter, SealedModelView
from consentguard_flask.admin.roles import StepUpView

__all__ = [
    "APPROVE",
    "CARRY_OUT",
    "PERMISSIONS",
    "VERIFY",
    "SealedConverter",
    "SealedModelView",
    "StepUpView",
    "add_views",
]


def add_views(
    admin: Admin,
    *,
    accessible: Accessible = nobody,
    inaccessible: Refuse = refuse,
    who: Who = unnamed,
    category: str = "Privacy",
) -> None:
    """Add every screen to a Flask-Admin, under `category` in its menu. The app has `ConsentGuard` as well.

    `accessible` is asked on each request whether whoever sent it may see a screen, by its name (`requests`, `holds`,
    `retention` and so on: the `name` of each of `consentguard.screens.SCREENS`), or may do something on it: one of
    `PERMISSIONS`, or `VERIFY`. Beside it, the setting `may` tells who has a role that brings several of these. Without
    both nobody may. `inaccessible` answers whoever may not, as
    `inaccessible_callback` of a view does: with 403 unless it is given. `who` gives the name of whoever is signed in,
    which approvals and holds are kept with: nothing of that kind can be done where it is empty.
    """
    access = Access(accessible, inaccessible, who)
    for screen in SCREENS:
        admin.add_view(KINDS[screen.name](screen, access, category, admin.url or ""))
