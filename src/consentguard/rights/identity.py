"""That a request is its sender's own: by a mailed link, or by a member of staff who saw a proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from consentguard.ports import Shown, nobody
from consentguard.records import Identity, Owed, RightsRequest, SubjectRef, Token
from consentguard.rights.codes import status_code
from consentguard.rights.errors import RightsError, StateError
from consentguard.rights.factors import holder, is_protected
from consentguard.rights.means import Means
from consentguard.rights.people import About
from consentguard.rights.planning import PLANNED
from consentguard.rights.receiving import SPEAKING
from consentguard.rights.sending import Sending

SEEN: tuple[Identity, ...] = (*SPEAKING, "staff")
"""What a member of staff can vouch for."""
CONFIRMABLE = ("received", "expired")


@dataclass(frozen=True, slots=True)
class Identifying:
    """Confirms requests. A duplicate is confirmed by itself, like every other."""

    means: Means

    def peek(self, token: str, shown: Shown = nobody) -> RightsRequest | None:
        """The request that a mailed token would confirm; None for one that is wrong, used or too old.

        Raises FactorNeededError as `require_factor` does.
        """
        request = self._meant(token)
        if request is not None:
            self.require_factor(request, shown)
        return request

    def confirm(self, token: str, shown: Shown = nobody) -> tuple[RightsRequest, str] | None:
        """Joined. Use a mailed token: the request is confirmed, and the code that shows its status from now on.

        Raises FactorNeededError as `require_factor` does; the token stays as it was then. Whose factor was given is
        kept, sealed: until the request is carried out it may come to be about somebody else.
        """
        stores, now = self.means.stores, self.means.clock.now()
        given = None
        if self._knows_factors:
            if (asked := self._meant(token)) is None:
                return None
            given = self.require_factor(asked, shown)
        with stores.transactions.atomic():
            known = stores.tokens.claim(Token.digest_of(token), "confirm", now)
            request = stores.requests.find(known.about) if known else None
            if request is None or not _is_confirmable(request):
                return None
            confirmed = self._confirmed(request, "mail", owes="", **self._kept(request, given))
            return confirmed, status_code(self.means, confirmed)

    def require_factor(self, request: RightsRequest, shown: Shown = nobody) -> SubjectRef | None:
        """Let nobody who has the mailbox alone get what is protected by a second factor, nor have it destroyed.

        Raises FactorNeededError where a request that discloses or destroys is about somebody who has one, unless they
        are the only one and have given it, or a member of staff saw a proof. Who is meant is looked up: whoever holds
        a mailed link has shown that the address is theirs. Whoever has given theirs is returned.
        """
        if not is_protected(self.means, request) or request.identity in SEEN:
            return None
        return holder(About(self.means, request), shown)

    def takes_proof(self, request: RightsRequest) -> bool:
        """Whether a member of staff may say that a proof was seen: in place of a mailed link, or of a lost factor.

        Not of an account's request that has run out: it is about that account alone, whoever has the same address, and
        a proof would make it one about all of them.
        """
        if request.state in CONFIRMABLE:
            return request.identity != "session"
        planned = request.state in PLANNED and request.identity == "mail"
        return planned and is_protected(self.means, request)

    @property
    def _knows_factors(self) -> bool:
        return self.means.manifest.twofactor is not None

    def verify(self, id: str, identity: Identity, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Durable. Say that a member of staff saw who somebody is, or that they may speak for another.

        A clock that stood still goes on, and its sender is told. For what a mailed link has confirmed already, the
        proof stands in for the second factor. Raises RightsError for an identity that is nobody's to vouch for, and one
        that the request did not come with; StateError where it is not waited for.
        """
        self.means.stores.transactions.outside()
        request = self.means.find(id)
        if identity not in SEEN or not by.strip():
            hint = f"it is one of {', '.join(SEEN)}, and says by whom"
            raise RightsError(f"{identity!r} is vouched for by nobody", hint=hint)
        claimed = request.identity if request.identity in SPEAKING else "staff"
        if identity != claimed:
            raise RightsError(f"the request came in as that of {claimed!r}", hint="verify that, or deny the request")
        if not self.takes_proof(request):
            raise StateError(f"the request is {request.state}", hint="it is verified before anything is done")
        with self.means.stores.transactions.atomic():
            self.means.stores.tokens.withdraw(request.id, "confirm")
            proved = self._resumed(request)
            owes = request.owes if request.state in PLANNED and request.owes else "received"
            verified = self._confirmed(proved, identity, owes)
        return Sending(self.means).owed_now(verified)

    def ask_proof(self, id: str, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Durable. Ask for a proof of identity: where the laws let it, the clock stands still until it comes.

        A mailed link confirms nothing any more from then on, and one that is owed is not sent.
        Raises StateError for a request that waits for none, or that one was asked for already.
        """
        self.means.stores.transactions.outside()
        request = self.means.find(id)
        if request.state != "received" or request.paused_at or not by.strip():
            raise StateError(f"the request is {request.state}", hint="proof is asked for once, before it is confirmed")
        with self.means.stores.transactions.atomic():
            self.means.stores.tokens.withdraw(request.id, "confirm")
            paused = self.means.changed(request, paused_at=self.means.clock.now(), owes="received")
            self.means.witness.record("request.paused", request.contact_ref, request=request.id)
        return Sending(self.means).owed_now(paused)

    def _meant(self, token: str) -> RightsRequest | None:
        """The request that a mailed token confirms, which stays unused."""
        known = self.means.stores.tokens.find(Token.digest_of(token), "confirm", self.means.clock.now())
        request = self.means.stores.requests.find(known.about) if known else None
        return request if request is not None and _is_confirmable(request) else None

    def _kept(self, request: RightsRequest, given: SubjectRef | None) -> dict[str, Any]:
        """What changes of a request where somebody has given their factor for it."""
        if given is None:
            return {}
        details = msgspec.structs.replace(self.means.details(request), shown=str(given))
        return {"details": self.means.sealed(details)}

    def _confirmed(self, request: RightsRequest, identity: Identity, owes: Owed, **facts: Any) -> RightsRequest:
        """Joined. The request as it is once who asks is known so; what was approved already stays so."""
        became: dict[str, Any] = facts
        if request.state in CONFIRMABLE:
            now = self.means.clock.now()
            became |= {"state": "confirmed", "confirmed_at": now, "closed_at": None, "paused_at": None}
        confirmed = self.means.changed(request, identity=identity, owes=owes, **became)
        told = {"right": request.right, "identity": identity}
        self.means.witness.record("request.confirmed", request.contact_ref, request=request.id, **told)
        return confirmed

    def _resumed(self, request: RightsRequest) -> RightsRequest:
        """Joined. The request with its clock going on, where it stood still."""
        if request.paused_at is None:
            return request
        due = self.means.deadline(request).after_proof(
            request.due_on,
            request.paused_at.date(),
            self.means.clock.now().date(),
            extended=request.extended_on is not None,
        )
        self.means.witness.record("request.resumed", request.contact_ref, request=request.id, due_on=due.isoformat())
        return self.means.changed(request, paused_at=None, due_on=due)


def _is_confirmable(request: RightsRequest) -> bool:
    """Whether a mailed link may confirm a request: not where a member of staff waits for a proof."""
    return request.state in CONFIRMABLE and request.paused_at is None
