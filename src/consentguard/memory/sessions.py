"""Browsers in which people gave a second factor, in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from consentguard.memory.journal import Journal, Shelf
from consentguard.records import FactorSession


@dataclass(frozen=True, slots=True)
class Epoch:
    """The epoch of a subject's sessions."""

    id: str


class MemoryFactorSessions:
    """`consentguard.ports.FactorSessions` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._kept = Shelf[str, FactorSession](journal)
        self._epochs = Shelf[str, Epoch](journal)

    def add(self, session: FactorSession) -> None:
        """Keep a session; those of its subject that count no more are removed."""
        with self._journal.atomic():
            self._kept.drop_where(
                lambda each: each.id,
                lambda each: each.subject == session.subject and not self._counts(each, session.verified_at),
            )
            self._kept.add(session.id, session)

    def find(self, digests: Sequence[str], now: dt.datetime) -> FactorSession | None:
        """The session with one of these digests that counts now, or None."""
        return next((each for each in self._kept.all() if each.digest in digests and self._counts(each, now)), None)

    def of(self, subject: str, now: dt.datetime) -> Sequence[FactorSession]:
        """A subject's sessions that count now, the newest first."""
        theirs = [each for each in self._kept.all() if each.subject == subject and self._counts(each, now)]
        return sorted(theirs, key=lambda each: (each.verified_at, each.id), reverse=True)

    def see(self, id: str, on: dt.date) -> bool:  # noqa: A002 - the record's own word
        """Take down on which day a session was last seen."""
        return self._changed(id, seen_on=on)

    def leave(self, id: str) -> bool:  # noqa: A002 - the record's own word
        """Let a session belong to no sign-in."""
        return self._changed(id, sign_in="")

    def _changed(self, id: str, **facts: Any) -> bool:  # noqa: A002 - the record's own word
        with self._journal.atomic():
            it = self._kept.get(id)
            if it is None:
                return False
            self._kept.put(id, replace(it, **facts))
            return True

    def end(self, subject: str, id: str) -> bool:  # noqa: A002 - the record's own word
        """Remove a session of that subject's."""
        return self._kept.drop_where(lambda each: each.id, lambda each: (each.subject, each.id) == (subject, id)) > 0

    def epoch(self, subject: str) -> str:
        """The epoch that a session is to be kept with."""
        found = self._epochs.get(subject)
        return found.id if found else ""

    def bump_epoch(self, subject: str, epoch: str) -> None:
        """Begin another epoch of a subject."""
        with self._journal.atomic():
            self._epochs.put(subject, Epoch(epoch))

    def remove(self, subjects: Sequence[str]) -> int:
        """Remove the sessions and the epochs of these subjects."""
        with self._journal.atomic():
            for subject in subjects:
                if self._epochs.get(subject):
                    self._epochs.drop(subject)
            return self._kept.drop_where(lambda each: each.id, lambda each: each.subject in subjects)

    def _counts(self, session: FactorSession, now: dt.datetime) -> bool:
        return now < session.expires_at and session.epoch == self.epoch(session.subject)
