"""One-click unsubscribe (RFC 8058): headers and links for mails, and the addresses that get no more of a purpose."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from consentguard.errors import ConsentGuardError, ConsentMissingError
from consentguard.ports import Agreements, Clock, Pseudonyms, Signer, Stores, Witness
from consentguard.records import ConsentRecord, SubjectRef

if TYPE_CHECKING:
    from email.policy import Policy

LONGEST = 400
"""Characters of a link's token at most: what is longer is not ours, and is not even looked at."""
PORTION = 500
"""How many addresses are looked up with one statement."""
ONE_CLICK = "List-Unsubscribe=One-Click"
"""What a mail program sends when its reader presses the button (RFC 8058 section 3.1)."""
Reason = Literal["unsubscribed", "consent", "signal"]
_TOKEN = re.compile(r"(?P<purpose>[a-z][a-z0-9_]*)\.(?P<address>[0-9a-f]{32})(?:\.(?P<person>[0-9a-f]{32}))?", re.ASCII)


class UnsubscribeError(ConsentGuardError):
    """The policy has no purpose of the name that a mail is said to be for."""


class UnsubscribedError(ConsentGuardError):
    """A mail is about to go to an address that gets no more of its purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a link ends: mails for a `purpose` to an `address`, a pseudonym; and the consent of the `person` who has it.

    `person` is the pseudonym of an account, empty where whoever made the link named none.
    """

    purpose: str
    address: str
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """Who gets no more mails of a purpose. `page` gives the address of a page of ours, `purposes` are the policy's.

    Addresses are kept as keyed pseudonyms, and outlive an erasure: somebody who was erased, and whose address is
    imported again, still gets nothing.
    """

    purposes: Collection[str]
    refused_by_signal: frozenset[str]
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    signer: Signer
    agreements: Agreements
    page: Callable[..., str]
    clock: Clock

    def headers(self, address: str, purpose: str, who: SubjectRef | None = None) -> Mapping[str, str]:
        """The headers by which a mail program offers its own button: `EmailMessage(..., headers=...)`.

        `who` is the account that the address belongs to, if any: then its consent ends with the mails. Over plain http
        there is no one-click, and the header links to the page alone. Raises UnsubscribeError, and SettingsError
        where nobody said where the site answers.
        """
        url = self.link(address, purpose, who)
        linked = {"List-Unsubscribe": _Unbroken("List-Unsubscribe", f"<{url}>")}
        return linked | {"List-Unsubscribe-Post": ONE_CLICK} if url.startswith("https://") else linked

    def link(self, address: str, purpose: str, who: SubjectRef | None = None, *, language: str = "") -> str:
        """The address of the page that asks whether to unsubscribe, for the mail's own text. Raises as `headers`."""
        self._check(purpose)
        names = self._names(address, purpose, who)
        token = self.signer.sign(".".join(filter(None, (names.purpose, names.address, names.person))))
        params = {"language": language} if language else {}
        return self.page("unsubscribe", **params, token=token)

    def read(self, token: str) -> Subscription | None:
        """What a link's token ends; None where it is not ours, whatever is wrong with it. No database is asked."""
        payload = self.signer.unsign(token) if len(token) <= LONGEST else None
        found = _TOKEN.fullmatch(payload) if payload else None
        if found is None:
            return None
        return Subscription(purpose=found["purpose"], address=found["address"], person=found["person"] or "")

    def has_ended(self, subscription: Subscription) -> bool:
        """Whether the address gets no more of the purpose already."""
        return bool(self._suppressed([subscription.address], subscription.purpose))

    def end(self, subscription: Subscription, *, component: str = "unsubscribe", language: str = "") -> bool:
        """Suppress the address for the purpose, and withdraw the consent that there was: all of it or nothing.

        False where it is suppressed already. Joined, so it counts for the very next mail.
        """
        purpose = subscription.purpose
        with self.stores.transactions.atomic():
            is_new = self.stores.suppressions.add(subscription.address, purpose, self.clock.now())
            if is_new:
                self.witness.record("mail.unsubscribed", subscription.address, purpose=purpose, component=component)
            for name in filter(None, (subscription.address, subscription.person)):
                self.agreements.withdraw_by(name, [purpose], component=component, language=language)
        return is_new

    def suppress(self, address: str, purpose: str, who: SubjectRef | None = None, *, component: str = "api") -> bool:
        """As `end`, for an address: such as one that wrote to say so. Raises UnsubscribeError."""
        self._check(purpose)
        return self.end(self._names(address, purpose, who), component=component)

    def is_suppressed(self, address: str, purpose: str) -> bool:
        """Whether an address gets no more of a purpose. Raises UnsubscribeError, StoreError."""
        self._check(purpose)
        return self.has_ended(self._names(address, purpose, None))

    def resume(
        self,
        address: str,
        purpose: str,
        who: SubjectRef | None = None,
        *,
        text: str,
        component: str,
        language: str,
        jurisdiction: str | None = None,
        gpc: bool = False,
        nonce: str = "",
    ) -> ConsentRecord:
        """Record a new and explicit consent of whoever has the address, and suppress it no more: both or neither.

        There is no other way back. The rest is as in `guard.consent.give`. Raises ConsentError, also for a purpose
        that rests on no consent: after an objection nothing else allows it (Art. 21(3) GDPR).
        """
        with self.stores.transactions.atomic():
            record = self.agreements.give(
                [purpose],
                who or address,
                text=text,
                component=component,
                language=language,
                jurisdiction=jurisdiction,
                gpc=gpc,
                nonce=nonce,
            )
            pseudonym = self.pseudonyms.of_address(address)
            if self.stores.suppressions.lift(pseudonym, purpose):
                self.witness.record("mail.resumed", pseudonym, purpose=purpose, consent=record.id)
        return record

    def allowed(self, purpose: str, people: Mapping[str, SubjectRef | None]) -> frozenset[str]:
        """Those of these addresses that a mail of this purpose may go to; each with its account, or None.

        Left out are those that are suppressed, those whose owners have not agreed where the purpose waits for consent,
        and those whose browser sent Global Privacy Control where that refuses it. Two statements for each 500.
        Raises UnsubscribeError, StoreError.
        """
        self._check(purpose)
        named = {address: self.pseudonyms.of_address(address) for address in people}
        gone = self._suppressed(list(named.values()), purpose)
        left = {address: people[address] or address for address, name in named.items() if name not in gone}
        if purpose in self.agreements.purposes:
            agreeing = self.agreements.consenting(purpose, left.values())
            return frozenset(address for address, who in left.items() if who in agreeing)
        if purpose in self.refused_by_signal:
            signalling = self.agreements.signalling(left.values())
            return frozenset(address for address, who in left.items() if who not in signalling)
        return frozenset(left)

    def gate(self, purpose: str, address: str, who: SubjectRef | None = None) -> None:
        """Call it right before a mail is sent. Raises UnsubscribedError or ConsentMissingError where none may go.

        That it was kept back is taken down as `send.blocked`, which names the address by its pseudonym. Joined: whoever
        rolls back because of the error rolls that back too. Raises UnsubscribeError, StoreError.
        """
        reason = self._reason(purpose, address, who)
        if reason is None:
            return
        self.witness.record("send.blocked", self.pseudonyms.of_address(address), purpose=purpose, reason=reason)
        if reason == "consent":
            raise ConsentMissingError(
                f"whoever has this address has not agreed to {purpose!r}, or no longer does",
                hint="leave it out: `allowed` gives those of many addresses that a mail may go to",
            )
        why = "has unsubscribed from" if reason == "unsubscribed" else "sent Global Privacy Control, which refuses"
        raise UnsubscribedError(f"whoever has this address {why} {purpose!r}", hint="send them nothing for it")

    def counts(self) -> Mapping[str, int]:
        """How many addresses are suppressed, by purpose. Raises StoreError."""
        return self.stores.suppressions.counts()

    def _reason(self, purpose: str, address: str, who: SubjectRef | None) -> Reason | None:
        if address in self.allowed(purpose, {address: who}):
            return None
        if self.is_suppressed(address, purpose):
            return "unsubscribed"
        return "consent" if purpose in self.agreements.purposes else "signal"

    def _suppressed(self, addresses: list[str], purpose: str) -> frozenset[str]:
        portions = (addresses[start : start + PORTION] for start in range(0, len(addresses), PORTION))
        return _union(self.stores.suppressions.among(portion, purpose) for portion in portions)

    def _names(self, address: str, purpose: str, who: SubjectRef | None) -> Subscription:
        person = self.pseudonyms.of(who) if who else ""
        return Subscription(purpose=purpose, address=self.pseudonyms.of_address(address), person=person)

    def _check(self, purpose: str) -> None:
        if purpose not in self.purposes:
            hint = f"its purposes are {', '.join(self.purposes) or 'none'}"
            raise UnsubscribeError(f"the policy has no purpose {purpose!r} that a mail could be for", hint=hint)


class _Unbroken(str):
    """A header's value that stays on one line, as the standard library's `email` is told by its `name` and `fold`.

    By itself it writes what is longer than a line as encoded words (RFC 2047), and so do Django and whoever else
    builds on it. In this header no mail program looks for those, and its button would never show.
    """

    __slots__ = ("name",)
    name: str

    def __new__(cls, name: str, value: str) -> Self:
        made = super().__new__(cls, value)
        made.name = name
        return made

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
