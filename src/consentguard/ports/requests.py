"""What rooms offer to the requests of data subjects, and these to others: marks, mails, receipts, other places."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from consentguard.records import Concern, ConsentRecord, Errand, Mark, RightsRequest, SubjectRef


class Answer(NamedTuple):
    """What becomes of an objection: whether it is granted, and why not, as a word that letters and evidence have.

    `reason` is empty where it is granted, else the legal basis that rules it out (Art. 21(1) GDPR), such as `contract`
    or `legal_obligation`; `consent`, which is withdrawn instead; or `undeclared` where the policy has no such purpose.
    """

    granted: bool
    reason: str = ""


class Restrictions(Protocol):
    """Data that is kept and not used: restrictions (Art. 18 GDPR) and objections (Art. 21)."""

    def restrict(
        self,
        subject: SubjectRef | None = None,
        *,
        category: str = "",
        label: str = "",
        key: str = "",
        purpose: str = "",
        until: dt.datetime | None = None,
        request: str = "",
    ) -> str:
        """Joined. Mark a data subject, what is theirs of a category, or one row; the mark's id.

        The mark holds for every use or for one purpose, and until a moment or until it is lifted. The same mark of the
        same request is made once. Raises ConsentGuardError for what names neither a subject nor a row, or a category or
        purpose that the policy does not have.
        """

    def object(self, subject: SubjectRef, purpose: str, *, request: str = "") -> Answer:
        """Joined. Stop one use of somebody's data, where the law grants it; the answer."""

    def answer(self, purpose: str, subject: SubjectRef | None = None) -> Answer:
        """What `object` would answer; without a subject, for somebody of whose place nothing is known."""

    def ending(self) -> Sequence[Mark]:
        """The restrictions of data subjects that end soon by themselves, and of which nobody was told yet."""

    def told(self, mark: str) -> None:
        """Joined. Say that the data subject was told that a restriction ends (Art. 18(3) GDPR)."""

    def lift(self, mark: str) -> bool:
        """Joined. End a mark; False where there is none in force with this id.

        Raises ConsentGuardError for a restriction of whose end the data subject was not told.
        """

    def quarantine(self, subject: SubjectRef, *, request: str) -> str:
        """Joined. Mark a data subject of whom a report (`request`) says that they are a minor; the mark's id.

        Their data is not used, not given out, and not deleted by the retention. Raises ConsentGuardError.
        """

    def quarantined(self) -> Sequence[Mark]:
        """The marks of those who are in quarantine, the oldest first."""

    def is_quarantined(self, people: Iterable[SubjectRef]) -> bool:
        """Whether one of these people is in quarantine."""

    def release(self, request: str) -> int:
        """Joined. End the quarantine of everybody whom a report is about; how many they were."""


class Erasures(Protocol):
    """Erasures that nobody asked for, and that are owed all the same."""

    @property
    def needed(self) -> int:
        """How many people have to approve an erasure, as the policy says."""

    def open(
        self, people: Sequence[SubjectRef], *, received_at: dt.datetime, due_on: dt.date, by: Sequence[str]
    ) -> RightsRequest:
        """Joined. Open an erasure of data subjects, at least one, whose plan those named in `by` approve.

        Nobody is written to. Raises ConsentGuardError where there is nobody, and where the tags ask for what the tables
        do not allow.
        """

    def is_over(self, request: str) -> bool:
        """Whether all is gone that may go, and every other place has answered; what a law alone keeps may stay."""


class Verification(Protocol):
    """How it is known that whoever answers for a child is their parent or guardian."""

    @property
    def name(self) -> str:
        """What the record calls the method."""

    @property
    def by_answer(self) -> bool:
        """Whether it is enough to answer by the mailed link; else somebody says that they saw the proof."""

    def page(self, id: str) -> str:  # noqa: A002 - the record's own word
        """Where a guardian shows who they are once they answered what was asked under this id; empty for our page."""


class Mailings(Protocol):
    """Mails that people no longer want."""

    def suppress(self, address: str, purpose: str, who: SubjectRef | None = None, *, component: str = "api") -> bool:
        """Joined. Send an address no more mails of a purpose; False where none go already. Raises ConsentGuardError."""


class Requests(Protocol):
    """Requests that come in by the call of a platform, and what else such a call can mean."""

    def from_platform(self, subject: SubjectRef, *, id: str, language: str) -> RightsRequest:  # noqa: A002
        """Durable. Take a request for erasure that a platform signed for, under an id of its own.

        Raises StoreError where there is one with this id.
        """

    def show_by(self, code: str, request: RightsRequest) -> None:
        """Joined. Let a code show how far a request is; nothing where it does already."""

    def disconnected(self, event: str, scope: str, key: str) -> None:
        """Durable. Say that an event of the policy happened to this, and let go what it ends. Raises RetentionError."""


class Receipts(Protocol):
    """Records of consent by their ids, for people who are known by nothing else."""

    def proved(self, receipt: str, nonce: str) -> ConsentRecord | None:
        """The record with this id, for whoever has the nonce that their browser made for it; else None."""

    def withdraw_receipt(self, receipt: str, *, component: str = "receipt", language: str = "") -> ConsentRecord | None:
        """Joined. Take back what a record says; None where there is none. Raises ConsentGuardError."""


class Elsewhere(Protocol):
    """What a request has to have done where the plan cannot reach."""

    def send(self, request: RightsRequest, concern: Concern) -> tuple[Errand, ...]:
        """Joined. Make the errands of a request, once: those that there are."""

    def work(self, about: str) -> object:
        """Durable. Do what consentguard does by itself of a request's errands: files and sessions."""

    def unanswered(self, about: str) -> tuple[Errand, ...]:
        """The errands of a request that are not done."""

    def all_of(self, about: str) -> tuple[Errand, ...]:
        """The errands of a request, done or not."""
