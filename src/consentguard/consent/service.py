"""Choices recorded and looked up: what was decided, whether it still stands, and whose data may be used."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from consentguard.consent.errors import ConsentError, OutdatedError, RepeatedError
from consentguard.consent.policy import ID, ConsentPolicy
from consentguard.consent.record import ACT, Decision, details, newest_of, parse, purposes_of
from consentguard.consent.rules import in_force
from consentguard.cookies import Choice
from consentguard.errors import ConsentMissingError
from consentguard.ports import Clock, Macs, Pseudonyms, StoreError, Stores, Witness
from consentguard.records import EVERYONE, ConsentRecord, SubjectRef

RECEIPT = "receipt"
"""The kind of data subject that is known by nothing but the id of their own record: `SubjectRef(RECEIPT, id)`."""
PORTION = 500
"""How many people are looked up with one statement."""
_HEX = frozenset("0123456789abcdef")
Who = SubjectRef | str
"""A data subject; or the e-mail address of somebody who has no account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The choices of a site's visitors, and the consent of people to other uses of their data.

    `policy` is the version that visitors are asked by; `form_purposes` wait for a consent that is given where it
    arises, such as on a form. `version` is that of the site's whole policy.
    """

    policy: ConsentPolicy
    form_purposes: tuple[str, ...]
    version: str
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    macs: Macs
    clock: Clock

    def decide(self, decision: Decision, subject: SubjectRef | None = None) -> ConsentRecord:
        """Record a visitor's choice; it is linked to `subject` where somebody is signed in. One entry, and no other.

        The same decision sent again gives the record that is there. Raises OutdatedError where something is accepted
        under a version that no longer holds, ConsentError for what is no decision; nothing is written then.
        """
        accepted = self.policy.accepted(decision.accepted)
        if accepted and decision.policy not in self.policy.holds:
            raise OutdatedError("the policy has changed since it was shown", hint="show it again, and ask again")
        if accepted and decision.method in ("reject", "withdraw", "gpc"):
            raise ConsentError(f"a decision by {decision.method} accepts nothing")
        now, whole = self.clock.now(), {item.partition("/")[0] for item in accepted}
        record = ConsentRecord(
            id=self._id(decision.nonce),
            at=now,
            subject=self.pseudonyms.of(subject) if subject else EVERYONE,
            version=self.version,
            policy=self.policy.digest_of(decision.policy),
            accepted=accepted,
            refused=tuple(self._refused(accepted, whole)),
            language=decision.language,
            jurisdiction=decision.jurisdiction or "",
            method=decision.method,
            component=decision.component,
            gpc=decision.gpc,
            until=self.policy.until(now),
            address=decision.address,
            user_agent=decision.user_agent,
        )
        return self._add(record)

    def give(
        self,
        purposes: Collection[str],
        who: Who | None,
        *,
        text: str,
        component: str,
        language: str,
        jurisdiction: str | None = None,
        gpc: bool = False,
        nonce: str = "",
    ) -> ConsentRecord:
        """Record consent that was given on a form: to `purposes`, by words (`text`) whose hash the record keeps.

        It stands until it is withdrawn. `component` names the form. Somebody who is not known at all (`who` is None)
        is known by the record's id from then on: `SubjectRef("receipt", record.id)`. `gpc` says that their browser
        sent Global Privacy Control, which what they say outranks. Raises ConsentError.
        """
        self._check(purposes)
        if not purposes or not text.strip():
            raise ConsentError("consent is given to a purpose, and to words that say what it is")
        name = self._id(nonce)
        return self._add(
            ConsentRecord(
                id=name,
                at=self.clock.now(),
                subject=self._pseudonym(SubjectRef(RECEIPT, name) if who is None else who),
                version=self.version,
                policy=self.policy.digest,
                accepted=tuple(name for name in self.purposes if name in purposes),
                refused=(),
                language=language,
                jurisdiction=jurisdiction or "",
                method="accept",
                component=component,
                gpc=gpc,
                until=None,
                text=hashlib.sha256(text.strip().encode()).hexdigest(),
            )
        )

    def withdraw(
        self, purposes: Collection[str], who: Who, *, component: str = "api", language: str = "", jurisdiction: str = ""
    ) -> ConsentRecord:
        """Record that somebody takes back their consent to `purposes`, whether they ever gave it or not.

        It counts at once: joined, so in the caller's transaction where there is one. Raises ConsentError.
        """
        self._check(purposes)
        refused = tuple(name for name in self.purposes if name in purposes)
        return self._withdrawn(self._pseudonym(who), refused, component, language, jurisdiction)

    def withdraw_by(
        self, pseudonym: str, purposes: Collection[str], *, component: str, language: str = ""
    ) -> ConsentRecord | None:
        """As `withdraw`, for whoever holds a link of ours that names them by their pseudonym alone.

        Written down once: None where they have refused all of it already, or nobody is asked about it any more.
        """
        known = {name for name, record in newest_of(self._records([pseudonym])).items() if name in record.refused}
        refused = tuple(name for name in self.purposes if name in purposes and name not in known)
        return self._withdrawn(pseudonym, refused, component, language, "") if refused else None

    def withdraw_receipt(self, receipt: str, *, component: str = "receipt", language: str = "") -> ConsentRecord | None:
        """Take back what a record says, once, for whoever knows its id; None where there is no such record.

        Raises ConsentError for the choice of a visitor who was not signed in: it lives in their browser alone, and is
        taken back there.
        """
        record = self.find(receipt)
        if record is None:
            return None
        if record.subject == EVERYONE:
            raise ConsentError(
                "this is the choice of a browser, and that browser alone keeps it",
                hint="open the privacy settings in that browser, and refuse there",
            )
        refused = tuple(dict.fromkeys(item.partition("/")[0] for item in record.accepted))
        return self.withdraw_by(record.subject, refused, component=component, language=language) or record

    def find(self, receipt: str) -> ConsentRecord | None:
        """The record with this id, or None. Raises StoreError."""
        if len(receipt) != 32 or not _HEX.issuperset(receipt):
            return None
        entry = self.stores.entries.find(receipt)
        return parse(entry) if entry else None

    def require(self, purpose: str, who: Who) -> None:
        """Raise ConsentMissingError unless this person agrees to a purpose now. Raises ConsentError, StoreError."""
        if not self.consenting(purpose, [who]):
            hint = "ask them, or leave them out: `consenting` gives those of many people who agree"
            raise ConsentMissingError(f"this person has not agreed to {purpose!r}, or no longer does", hint=hint)

    def consenting(self, purpose: str, people: Iterable[Who]) -> frozenset[Who]:
        """Those of these people who agree to a purpose now: whose newest decision about it accepts it, and holds.

        Read with one statement for each 500 people. Raises ConsentError for a purpose of which nobody is asked, so
        that a slip is not taken for a refusal; StoreError.
        """
        self._check([purpose])
        named, newest = self._named(people), dict[str, tuple[dt.datetime, bool]]()
        now = self.clock.now()
        for record in self._records(list(named)):
            if purpose not in purposes_of(record):
                continue
            agrees = self._agrees(record, purpose, now)
            at, before = newest.get(record.subject, (record.at, True))
            if at == record.at:  # of two decisions of one moment nobody knows the order: then a refusal counts
                newest[record.subject] = at, before and agrees
        return frozenset(who for name, (_, agrees) in newest.items() if agrees for who in named[name])

    def standing(self, who: Who) -> Mapping[str, ConsentRecord]:
        """The newest decision of this person about each purpose that they ever decided about. Raises StoreError."""
        return newest_of(self._records([self._pseudonym(who)]))

    def agreed_by(self, who: Who) -> Mapping[str, ConsentRecord]:
        """Each purpose that this person agrees to now, with the record that says so. Raises StoreError."""
        newest, now = self.standing(who), self.clock.now()
        return {name: newest[name] for name in newest if self._agrees(newest[name], name, now)}

    def signalling(self, people: Iterable[Who]) -> frozenset[Who]:
        """Those of these people whose browser sent Global Privacy Control when they last decided anything.

        A withdrawal says nothing of it: a mail program sends no such signal. Raises StoreError.
        """
        named, newest = self._named(people), dict[str, bool]()
        for record in self._records(list(named)):
            if record.method != "withdraw":
                newest.setdefault(record.subject, record.gpc)
        return frozenset(who for name, gpc in newest.items() if gpc for who in named[name])

    def in_force(self, choice: Choice | None) -> Choice | None:
        """The choice where it counts: see `consentguard.consent.rules.in_force`."""
        return in_force(self.policy, choice, self.clock.now())

    @property
    def purposes(self) -> tuple[str, ...]:
        """Every purpose that waits for somebody's consent, wherever it is asked for."""
        return (*self.policy.purposes, *self.form_purposes)

    def _named(self, people: Iterable[Who]) -> dict[str, list[Who]]:
        """The people by their pseudonyms: an address may be written in several ways."""
        named: dict[str, list[Who]] = {}
        for who in people:
            named.setdefault(self._pseudonym(who), []).append(who)
        return named

    def _records(self, names: list[str]) -> Iterator[ConsentRecord]:
        """What these people decided, of each the newest first."""
        for start in range(0, len(names), PORTION):
            yield from filter(None, map(parse, self.stores.entries.about(ACT, names[start : start + PORTION])))

    def _agrees(self, record: ConsentRecord, purpose: str, now: dt.datetime) -> bool:
        """Whether a decision accepts a purpose now: it has not run out, nor got worse what the visitor was shown.

        Words of a form's own, whose hash the record keeps, say all that was agreed to.
        """
        holds = bool(record.text) or record.policy[:ID] in self.policy.holds
        return purpose in record.accepted and holds and (record.until is None or now < record.until)

    def _withdrawn(
        self, subject: str, refused: tuple[str, ...], component: str, language: str, jurisdiction: str
    ) -> ConsentRecord:
        return self._add(
            ConsentRecord(
                id=self._id(""),
                at=self.clock.now(),
                subject=subject,
                version=self.version,
                policy=self.policy.digest,
                accepted=(),
                refused=refused,
                language=language,
                jurisdiction=jurisdiction,
                method="withdraw",
                component=component,
                gpc=False,
                until=None,
            )
        )

    def _add(self, record: ConsentRecord) -> ConsentRecord:
        after = self._newest(record.subject)  # not in our transaction: one that reads first may lose its turn to write
        try:
            with self.stores.transactions.atomic():
                entry = self.witness.record_once(record.id, ACT, record.subject, after, **details(record))
        except StoreError:
            known = self.find(record.id)
            if known is None:
                raise
            if (known.accepted, known.refused, known.subject) != (record.accepted, record.refused, record.subject):
                raise RepeatedError("this decision was sent before, and said something else") from None
            return known
        made = parse(entry)
        assert made is not None  # noqa: S101 - what was just written
        return made

    def _newest(self, subject: str) -> dt.datetime | None:
        """When a person last decided: what takes it back must be newer, though it come to a machine that is behind."""
        return None if subject == EVERYONE else max((each.at for each in self._records([subject])), default=None)

    def _id(self, nonce: str) -> str:
        """The id of a record: by chance, or by a keyed hash of what the browser made, so that nobody chooses an id."""
        if not nonce:
            return secrets.token_hex(16)
        if len(nonce) != 32 or not _HEX.issuperset(nonce):
            raise ConsentError("a decision's nonce is 32 hex digits")
        return self.macs.mac(nonce.encode())[1][:32]

    def _refused(self, accepted: Collection[str], whole: Collection[str]) -> Iterable[str]:
        for purpose in self.policy.purposes:
            if purpose not in whole:
                yield purpose
            elif purpose not in accepted:
                begins = f"{purpose}/"
                yield from (item for item in self.policy.items if item.startswith(begins) and item not in accepted)

    def _check(self, purposes: Collection[str]) -> None:
        if unknown := sorted(set(purposes) - set(self.purposes)):
            hint = f"those that wait for consent are {', '.join(self.purposes) or 'none'}"
            raise ConsentError(f"nobody is asked for consent to {', '.join(unknown)}", hint=hint)

    def _pseudonym(self, who: Who) -> str:
        return self.pseudonyms.of(who) if isinstance(who, SubjectRef) else self.pseudonyms.of_address(who)
