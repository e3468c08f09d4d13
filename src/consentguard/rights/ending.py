"""What ends by itself: requests that nobody confirms, copies that nobody downloads, mails that reach nobody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial

from consentguard.periods import parse_period
from consentguard.records import RequestState, RightsRequest
from consentguard.rights.means import Means
from consentguard.rights.planning import Planning
from consentguard.rights.queues import whole
from consentguard.rights.receiving import SPEAKING
from consentguard.rights.terms import CONFIRM_WITHIN, mail_until

READY: tuple[RequestState, ...] = ("confirmed", "approved")


@dataclass(frozen=True, slots=True)
class Endings:
    """Ends them, each in a transaction of its own with its evidence."""

    means: Means

    def close(self) -> int:
        """Close the requests that nobody confirmed, or whose copy nobody downloaded, in time; how many closed."""
        now, requests, closed = self.means.clock.now(), self.means.stores.requests, 0
        for request in whole(partial(requests.in_state, "received")):
            closed += _is_unconfirmed(request, now) and self._closed(request, now)
        for state in READY:
            for request in whole(partial(requests.in_state, state)):
                closed += self._is_left(request, now) and self._closed(request, now)
        return closed

    def give_up(self) -> None:
        """Owe no more the mails of what was done to addresses that no mail reaches: they stand in others' way."""
        now = self.means.clock.now()
        for request in whole(self.means.stores.requests.owing):
            if request.owes != "confirmation" and mail_until(request) < now.date():
                with self.means.stores.transactions.atomic():
                    if self.means.stores.requests.change(replace(request, owes=""), request):
                        self.means.witness.record("mail.given_up", request.contact_ref, request=request.id)

    def _is_left(self, request: RightsRequest, now: dt.datetime) -> bool:
        """Whether a copy was to be had for long enough. What waits for our approval waits for us."""
        until, planning = self.means.copy_until(request), Planning(self.means)
        if until is None or until > now:
            return False
        if not planning.needed(request):
            return True
        return request.state == "approved" and planning.plan(request).is_of(request.plan)

    def _closed(self, request: RightsRequest, now: dt.datetime) -> bool:
        with self.means.stores.transactions.atomic():
            ended = replace(request, state="expired", owes="", closed_at=now)
            closed = self.means.stores.requests.change(ended, request)
            if closed:
                self.means.witness.record("request.expired", request.contact_ref, request=request.id)
        return closed


def _is_unconfirmed(request: RightsRequest, now: dt.datetime) -> bool:
    """Whether it is too late to confirm. A mail that is still owed is waited for, but not beyond the last day.

    Who speaks for somebody else, or was asked for a proof, waits for a member of staff.
    """
    if request.identity in SPEAKING or request.paused_at:
        return False
    given_up = not request.owes or mail_until(request) < now.date()
    return given_up and parse_period(CONFIRM_WITHIN).after(request.received_at) <= now
