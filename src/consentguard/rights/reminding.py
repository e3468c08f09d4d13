"""Reminds those who answer of requests whose time runs out, and data subjects of restrictions that end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from consentguard.letters import Letter
from consentguard.records import OPEN_STATES, Mark, RightsRequest
from consentguard.rights.addresses import is_address
from consentguard.rights.errors import RightsError, StateError
from consentguard.rights.mails import Mails
from consentguard.rights.means import Means
from consentguard.rights.outcome import Outcome
from consentguard.rights.queues import whole
from consentguard.rights.receiving import SPEAKING
from consentguard.rights.sending import Sending
from consentguard.words import N_, words

SHARES = (100, 80, 50)
"""Shares of the time to answer, in percent, at which somebody is reminded."""


@dataclass(frozen=True, slots=True)
class Reminding:
    """Looks at every clock."""

    means: Means

    def remind(self) -> tuple[RightsRequest, ...]:
        """Durable. Remind the controller's contact of requests at 50, 80 and 100 percent of their time, once each.

        They are taken down as reminded of once the mail went out; a policy that names no mailbox has the evidence
        alone. Raises MailError where it could not be sent: then nothing is taken down.
        """
        self.means.stores.transactions.outside()
        found = [(request, share) for request in self.waiting() if (share := self._share(request)) > request.reminded]
        if not found:
            return ()
        controller = self.means.manifest.controller
        if controller and is_address(controller.contact):
            self.means.mail.send(self._letter(found).to(controller.contact))
        reminded = []
        for request, share in found:
            with self.means.stores.transactions.atomic():
                if not self.means.stores.requests.change(replace(request, reminded=share), request):
                    continue  # somebody has just done something about it
                reminded.append(replace(request, reminded=share))
                due = request.due_on.isoformat()
                self.means.witness.record(
                    "request.reminder", request.contact_ref, request=request.id, percent=share, due_on=due
                )
        return tuple(reminded)

    def overdue(self) -> tuple[RightsRequest, ...]:
        """The requests whose last day is over, and those whose receipt was not confirmed by the day that a law sets."""
        return tuple(each for each in self._open() if self.is_overdue(each))

    def is_overdue(self, request: RightsRequest) -> bool:
        """Whether a request is one of those."""
        today = self.means.clock.now().date()
        return (waits(request) and request.due_on < today) or self._is_unconfirmed(request, today)

    def waiting(self) -> Iterator[RightsRequest]:
        """The requests whose clock runs: not those of senders who have not confirmed, or whose proof is awaited.

        What is partial waits for others, unless the laws alone keep what is left: then it has been answered.
        """
        return (request for request in self._open() if waits(request))

    def _open(self) -> Iterator[RightsRequest]:
        for state in OPEN_STATES:
            yield from whole(partial(self.means.stores.requests.in_state, state))

    def announce(self) -> int:
        """Durable. Tell data subjects of restrictions that end soon (Art. 18(3) GDPR); how many were told."""
        self.means.stores.transactions.outside()
        ends = {mark.request: mark.until for mark in self.means.restrictions.ending() if mark.request and mark.until}
        return sum(self._announced(request, until) for request, until in ends.items())

    def lift(self, id: str, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Durable. Lift the restriction that a request obtained, after its sender was told so.

        Raises StateError where the mail could not be sent, and nothing is lifted then; RightsError without a name.
        """
        self.means.stores.transactions.outside()
        if not by.strip():
            raise RightsError("nobody is named who decides this", hint="give the name of a member of staff")
        request = self.means.find(id)
        marks = self._marks(request)
        if request.right != "restriction" or not marks:
            raise StateError("the request has no restriction in force", hint="there is nothing to lift")
        if not self._told(request, None):
            raise StateError("its sender could not be told", hint="they are told before it is lifted: try again later")
        with self.means.stores.transactions.atomic():
            for mark in marks:
                self.means.restrictions.told(mark.id)
                self.means.restrictions.lift(mark.id)
        return request

    def _announced(self, id: str, until: dt.datetime) -> bool:  # noqa: A002 - the record's own word
        request = self.means.stores.requests.find(id)
        if request is None:
            return False
        if not self._told(request, (until - dt.timedelta(microseconds=1)).date()):
            return False
        for mark in self._marks(request):
            self.means.restrictions.told(mark.id)
        return True

    def _told(self, request: RightsRequest, ends: dt.date | None) -> bool:
        """Whether its sender was told that a restriction ends, if they gave an address.

        Never owed: what is said later might not be so by then, and would stand in another mail's way.
        """
        if not self.means.address(request):
            return True
        return Sending(self.means).hand_over(request, Mails(self.means.data_map).lifting(request, ends))

    def _marks(self, request: RightsRequest) -> Sequence[Mark]:
        """The restrictions in force that a request obtained."""
        found = self.means.stores.marks.in_force(self.means.clock.now())
        return [mark for mark in found if mark.request == request.id and mark.kind == "restriction"]

    def _share(self, request: RightsRequest) -> int:
        """The greatest share of the time that is over, of those at which somebody is reminded; 0 for none."""
        start = dt.datetime.combine(request.received_at.date(), dt.time(), dt.UTC)
        end = dt.datetime.combine(request.due_on + dt.timedelta(days=1), dt.time(), dt.UTC)
        over = (self.means.clock.now() - start) / (end - start) * 100
        return next((share for share in SHARES if over >= share), 0)

    def _is_unconfirmed(self, request: RightsRequest, today: dt.date) -> bool:
        if request.state not in OPEN_STATES or request.owes not in ("confirmation", "received"):
            return False
        last = self.means.deadline(request).acknowledge_on()
        return last is not None and last < today

    def _letter(self, found: Iterable[tuple[RightsRequest, int]]) -> Letter:
        """One mail about all of them: it says which, and nothing of whom they are."""
        language = self.means.manifest.site.languages[0]
        w = words(language)
        say = N_("{request}: {right}, {percent} % of the time is over, to be answered by {day}.")
        lines = [
            w.say(say, request=each.id, right=each.right, percent=str(share), day=w.date(each.due_on))
            for each, share in found
        ]
        return Letter(language=language, title=w.say("Requests of data subjects wait"), paragraphs=tuple(lines))


def waits(request: RightsRequest) -> bool:
    """Whether the clock of a request runs: somebody who is known waits for us, or for places that we asked."""
    if request.paused_at or request.state not in OPEN_STATES:
        return False
    if request.state == "received":
        return request.identity in SPEAKING
    return request.state != "partial" or bool(Outcome.read(request.outcome).waiting)
