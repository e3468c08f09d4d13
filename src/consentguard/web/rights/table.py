"""Where the pages of requests stand."""

from __future__ import annotations

from consentguard.web.rights.confirm import confirm
from consentguard.web.rights.offer import LOOKS, REQUESTS, answers, asks
from consentguard.web.rights.receipt import by_receipt, takes_receipts
from consentguard.web.rights.request import ask, request
from consentguard.web.rights.status import status
from consentguard.web.routes import FORM, Route

ROUTES = (
    Route(name="request", path="requests", endpoint=request, enabled=asks, methods=FORM, limit=REQUESTS),
    Route(name="ask", path="requests/new/<right>", endpoint=ask, enabled=asks, methods=FORM, limit=REQUESTS),
    Route(
        name="confirm", path="requests/confirm/<token>", endpoint=confirm, enabled=answers, methods=FORM, limit=LOOKS
    ),
    Route(name="status", path="requests/<code>", endpoint=status, enabled=answers, methods=FORM, limit=LOOKS),
    Route(
        name="receipt_request",
        path="receipt/requests",
        endpoint=by_receipt,
        enabled=takes_receipts,
        methods=FORM,
        limit=REQUESTS,
    ),
)
