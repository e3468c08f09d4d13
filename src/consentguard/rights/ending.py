"""What ends by itself: requests that nobody confirms, copies that nobody downloads, mails that reach nobody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial

from consentguard.periods import parse_period
from consentguard.ports import Clock, Stores, Witness
from consentguard.records import RightsRequest
from consentguard.rights.queues import whole
from consentguard.rights.terms import CONFIRM_WITHIN, copy_until, mail_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """Ends them, each in a transaction of its own with its evidence."""

    stores: Stores
    witness: Witness
    clock: Clock

    def close(self) -> int:
        """Close the requests that nobody confirmed, or whose copy nobody downloaded, in time; how many closed."""
        now, requests, closed = self.clock.now(), self.stores.requests, 0
        for request in whole(partial(requests.in_state, "received")):
            closed += _is_unconfirmed(request, now) and self._closed(request, now)
        for request in whole(partial(requests.in_state, "confirmed")):
            until = copy_until(request)
            closed += until is not None and until <= now and self._closed(request, now)
        return closed

    def give_up(self) -> None:
        """Owe no more the mails of what was done to addresses that no mail reaches: they stand in others' way."""
        now = self.clock.now()
        for request in whole(self.stores.requests.owing):
            if request.owes == "outcome" and mail_until(request) < now.date():
                with self.stores.transactions.atomic():
                    if self.stores.requests.change(replace(request, owes=""), request):
                        self.witness.record("mail.given_up", request.contact_ref, request=request.id)

    def _closed(self, request: RightsRequest, now: dt.datetime) -> bool:
        with self.stores.transactions.atomic():
            ended = replace(request, state="expired", owes="", closed_at=now)
            closed = self.stores.requests.change(ended, request)
            if closed:
                self.witness.record("request.expired", request.contact_ref, request=request.id)
        return closed


def _is_unconfirmed(request: RightsRequest, now: dt.datetime) -> bool:
    """Whether it is too late to confirm. A mail that is still owed is waited for, but not beyond the last day."""
    given_up = not request.owes or mail_until(request) < now.date()
    return given_up and parse_period(CONFIRM_WITHIN).after(request.received_at) <= now
