"""How long each thing of a request lasts, and until when a copy can be downloaded."""

from __future__ import annotations

import datetime as dt

from consentguard.periods import parse_period
from consentguard.records import RightsRequest

CONFIRM_WITHIN = "P7D"
"""How long somebody has to confirm a request."""
COPY_WITHIN = "P30D"
"""How long after it was confirmed, and approved where that is asked, a copy can be downloaded for the first time."""
AGAIN_WITHIN = "P7D"
"""How long after its first download a copy can be downloaded once more."""
STATUS_AFTER = "P90D"
"""How long after its last day a request can still be looked at."""
MAILED_WITHIN = "P30D"
"""How long it is tried to mail what was done: from the last day to answer, or from that on which it was done later."""
COPIES = ("access", "portability")
"""The rights that a copy answers."""
PROTECTED = (*COPIES, "erasure", "rectification")
"""The rights that disclose or destroy: whoever has a second factor gives it for them, whichever way they ask.

The others end a use of data, which has to be easy (Art. 7(3) GDPR; 11 CCR 7060(b), which lets nobody who opts out be
asked to show who they are).
"""


def copy_until(request: RightsRequest, approved_at: dt.datetime | None) -> dt.datetime | None:
    """The moment from which the copy that was asked for is not given out any more; None where there is none to give.

    The code of a request's page opens it, and a page's address lies about in histories and mailboxes.
    """
    if request.right not in COPIES or request.confirmed_at is None:
        return None
    if request.state in ("partial", "done") and request.closed_at:
        return parse_period(AGAIN_WITHIN).after(request.closed_at)
    return parse_period(COPY_WITHIN).after(max(request.confirmed_at, approved_at or request.confirmed_at))


def mail_until(request: RightsRequest) -> dt.date:
    """The last day on which the mail that a request owes is tried; one that is still worked on is owed its answer."""
    if request.owes == "confirmation":
        return request.due_on
    if request.closed_at is None:
        return dt.date.max
    return parse_period(MAILED_WITHIN).after(max(request.due_on, request.closed_at.date()))
