"""A mixin for the host's own views in Flask-Admin that say who may do what: a second factor is given right before."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_admin import BaseView

from consentguard.web.routes import READ
from consentguard_flask.second_factor import demand


class StepUpView(BaseView):  # type: ignore[misc]  # Flask-Admin has no types
    """Mix it into a view of accounts or roles: `class UserAdmin(StepUpView, ModelView)`.

    Whoever creates, edits or deletes a row there, or runs an action on some, has given a second factor within the last
    15 minutes; who has none and need not have one has signed in as lately. Others are led to do so, and back to the
    page. To look at rows takes nothing.
    """

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        """As Flask-Admin's, which every view of this one asks first: who may not enter is refused before."""
        refused = super()._handle_view(name, **kwargs)
        return refused if refused is not None or request.method in READ else demand("roles")
