"""Where the pages of an account stand."""

from __future__ import annotations

from consentguard.web.account.connections import account_connections, disconnects
from consentguard.web.account.keys import account_keys, has_keys
from consentguard.web.account.overview import account
from consentguard.web.account.person import has_account
from consentguard.web.account.right import account_right
from consentguard.web.routes import FORM, Route

ACTS = "30/hour"
"""How often one client may do something there: each download reads all that there is."""

ROUTES = (
    Route(name="account", path="account", endpoint=account, enabled=has_account),
    Route(
        name="account_right",
        path="account/rights/<right>",
        endpoint=account_right,
        enabled=has_account,
        methods=FORM,
        limit=ACTS,
    ),
    Route(
        name="account_connections",
        path="account/connections",
        endpoint=account_connections,
        enabled=disconnects,
        methods=FORM,
        limit=ACTS,
    ),
    Route(name="account_keys", path="account/keys", endpoint=account_keys, enabled=has_keys, methods=FORM, limit=ACTS),
)
