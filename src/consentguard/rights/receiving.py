"""Takes requests, from wherever they come: the clock starts when one was received, and nobody is looked up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

import msgspec

from consentguard.manifest.schema import Manifest
from consentguard.manifest.vocabulary import CARRIED_OUT
from consentguard.records import (
    OPEN_STATES,
    Identity,
    Owed,
    RequestChannel,
    RequestState,
    RightsRequest,
    SubjectRef,
    new_id,
)
from consentguard.rights.addresses import is_address
from consentguard.rights.correcting import checked
from consentguard.rights.details import Details
from consentguard.rights.errors import RightsError
from consentguard.rights.means import Means
from consentguard.rights.people import RECEIPT
from consentguard.rights.sending import Sending

SPEAKING: tuple[Identity, ...] = ("agent", "guardian")
"""Who speaks for somebody else: that they may is for a member of staff to see."""
AT_ONCE: tuple[Identity, ...] = ("session", "platform", "receipt")
"""By what a request is known to be its sender's own when it comes in."""
BY_RECEIPT = ("access", "withdrawal", "objection")
"""What can be asked for by somebody who is known by nothing but their record of consent."""
OURS: tuple[RequestChannel, ...] = ("page", "account")
"""The channels that we offer ourselves, and so for the rights of the policy alone. Who writes asks as the law lets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it comes in.

    `address` is where it is answered: that of whoever asks, empty where they gave none. `identity` says by what it is
    known that they may: a `session` that signed in lately and whose data subject is `subject`, a `platform` that signed
    the call, an `agent` or `guardian` who speaks for the person in `details`; empty for a mail that asks to confirm.
    `received_at` is when it was, if that is past. `id` is given by what must not be taken twice.
    """

    right: str
    address: str = field(default="", repr=False)
    language: str
    jurisdiction: str | None = None
    channel: RequestChannel = "page"
    identity: Identity = ""
    subject: SubjectRef | None = None
    details: Details = field(default=Details(), repr=False)
    received_at: dt.datetime | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Receiving:
    """Takes requests down, each in one transaction with its evidence and its token."""

    means: Means

    def receive(self, asked: Asked) -> RightsRequest:
        """Durable. Take a request; a mail goes out where one has to. Raises RightsError for what cannot be asked so."""
        self.means.stores.transactions.outside()
        self._check(asked)
        now = self.means.clock.now()
        request = self._request(asked, now)
        sending = Sending(self.means)
        letter, token = sending.confirmation(request, now) if request.owes == "confirmation" else (None, None)
        with self.means.stores.transactions.atomic():
            self.means.stores.requests.add(request)
            if token:
                self.means.stores.tokens.add(token)
            facts = {"right": request.right, "channel": request.channel, "identity": request.identity}
            self.means.witness.record("request.received", request.contact_ref, request=request.id, **facts)
        return sending.send(request, letter) if letter else sending.owed_now(request)

    def by_receipt(self, asked: Asked, nonce: str) -> RightsRequest | None:
        """Durable. Take a request of whoever has the nonce of a record of consent; None where they have not.

        Raises RightsError for a right that cannot be asked for so.
        """
        if asked.right not in BY_RECEIPT:
            hint = f"by a receipt one can ask for {', '.join(BY_RECEIPT)}"
            raise RightsError(f"{asked.right!r} cannot be asked for by a receipt", hint=hint)
        record = self.means.receipts.proved(asked.details.receipt, nonce)
        if record is None:
            return None
        named = Asked(
            right=asked.right,
            address=asked.address,
            language=asked.language,
            jurisdiction=asked.jurisdiction or record.jurisdiction or None,
            channel="receipt",
            identity="receipt",
            subject=SubjectRef(RECEIPT, record.id),
            details=asked.details,
        )
        return self.receive(named)

    def _request(self, asked: Asked, now: dt.datetime) -> RightsRequest:
        received = min(asked.received_at or now, now)
        at_once = asked.identity in AT_ONCE
        state: RequestState = "confirmed" if at_once else "received"
        reference = self._reference(asked)
        details = msgspec.structs.replace(asked.details, twin=self._twin(asked.right, reference))
        request = RightsRequest(
            id=asked.id or new_id(now),
            right=asked.right,
            state=state,
            received_at=received,
            due_on=received.date(),
            language=asked.language,
            jurisdiction=asked.jurisdiction or "",
            contact=self.means.contacts.seal(asked.address.encode()),
            contact_ref=reference,
            channel=asked.channel,
            identity=asked.identity,
            subject=str(asked.subject) if asked.subject else "",
            details=self.means.sealed(details),
            owes=_owes(asked),
            confirmed_at=now if at_once else None,
        )
        return _due(self.means, request)

    def _reference(self, asked: Asked) -> str:
        """The pseudonym that a request is found by: of the address, else of the data subject."""
        if asked.address:
            return self.means.pseudonyms.of_address(asked.address)
        if asked.subject is None:
            raise RightsError("nobody is named to whom this could be answered", hint="give an e-mail address")
        return self.means.pseudonyms.of(asked.subject)

    def _twin(self, right: str, reference: str) -> str:
        """An open request of the same sender for the same, to look at both together: each is verified by itself."""
        known = self.means.stores.requests.of(reference)
        return next((each.id for each in known if each.right == right and each.state in OPEN_STATES), "")

    def _check(self, asked: Asked) -> None:
        possible = offered(self.means.manifest, asked.channel)
        if asked.right not in possible:
            raise RightsError(f"{asked.right!r} cannot be asked for here", hint=f"offered are {', '.join(possible)}")
        if asked.identity not in ("", *SPEAKING, *AT_ONCE) or (asked.identity in AT_ONCE and asked.subject is None):
            raise RightsError(f"a request is not known by {asked.identity!r}", hint="a session names the data subject")
        if asked.subject and not asked.identity:
            raise RightsError("a mail proves whose an address is, and no more", hint="name no data subject beside it")
        person = asked.details.person
        for address in filter(None, (asked.address, person)):
            if not is_address(address):
                raise RightsError("what was given is no e-mail address", hint="it looks like name@example.com")
        if not asked.address and asked.identity not in AT_ONCE:
            raise RightsError("what was given is no e-mail address", hint="it looks like name@example.com")
        if (asked.identity in SPEAKING and not (person or asked.subject)) or (
            person and asked.identity not in SPEAKING
        ):
            raise RightsError(
                "somebody speaks for nobody, or for themselves", hint="an agent or guardian gives the person's address"
            )
        checked(self.means.data_map, asked.details.corrections)


def offered(manifest: Manifest, channel: RequestChannel = "page") -> tuple[str, ...]:
    """The rights that can be asked for by a channel and that we can carry out, in the policy's order.

    On our own pages those of the policy whose channels name the page. Who writes to us may ask for any: no law knows a
    form for it.
    """
    rights = dict((manifest.rights or {}).items())
    if channel in OURS:
        named = ("page", "account") if channel == "account" else ("page",)
        return tuple(name for name in rights if name in CARRIED_OUT and set(named) & set(rights[name].channels))
    return (*(name for name in rights if name in CARRIED_OUT), *(name for name in CARRIED_OUT if name not in rights))


def _owes(asked: Asked) -> Owed:
    if asked.identity in SPEAKING or (asked.identity in AT_ONCE and asked.address):
        return "received"
    return "" if asked.identity in AT_ONCE else "confirmation"


def _due(means: Means, request: RightsRequest) -> RightsRequest:
    """The request with its last day, by its place and the day of its receipt."""
    return replace(request, due_on=means.deadline(request).due_on())
