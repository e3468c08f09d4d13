"""The codes by which a request can be looked at."""

from __future__ import annotations

import datetime as dt

from consentguard.periods import parse_period
from consentguard.records import RightsRequest, Token
from consentguard.rights.means import Means
from consentguard.rights.terms import STATUS_AFTER


def status_code(means: Means, request: RightsRequest) -> str:
    """Joined. A code that shows the status of a request, until some time after its last day."""
    last = dt.datetime.combine(request.due_on, dt.time(), dt.UTC)
    code, status = Token.new("status", request.id, parse_period(STATUS_AFTER).after(last))
    means.stores.tokens.add(status)
    return code
