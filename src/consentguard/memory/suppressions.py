"""Addresses that no mail goes to any more, in memory."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consentguard.memory.journal import Journal, Shelf
from consentguard.ports import StoreError


@dataclass(frozen=True, slots=True)
class _Suppressed:
    address: str
    purpose: str
    at: dt.datetime


class MemorySuppressions:
    """`consentguard.ports.Suppressions` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._rows = Shelf[tuple[str, str], _Suppressed](journal)

    def add(self, address: str, purpose: str, at: dt.datetime) -> bool:
        """Suppress a pseudonym for a purpose; False where it is already."""
        try:
            self._rows.add((address, purpose), _Suppressed(address, purpose, at))
        except StoreError:
            return False
        return True

    def lift(self, address: str, purpose: str) -> bool:
        """Suppress it no more."""
        with self._journal.atomic():
            return self._rows.drop((address, purpose))

    def among(self, addresses: Sequence[str], purpose: str) -> frozenset[str]:
        """Those of these pseudonyms that are suppressed for a purpose."""
        return frozenset(address for address in addresses if (address, purpose) in self._rows)

    def counts(self) -> Mapping[str, int]:
        """How many pseudonyms are suppressed, by purpose."""
        return dict(sorted(Counter(row.purpose for row in self._rows.all()).items()))
