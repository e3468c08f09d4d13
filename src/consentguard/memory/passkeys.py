"""Passkeys in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from consentguard.memory.journal import Journal, Shelf
from consentguard.records import Passkey


class MemoryPasskeys:
    """`consentguard.ports.Passkeys` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._kept = Shelf[str, Passkey](journal)

    def add(self, passkey: Passkey) -> None:
        """Keep a passkey."""
        self._kept.add(passkey.id, passkey)

    def of(self, subject: str) -> Sequence[Passkey]:
        """A subject's passkeys, the oldest first."""
        theirs = [each for each in self._kept.all() if each.subject == subject]
        return sorted(theirs, key=lambda each: (each.created_at, each.id))

    def enrolled(self, subjects: Sequence[str]) -> frozenset[str]:
        """Those of these subjects that have one."""
        return frozenset(each.subject for each in self._kept.all()).intersection(subjects)

    def claim_count(self, id: str, sign_count: int, day: dt.date) -> bool:  # noqa: A002 - the port's own word
        """Accept how often the authenticator has signed."""
        with self._journal.alone():
            it = self._kept.get(id)
            if it is None or not (sign_count > it.sign_count or sign_count == it.sign_count == 0):
                return False
            self._kept.put(id, replace(it, sign_count=sign_count, last_used_on=day))
            return True

    def rename(self, subject: str, id: str, name: str) -> bool:  # noqa: A002
        """Give a passkey of this subject another name."""
        with self._journal.atomic():
            it = self._kept.get(id)
            if it is None or it.subject != subject:
                return False
            self._kept.put(id, replace(it, name=name))
            return True

    def drop(self, subject: str, id: str) -> bool:  # noqa: A002
        """Remove a passkey of this subject."""
        return bool(self._kept.drop_where(lambda each: each.id, lambda each: (each.subject, each.id) == (subject, id)))

    def remove(self, subjects: Sequence[str]) -> int:
        """Remove the passkeys of these subjects."""
        return self._kept.drop_where(lambda each: each.id, lambda each: each.subject in subjects)
