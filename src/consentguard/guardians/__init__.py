"""Guardian consent: asked by the child, answered by a mailed link, purpose by purpose, taken back as easily."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from consentguard.guardians.answers import Answer, chosen
from consentguard.guardians.errors import GuardianError
from consentguard.guardians.letters import Letters
from consentguard.manifest import schema
from consentguard.manifest.schema import Manifest
from consentguard.periods import parse_period
from consentguard.ports import Agreements, Clock, Mail, MailError, Pseudonyms, Sealer, Stores, Verification, Witness
from consentguard.records import DISCLOSURE, UNANSWERED, GuardianConsent, GuardianState, SubjectRef, Token, new_id

__all__ = ["Answer", "GuardianError", "Guardians", "chosen"]

COMPONENT = "guardian"
"""What a consent was given or taken back in, as its record says."""
GRANTED: tuple[GuardianState, ...] = ("granted",)
STANDS = "P18Y"
"""How long a guardian's link lasts after they agreed, where nobody knows when the child is old enough."""
AT_ONCE = 1_000
_log = logging.getLogger("consentguard.guardians")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardians:
    """What guardians are asked for the children of one site.

    A child is known by their account, or by the e-mail address that they are to sign up with. Unanswered, both
    addresses are forgotten on a day. What is agreed to for an account is recorded as the child's own consent,
    so that purposes see it.
    """

    manifest: Manifest
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    children: Sealer
    contacts: Sealer
    agreements: Agreements
    verification: Verification
    mail: Mail
    link: Callable[..., str]
    clock: Clock

    @property
    def scopes(self) -> tuple[str, ...]:
        """What can be agreed to, each by itself: the purposes that wait for consent, and giving data to others."""
        disclosure = (DISCLOSURE,) if self.manifest.recipients else ()
        return (*self.agreements.purposes, *disclosure)

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
        )
        with self.stores.transactions.atomic():
            self.stores.guardian_consents.add(consent)
            self._witness("requested", consent)
        return self._noticed(consent)

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
            answered = self._moved(consent, scopes=chosen, answered_at=self.clock.now())
            if consent.state == "verified" or self.verification.by_answer:
                answered = self._granted(self._verified(answered))
            new = self._code(answered)
        self._send(answered, Letters(self.manifest).agreed(answered.language, self._link(answered, new)))
        return Answer(answered, new)

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
        standing = (each for each in found if each.state == "granted" and not self._is_old_enough(each))
        return frozenset(name for each in standing for name in chosen(each))

    def find(self, id: str) -> GuardianConsent:  # noqa: A002 - the record's own word
        """What was asked under this id. Raises GuardianError where there is nothing."""
        consent = self.stores.guardian_consents.find(id)
        if consent is None:
            raise GuardianError("nothing was asked under this id", hint="the admin's list shows what was")
        return consent

    def send_owed(self) -> tuple[int, int]:
        """Durable. Send the mails to guardians that are owed: how many went, and how many still could not."""
        self.stores.transactions.outside()
        states = [self._noticed(each).state for each in self._in_state("requested")]
        return states.count("noticed"), states.count("requested")

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

    def _noticed(self, consent: GuardianConsent) -> GuardianConsent:
        """Whoever is asked, once the mail went out; its link is made anew each time it is tried."""
        with self.stores.transactions.atomic():
            code = self._code(consent)
        letter = Letters(self.manifest).notice(consent.language, self._link(consent, code), consent.expires_at.date())
        if not self._send(consent, letter):
            return consent
        noticed = replace(consent, state="noticed")
        with self.stores.transactions.atomic():
            if not self.stores.guardian_consents.move(noticed, consent):
                return self.find(consent.id)  # they were faster
            self._witness("noticed", noticed)
        return noticed

    def _send(self, consent: GuardianConsent, letter: Any) -> bool:
        try:
            self.mail.send(letter.to(self.contacts.open(consent.contact).decode()))
        except MailError as error:
            _log.warning("a mail to a guardian (%s) could not be sent: %s", consent.id, error.message)
            return False
        return True

    def _code(self, consent: GuardianConsent) -> str:
        """Joined. A new code for the page of a guardian; the older ones end."""
        ends = consent.expires_at
        if consent.answered_at:
            last = consent.ends_on or parse_period(STANDS).after(self.clock.now()).date()
            ends = max(ends, dt.datetime.combine(last, dt.time(), dt.UTC))
        code, token = Token.new("guardian", consent.id, ends)
        self.stores.tokens.withdraw(consent.id, "guardian")
        self.stores.tokens.add(token)
        return code

    def _link(self, consent: GuardianConsent, code: str) -> str:
        return self.link("guardian_answer", language=consent.language, token=code)

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
        granted, names = self._moved(consent, state="granted"), chosen(consent)
        if purposes := self._purposes(consent):
            text, child = f"{consent.id} {' '.join(names)}", self._child(consent)
            self.agreements.give(purposes, child, text=text, component=COMPONENT, language=consent.language)
        self._witness("granted", granted, scopes=", ".join(names), method=granted.method)
        return granted

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
        return who if "@" in who else SubjectRef.parse(who)

    def _purposes(self, consent: GuardianConsent) -> list[str]:
        """What is recorded as the child's own consent. For a mere address nothing: its owner's choices stand."""
        known = isinstance(self._child(consent), SubjectRef)
        return [name for name in chosen(consent) if known and name in self.agreements.purposes]

    def _is_old_enough(self, consent: GuardianConsent) -> bool:
        return consent.ends_on is not None and consent.ends_on <= self.clock.now().date()

    def _in_state(self, state: GuardianState) -> Sequence[GuardianConsent]:
        most = AT_ONCE
        while len(found := self.stores.guardian_consents.in_state(state, most)) == most:
            most *= 2
        return found

    def _witness(self, act: str, consent: GuardianConsent, **facts: str) -> None:
        self.witness.record(f"guardian.{act}", consent.subject, consent=consent.id, **facts)
