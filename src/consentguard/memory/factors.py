"""Second factors and recovery codes in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from consentguard.memory.journal import Journal, Shelf
from consentguard.records import Authenticator


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCode:
    """One code, and when it was used."""

    subject: str
    digest: str = field(repr=False)
    used_at: dt.datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What there is one of."""
        return self.subject, self.digest


class MemoryAuthenticators:
    """`consentguard.ports.Authenticators` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._kept = Shelf[str, Authenticator](journal)

    def add(self, authenticator: Authenticator) -> None:
        """Keep a pending authenticator, in place of the subject's other pending ones."""
        with self._journal.atomic():
            self._kept.add(authenticator.id, authenticator)
            self._kept.drop_where(
                lambda each: each.id,
                lambda each: (
                    (each.subject, each.state) == (authenticator.subject, "pending") and each.id != authenticator.id
                ),
            )

    def of(self, subject: str) -> Sequence[Authenticator]:
        """A subject's authenticators, the oldest first."""
        theirs = [each for each in self._kept.all() if each.subject == subject]
        return sorted(theirs, key=lambda each: (each.created_at, each.id))

    def find(self, id: str) -> Authenticator | None:  # noqa: A002 - the port's own word
        """The authenticator with this id."""
        return self._kept.get(id)

    def enrolled(self, subjects: Sequence[str]) -> frozenset[str]:
        """Those of these subjects that have an active one."""
        return frozenset(each.subject for each in self._kept.all() if each.state == "active").intersection(subjects)

    def begin_attempt(self, id: str, now: dt.datetime, next_at: dt.datetime, most: int) -> bool:  # noqa: A002
        """Count an attempt before it is verified."""
        with self._journal.alone():
            it = self._kept.get(id)
            if it is None or it.state == "disabled" or (it.next_at is not None and now < it.next_at):
                return False
            failures = it.failures + 1
            state = "disabled" if failures >= most else it.state
            self._kept.put(id, replace(it, failures=failures, next_at=next_at, state=state))
            return True

    def claim_step(self, id: str, step: int) -> bool:  # noqa: A002 - the port's own word
        """Accept a code's time step."""
        with self._journal.alone():
            it = self._kept.get(id)
            if it is None or step <= it.last_step:
                return False
            self._kept.put(id, replace(it, state="active", last_step=step, failures=0, next_at=None))
            return True

    def remove(self, subjects: Sequence[str]) -> int:
        """Remove the authenticators of these subjects."""
        return self._kept.drop_where(lambda each: each.id, lambda each: each.subject in subjects)


class MemoryRecoveryCodes:
    """`consentguard.ports.RecoveryCodes` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._codes = Shelf[tuple[str, str], RecoveryCode](journal)

    def replace(self, subject: str, digests: Sequence[str]) -> None:
        """A subject's new codes."""
        with self._journal.atomic():
            self._codes.drop_where(lambda code: code.key, lambda code: code.subject == subject)
            for digest in digests:
                self._codes.add((subject, digest), RecoveryCode(subject=subject, digest=digest))

    def spend(self, subject: str, digest: str, now: dt.datetime) -> bool:
        """Use a code."""
        with self._journal.alone():
            code = self._codes.get((subject, digest))
            if code is None or code.used_at is not None:
                return False
            self._codes.put(code.key, replace(code, used_at=now))
            return True

    def left(self, subject: str) -> int:
        """How many codes are still unused."""
        return sum(code.subject == subject and code.used_at is None for code in self._codes.all())

    def remove(self, subjects: Sequence[str]) -> int:
        """Remove the codes of these subjects."""
        return self._codes.drop_where(lambda code: code.key, lambda code: code.subject in subjects)
