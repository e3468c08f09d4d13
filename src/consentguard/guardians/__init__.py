"""Guardian consent: asked by the child, answered by a mailed link, purpose by purpose, taken back as easily."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from consentguard.guardians.answers import Answer, chosen
from consentguard.guardians.errors import GuardianError
from consentguard.guardians.mails import Mails
from consentguard.manifest import schema
from consentguard.manifest.ages import asks_guardians, is_for_sale
from consentguard.manifest.schema import Manifest
from consentguard.periods import parse_period
from consentguard.ports import Agreements, Clock, Pseudonyms, Sealer, Stores, Verification, Witness
from consentguard.records import DISCLOSURE, UNANSWERED, USE, GuardianConsent, GuardianState, SubjectRef, Token, new_id

__all__ = ["Answer", "GuardianError", "Guardians", "chosen"]

COMPONENT = "guardian"
"""What a consent was given or taken back in, as its record says."""
GRANTED: tuple[GuardianState, ...] = ("granted",)
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardians:
    """What guardians are asked for the children of one site.

    A child is known by their account, or by the e-mail address that they are to sign up with. Unanswered, both
    addresses are forgotten on a day. What is agreed to for an account is recorded as the child's own consent,
    so that purposes see it; what is agreed to for an address, once there is an account that follows it.
    """

    manifest: Manifest
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    children: Sealer
    contacts: Sealer
    agreements: Agreements
    verification: Verification
    mails: Mails
    clock: Clock

    @property
    def entry(self) -> str:
        """The scope that lets in a child who has not the age that the policy asks for.

        That is using the site; giving data to others, where the age is the one for the sale of data.
        """
        return DISCLOSURE if self.manifest.age and is_for_sale(self.manifest.age) else USE

    @property
    def scopes(self) -> tuple[str, ...]:
        """What can be agreed to, each by itself: `entry`, the purposes that wait for consent, giving data to others."""
        disclosure = (DISCLOSURE,) if self.manifest.recipients else ()
        return tuple(dict.fromkeys((self.entry, *self.agreements.purposes, *disclosure)))

    def ask(
        self, child: SubjectRef | str, guardian: str, *, language: str, ends_on: dt.date | None = None
    ) -> GuardianConsent:
        """Durable. Ask a guardian by mail; `ends_on` is the day from which the child decides themselves, if known.

        A mail that could not be sent is owed. Raises GuardianError where the policy asks no guardian, and SettingsError
        where no mail can link to the site.
        """
        self.stores.transactions.outside()
        now = self.clock.now()
        consent = GuardianConsent(
            id=new_id(now),
            state="requested",
            asked_at=now,
            expires_at=parse_period(self._rule.answer_within).after(now),
            subject=self.pseudonym(child),
            child=self.children.seal(str(child).encode()),
            contact=self.contacts.seal(guardian.encode()),
            language=language,
            ends_on=ends_on,
            owed_at=self.mails.later(),
        )
        with self.stores.transactions.atomic():
            self.stores.guardian_consents.add(consent)
            self._witness("requested", consent)
            letter, _ = self.mails.letter(consent)
        return self.mails.send(consent, letter)

    def peek(self, code: str) -> GuardianConsent | None:
        """What a link opens; None for one that is wrong, used or too old."""
        known = self.stores.tokens.find(Token.digest_of(code), "guardian", self.clock.now())
        return self.stores.guardian_consents.find(known.about) if known else None

    def grant(self, code: str, scopes: Collection[str]) -> Answer | None:
        """Durable. Agree to some of what is asked, at least one; None for a link that is wrong, used or too old.

        Whoever is not verified by their answer has agreed once a member of staff has seen their proof. Raises
        GuardianError for a scope that was not asked for, and where nothing is chosen.
        """
        self.stores.transactions.outside()
        if not scopes or set(scopes) - set(self.scopes):
            raise GuardianError("nothing was chosen, or something that was not asked for", hint="choose from the form")
        chosen = msgspec.json.encode([name for name in self.scopes if name in scopes]).decode()
        if (known := self.peek(code)) is None or known.answered_at:
            return None  # what was signed is not changed before staff have seen it
        with self.stores.transactions.atomic():
            if (consent := self._claimed(code, UNANSWERED)) is None:
                return None
            now, owed = self.clock.now(), self.mails.later()
            answered = self._moved(consent, scopes=chosen, answered_at=now, owed_at=owed)
            if consent.state == "verified" or self.verification.by_answer:
                answered = self._granted(self._verified(answered))
            letter, new = self.mails.letter(answered)
        return Answer(self.mails.send(answered, letter), new)

    def decline(self, code: str) -> GuardianConsent | None:
        """Joined. Say no: nothing is agreed to, and both addresses are forgotten. None as of `grant`."""
        with self.stores.transactions.atomic():
            consent = self._claimed(code, UNANSWERED)
            return self._closed(consent, "declined") if consent else None

    def withdraw(self, code: str) -> GuardianConsent | None:
        """Joined. Take back what was agreed to (Art. 7(3) GDPR). None as of `grant`."""
        with self.stores.transactions.atomic():
            consent = self._claimed(code, GRANTED)
            return self._closed(consent, "withdrawn") if consent else None

    def received(self, id: str, by: str) -> GuardianConsent:  # noqa: A002 - the record's own word
        """Joined. Say that `by` saw the proof that somebody is the guardian; what they chose before holds now.

        Raises GuardianError without a name, for what is decided or verified, and once the time to answer is over.
        """
        consent = self.find(id)
        if not by.strip() or consent.state not in ("requested", "noticed"):
            raise GuardianError(f"it is {consent.state}", hint="a proof is waited for until it is decided; give a name")
        if consent.expires_at <= self.clock.now():
            raise GuardianError("it came too late", hint="let them be asked anew")
        with self.stores.transactions.atomic():
            verified = self._verified(consent)
            return self._granted(verified) if verified.answered_at else verified

    def granted(self, child: SubjectRef | str) -> frozenset[str]:
        """The scopes that a guardian has agreed to for a child, and that stand."""
        found = self.stores.guardian_consents.of([self.pseudonym(child)])
        return frozenset(name for each in found if self._stands(each) for name in chosen(each))

    def admits(self, child: SubjectRef | str) -> bool:
        """Whether a guardian's consent that stands lets a child in: see `entry`. Never where the policy asks none."""
        return asks_guardians(self.manifest) and self.entry in self.granted(child)

    def follow(self, address: str, child: SubjectRef, *, ends_on: dt.date | None = None) -> None:
        """Joined. Let what guardians were asked for an address, and agreed to, be that of the account made with it.

        See first that the account is the child's. `ends_on` is as in `ask`.
        """
        for each in self.stores.guardian_consents.of([self.pseudonym(address)]):
            if each.state in UNANSWERED or self._stands(each):
                self._follow(each, child, ends_on)

    def find(self, id: str) -> GuardianConsent:  # noqa: A002 - the record's own word
        """What was asked under this id. Raises GuardianError where there is nothing."""
        consent = self.stores.guardian_consents.find(id)
        if consent is None:
            raise GuardianError("nothing was asked under this id", hint="the admin's list shows what was")
        return consent

    def send_owed(self) -> tuple[int, int]:
        """Durable. Send the mails to guardians that are owed: how many went, and how many still could not."""
        self.stores.transactions.outside()
        return self.mails.send_owed()

    def expire(self) -> int:
        """Durable. End what nobody answered in time, and what is for children who are old enough; how many ended."""
        self.stores.transactions.outside()
        now, ended = self.clock.now(), 0
        for state in UNANSWERED:
            for each in self._in_state(state):
                ended += each.expires_at <= now and self._ended(each, "expired")
        for each in self._in_state("granted"):
            ended += self._is_old_enough(each) and self._ended(each, "aged_out")
        return ended

    def pseudonym(self, child: SubjectRef | str) -> str:
        """The reference to a child: by their account, or by their address."""
        return self.pseudonyms.of(child) if isinstance(child, SubjectRef) else self.pseudonyms.of_address(child)

    @property
    def _rule(self) -> schema.Guardian:
        rule = self.manifest.age.guardian if self.manifest.age else None
        if rule is None:
            raise GuardianError("the policy asks no guardian", hint="add the section [age.guardian] to privacy.toml")
        return rule

    def _claimed(self, code: str, states: Collection[GuardianState]) -> GuardianConsent | None:
        """Joined. What a link opens, if it is in one of these states; the link is used then."""
        known = self.stores.tokens.find(Token.digest_of(code), "guardian", self.clock.now())
        consent = self.stores.guardian_consents.find(known.about) if known else None
        if consent is None or consent.state not in states:
            return None
        return consent if self.stores.tokens.claim(Token.digest_of(code), "guardian", self.clock.now()) else None

    def _verified(self, consent: GuardianConsent) -> GuardianConsent:
        if consent.state == "verified":
            return consent
        verified = self._moved(consent, state="verified", method=self.verification.name)
        self._witness("verified", verified, method=verified.method)
        return verified

    def _granted(self, consent: GuardianConsent) -> GuardianConsent:
        granted = self._moved(consent, state="granted")
        self._agree(granted)
        self._witness("granted", granted, scopes=", ".join(chosen(granted)), method=granted.method)
        return granted

    def _agree(self, granted: GuardianConsent) -> None:
        """Joined. Record as the child's own consent what their guardian agreed to."""
        if purposes := self._purposes(granted):
            text, child = f"{granted.id} {' '.join(chosen(granted))}", self._child(granted)
            self.agreements.give(purposes, child, text=text, component=COMPONENT, language=granted.language)

    def _follow(self, consent: GuardianConsent, child: SubjectRef, ends_on: dt.date | None) -> None:
        theirs = replace(
            consent,
            subject=self.pseudonym(child),
            child=self.children.seal(str(child).encode()),
            ends_on=consent.ends_on or ends_on,
        )
        with self.stores.transactions.atomic():
            if not self.stores.guardian_consents.move(theirs, consent):
                return  # they were faster: who has withdrawn it, or got the other account, keeps that
            if theirs.state == "granted":
                self._agree(theirs)
            self._witness("linked", theirs)

    def _ended(self, consent: GuardianConsent, state: GuardianState) -> bool:
        try:
            with self.stores.transactions.atomic():
                self._closed(consent, state)
        except GuardianError:
            return False  # they were faster
        return True

    def _closed(self, consent: GuardianConsent, state: GuardianState) -> GuardianConsent:
        """Joined. It has ended: who the child and the guardian are is forgotten, and what stood stands no more."""
        nothing, now = b"", self.clock.now()
        closed = self._moved(
            consent,
            state=state,
            child=self.children.seal(nothing),
            contact=self.contacts.seal(nothing),
            closed_at=now,
            owed_at=None,
        )
        self.stores.tokens.withdraw(consent.id, "guardian")
        if consent.state == "granted" and (purposes := self._purposes(consent)):
            self.agreements.withdraw_by(consent.subject, purposes, component=COMPONENT, language=consent.language)
        self._witness(state, closed)
        return closed

    def _moved(self, consent: GuardianConsent, **facts: Any) -> GuardianConsent:
        moved = replace(consent, **facts)
        if not self.stores.guardian_consents.move(moved, consent):
            raise GuardianError("somebody else has decided meanwhile", hint="look at it again")
        return moved

    def _child(self, consent: GuardianConsent) -> SubjectRef | str:
        who = self.children.open(consent.child).decode()
        return SubjectRef.parse(who) if ":" in who else who  # a key may be an address; no address has a colon

    def _purposes(self, consent: GuardianConsent) -> list[str]:
        """What is recorded as the child's own consent. For a mere address nothing: its owner's choices stand."""
        known = isinstance(self._child(consent), SubjectRef)
        return [name for name in chosen(consent) if known and name in self.agreements.purposes]

    def _stands(self, consent: GuardianConsent) -> bool:
        return consent.state == "granted" and not self._is_old_enough(consent)

    def _is_old_enough(self, consent: GuardianConsent) -> bool:
        return consent.ends_on is not None and consent.ends_on <= self.clock.now().date()

    def _in_state(self, state: GuardianState) -> Sequence[GuardianConsent]:
        most = AT_ONCE
        while len(found := self.stores.guardian_consents.in_state(state, most)) == most:
            most *= 2
        return found

    def _witness(self, act: str, consent: GuardianConsent, **facts: str) -> None:
        self.witness.record(f"guardian.{act}", consent.subject, consent=consent.id, **facts)
