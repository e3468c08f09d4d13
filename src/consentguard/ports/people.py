"""What a store owes for what is kept of people who sign in or are asked their age: factors, codes, claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from consentguard.records import AgeClaim, Authenticator, FactorSession, Passkey


class Authenticators(Protocol):
    """Second factors. What counts or claims is durable, and each is one statement."""

    def add(self, authenticator: Authenticator) -> None:
        """Joined. Keep a pending authenticator, in place of the subject's other pending ones."""

    def of(self, subject: str) -> Sequence[Authenticator]:
        """A subject's authenticators, the oldest first: by `(created_at, id)`."""

    def find(self, id: str) -> Authenticator | None:  # noqa: A002 - the record's own word
        """The authenticator with this id, or None."""

    def enrolled(self, subjects: Sequence[str]) -> frozenset[str]:
        """Those of these subjects that have an active authenticator."""

    def begin_attempt(self, id: str, now: dt.datetime, next_at: dt.datetime, most: int) -> bool:  # noqa: A002
        """Durable. Count an attempt before it is verified, and allow none before `next_at`.

        False, with nothing changed, where there is no such authenticator, it is disabled, or its own `next_at` is
        not reached. The attempt that makes `failures` reach `most` is allowed, and disables the authenticator unless
        `claim_step` follows.
        """

    def claim_step(self, id: str, step: int) -> bool:  # noqa: A002 - the record's own word
        """Durable. Accept a code's time step: the authenticator is active, its failures and its `next_at` forgotten.

        False, with nothing changed, where that step or a later one was accepted before (a replay, RFC 6238
        section 5.2), or there is no such authenticator. One disabled by the very attempt becomes active again.
        """

    def remove(self, subjects: Sequence[str]) -> int:
        """Joined. Remove the authenticators of these subjects; how many went."""


class RecoveryCodes(Protocol):
    """Keyed digests of codes that replace a second factor once."""

    def replace(self, subject: str, digests: Sequence[str]) -> None:
        """Joined. A subject's new codes; whatever was there before is gone."""

    def spend(self, subject: str, digest: str, now: dt.datetime) -> bool:
        """Durable. Use a code; of several attempts at once exactly one gets True. False for a used or unknown one."""

    def left(self, subject: str) -> int:
        """How many codes are still unused."""

    def remove(self, subjects: Sequence[str]) -> int:
        """Joined. Remove the codes of these subjects, used or not; how many went."""


class FactorSessions(Protocol):
    """Browsers in which people gave a second factor. Each counts while its epoch is its subject's."""

    def add(self, session: FactorSession) -> None:
        """Joined. Keep a session. Those of its subject that count no more, by its `verified_at`, are removed."""

    def find(self, digests: Sequence[str], now: dt.datetime) -> FactorSession | None:
        """The session with one of these digests that counts now (`now < expires_at`), or None."""

    def of(self, subject: str, now: dt.datetime) -> Sequence[FactorSession]:
        """A subject's sessions that count now, the newest first: by `(verified_at, id)`."""

    def see(self, id: str, on: dt.date) -> bool:  # noqa: A002 - the record's own word
        """Joined. Take down on which day a session was last seen; the verdict."""

    def leave(self, id: str) -> bool:  # noqa: A002 - the record's own word
        """Joined. Of a session nothing but the device counts from now on: it belongs to no sign-in; the verdict."""

    def end(self, subject: str, id: str) -> bool:  # noqa: A002 - the record's own word
        """Joined. Remove a session of that subject's; the verdict."""

    def epoch(self, subject: str) -> str:
        """The epoch that a session is to be kept with, read before a factor is compared; empty before the first."""

    def bump_epoch(self, subject: str, epoch: str) -> None:
        """Joined. Begin another epoch of a subject: one statement, and none of their sessions counts any more.

        That is so for one that is added later with an epoch that was read before.
        """

    def remove(self, subjects: Sequence[str]) -> int:
        """Joined. Remove the sessions and the epochs of these subjects; how many sessions went."""


class Passkeys(Protocol):
    """Public keys of second factors. A subject may have several; the same credential is nobody else's."""

    def add(self, passkey: Passkey) -> None:
        """Joined. Keep a passkey. Raises StoreError where its credential is kept already, whoever's it is."""

    def of(self, subject: str) -> Sequence[Passkey]:
        """A subject's passkeys, the oldest first: by `(created_at, id)`."""

    def enrolled(self, subjects: Sequence[str]) -> frozenset[str]:
        """Those of these subjects that have a passkey."""

    def claim_count(self, id: str, sign_count: int, day: dt.date) -> bool:  # noqa: A002 - the record's own word
        """Durable. Accept how often the authenticator says that it has signed, and note the day of use.

        False, with nothing changed, where the number does not grow: a replay, or one of two copies (Web
        Authentication, section 6.1.1). An authenticator that does not count says 0 each time, which is accepted as
        long as 0 is what is kept. False too where there is no such passkey.
        """

    def rename(self, subject: str, id: str, name: str) -> bool:  # noqa: A002
        """Joined. Give a passkey of this subject another name; False where the subject has none of that id."""

    def drop(self, subject: str, id: str) -> bool:  # noqa: A002
        """Joined. Remove a passkey of this subject; False where the subject has none of that id."""

    def remove(self, subjects: Sequence[str]) -> int:
        """Joined. Remove the passkeys of these subjects; how many went."""


class AgeClaims(Protocol):
    """Outcomes of age screens. Append-only."""

    def add(self, claim: AgeClaim) -> None:
        """Joined. Keep a claim."""

    def latest(self, subject: str) -> AgeClaim | None:
        """The newest claim of a pseudonym by `(at, id)`, or None; always None for EVERYONE."""
