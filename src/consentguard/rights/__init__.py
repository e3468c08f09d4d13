"""Rights: what data subjects ask for, that it was they who asked, and what is done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from consentguard.datamap.map import DataMap
from consentguard.manifest.schema import Manifest
from consentguard.manifest.vocabulary import CARRIED_OUT
from consentguard.periods import parse_period
from consentguard.plan.steps import Found, Plan
from consentguard.ports import Clock, Mail, Pseudonyms, Sealer, Shredder, Stores, Witness
from consentguard.records import RightsRequest, Token, new_id
from consentguard.rights.addresses import is_address
from consentguard.rights.deadlines import Deadline
from consentguard.rights.ending import Endings
from consentguard.rights.erasing import Eraser, number
from consentguard.rights.errors import RightsError
from consentguard.rights.mails import Mails
from consentguard.rights.outcome import Outcome
from consentguard.rights.queues import whole
from consentguard.rights.sending import Sending
from consentguard.rights.terms import COPIES, STATUS_AFTER, copy_until

__all__ = ["COPIES", "Done", "Rights", "RightsError", "offered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of carrying out a request; where it was only asked what would be done, `plan` says it."""

    request: RightsRequest
    outcome: Outcome
    plan: Plan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The requests of a site's data subjects.

    Nobody is looked up before a request is confirmed, and only who reads the mail can confirm it: whoever gives
    somebody else's address learns nothing. What a request changes and the evidence of it are one transaction; a mail
    goes out after it, and one that could not is owed, and sent by `send_owed`.
    """

    data_map: DataMap
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    sealer: Sealer
    shredder: Shredder
    mail: Mail
    link: Callable[..., str]
    clock: Clock

    def offered(self) -> tuple[str, ...]:
        """The rights that can be asked for on our page, in the policy's order."""
        return offered(self.data_map.manifest)

    def receive(self, right: str, address: str, *, language: str, jurisdiction: str | None) -> RightsRequest:
        """Durable. Take a request, and send a mail that asks to confirm it.

        A mail that cannot be sent leaves the request open and its mail owed. Raises RightsError for a right that is
        not offered and for what is no e-mail address; SettingsError where no mail can link to the site.
        """
        self.stores.transactions.outside()
        if right not in self.offered():
            raise RightsError(f"{right!r} cannot be asked for here", hint=f"offered are {', '.join(self.offered())}")
        if not is_address(address):
            raise RightsError("what was given is no e-mail address", hint="it looks like name@example.com")
        now = self.clock.now()
        request = RightsRequest(
            id=new_id(now),
            right=right,
            state="received",
            received_at=now,
            due_on=Deadline(
                manifest=self.data_map.manifest, right=right, jurisdiction=jurisdiction or "", received=now.date()
            ).due_on(),
            language=language,
            jurisdiction=jurisdiction or "",
            contact=self.sealer.seal(address.encode()),
            contact_ref=self.pseudonyms.of_address(address),
            owes="confirmation",
        )
        letter, token = self._sending.confirmation(request, now)
        with self.stores.transactions.atomic():
            self.stores.requests.add(request)
            self.stores.tokens.add(token)
            self.witness.record("request.received", request.contact_ref, request=request.id, right=right)
        return self._sending.send(request, letter)

    def peek(self, token: str) -> RightsRequest | None:
        """The request that a mailed token would confirm; None for one that is wrong, used or too old."""
        known = self.stores.tokens.find(Token.digest_of(token), "confirm", self.clock.now())
        request = self.stores.requests.find(known.about) if known else None
        return request if request and request.state in ("received", "expired") else None

    def confirm(self, token: str) -> tuple[RightsRequest, str] | None:
        """Joined. Use a mailed token: the request is confirmed, and the code that shows its status from now on.

        None for a token that is wrong, used or too old.
        """
        now = self.clock.now()
        with self.stores.transactions.atomic():
            known = self.stores.tokens.claim(Token.digest_of(token), "confirm", now)
            request = self.stores.requests.find(known.about) if known else None
            if request is None or request.state not in ("received", "expired"):
                return None
            confirmed = self._changed(request, state="confirmed", owes="", confirmed_at=now, closed_at=None)
            last = dt.datetime.combine(request.due_on, dt.time(), dt.UTC)
            code, status = Token.new("status", request.id, parse_period(STATUS_AFTER).after(last))
            self.stores.tokens.add(status)
            self.witness.record("request.confirmed", request.contact_ref, request=request.id, right=request.right)
        return confirmed, code

    def status(self, code: str) -> RightsRequest | None:
        """The request that a code shows; None for a code that is wrong or too old."""
        known = self.stores.tokens.find(Token.digest_of(code), "status", self.clock.now())
        return self.stores.requests.find(known.about) if known else None

    def is_ready(self, request: RightsRequest) -> bool:
        """Whether the copy that was asked for can be downloaded: once confirmed, and not for ever."""
        until = copy_until(request)
        return request.state in ("confirmed", "approved", "done") and until is not None and self.clock.now() < until

    def people(self, request: RightsRequest) -> tuple[Found, ...]:
        """Whom a request is about. Nobody is looked up before it is confirmed: see to that before asking."""
        return self._people(request)

    def mail_copy(self, request: RightsRequest, code: str, until: dt.datetime) -> bool:
        """Durable. Mail the link to a copy that this code opens until then; whether the mail could be handed over."""
        self.stores.transactions.outside()
        link = self.link("copy", language=request.language, token=code)
        return self._sending.hand_over(request, self._mails.copy(request, link, until))

    def delivered(self, request: RightsRequest, people: int, rows: Mapping[str, int]) -> None:
        """Joined. Close a request for a copy of so many people's rows, by table, whose last byte was given out.

        A second download changes nothing, nor does one that somebody else has closed meanwhile.
        """
        if request.state in ("confirmed", "approved"):
            outcome = Outcome(people=people, copied=rows)
            closed = replace(request, state="done", closed_at=self.clock.now(), outcome=str(outcome))
            self.stores.requests.change(closed, request)

    def carry_out(self, id: str, *, dry_run: bool = False) -> Done:  # noqa: A002 - the record's own word
        """Durable. Erase what a confirmed request asks for, all of it or nothing, then mail what was done.

        A request for a copy waits for its download, which closes it. With `dry_run` nothing is changed. Raises
        RightsError for a request that is not there, or not in the state for it; PlanError where the tags ask for what
        the tables do not allow.
        """
        self.stores.transactions.outside()
        request = self.find(id)
        if request.right in COPIES or request.state == "done":
            return Done(request=request, outcome=Outcome.read(request.outcome))
        if request.state != "confirmed":
            raise RightsError(f"the request is {request.state}", hint="it is carried out once it is confirmed")
        if dry_run:
            people = self._people(request)
            return Done(request=request, outcome=Outcome(people=number(people)), plan=self._eraser.plan(people))
        done = self._erased(request)
        return replace(done, request=self._sending.send(done.request, self._mails.outcome(done.request)))

    def send_owed(self) -> tuple[int, int]:
        """Durable. Send the mails that are owed: how many went, and how many still could not.

        A confirmation is mailed with a new token, since the old one is known to nobody; the old one ends. Mails of
        the last minutes are left to whoever is sending them. A mail goes out at least once, and twice where the
        process ends between sending it and taking that down.
        """
        self.stores.transactions.outside()
        return self._sending.send_owed()

    def expire(self) -> int:
        """Durable. Close requests that nobody confirmed in time, or whose copy nobody downloaded; how many closed.

        One whose mail is still owed stays open, but no longer than to its last day: an address that no mail reaches
        must not stand in others' way. A token that was mailed late opens its request again. Mails of what was done are
        given up a month later, and tokens that ended are forgotten.
        """
        self.stores.transactions.outside()
        endings = Endings(stores=self.stores, witness=self.witness, clock=self.clock)
        closed = endings.close()
        endings.give_up()
        with self.stores.transactions.atomic():
            self.stores.tokens.forget(self.clock.now())
        return closed

    def find(self, id: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """The request with this id. Raises RightsError where there is none."""
        request = self.stores.requests.find(id)
        if request is None:
            raise RightsError("there is no such request", hint="`consentguard rights list` shows those there are")
        return request

    def waiting(self) -> Sequence[RightsRequest]:
        """Confirmed requests that are not done, the most urgent first."""
        return whole(partial(self.stores.requests.in_state, "confirmed"))

    def _erased(self, request: RightsRequest) -> Done:
        with self.stores.transactions.atomic():
            outcome = self._eraser.erase(self._people(request))
            now = self.clock.now()
            changed = self._changed(request, state="done", owes="outcome", closed_at=now, outcome=str(outcome))
            counts = outcome.counts()
            self.witness.record("erasure.done", request.contact_ref, request=request.id, **counts)
        return Done(request=changed, outcome=outcome)

    def _changed(self, request: RightsRequest, **facts: Any) -> RightsRequest:
        """The request from now on. Raises RightsError where somebody else changed it meanwhile."""
        changed = replace(request, **facts)
        if not self.stores.requests.change(changed, request):
            raise RightsError("the request was changed by somebody else meanwhile", hint="look at it, and try again")
        return changed

    def _people(self, request: RightsRequest) -> tuple[Found, ...]:
        return self._eraser.people(self._sending.address(request))

    @property
    def _eraser(self) -> Eraser:
        return Eraser(data_map=self.data_map, stores=self.stores, pseudonyms=self.pseudonyms, shredder=self.shredder)

    @property
    def _sending(self) -> Sending:
        return Sending(
            stores=self.stores,
            sealer=self.sealer,
            mail=self.mail,
            mails=self._mails,
            link=self.link,
            clock=self.clock,
        )

    @property
    def _mails(self) -> Mails:
        return Mails(self.data_map)


def offered(manifest: Manifest) -> tuple[str, ...]:
    """The rights that can be asked for on our page and that we can carry out, in the policy's order."""
    return tuple(
        name for name, right in (manifest.rights or {}).items() if name in CARRIED_OUT and "page" in right.channels
    )
