"""What is kept of erased people beside the site's own rows: second factors, archived rows, marks, their keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consentguard.datamap.map import DataMap
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.steps import Found
from consentguard.ports import Pseudonyms, Shredder, Stores
from consentguard.records import Selection, SubjectRef


@dataclass(frozen=True, slots=True)
class Closing:
    """Removes it, but for people whom a legal hold covers."""

    data_map: DataMap
    stores: Stores
    pseudonyms: Pseudonyms
    shredder: Shredder

    def begin(self, people: Sequence[Found], exceptions: Exceptions) -> None:
        """Joined. Remove what is kept for their addresses alone, as long as their rows know these."""
        free, held = set[str](), set[str]()
        for found in people:
            keys = {subject.key for subject in _free(found, exceptions)}
            free |= self._addresses(found, [key for key in found.keys if key in keys])
            held |= self._addresses(found, [key for key in found.keys if key not in keys])
        self.stores.guardian_consents.remove(sorted(free - held))

    def close(self, people: Sequence[Found], exceptions: Exceptions) -> None:
        """Joined. Remove it where a plan comes to its end; the marks of those alone whose own row is gone.

        Where a law keeps some of their data, it still is not to be used.
        """
        for found in people:
            subjects = _free(found, exceptions)
            pseudonyms = list(map(self.pseudonyms.of, subjects))
            self.stores.authenticators.remove(pseudonyms)
            self.stores.passkeys.remove(pseudonyms)
            self.stores.recovery_codes.remove(pseudonyms)
            self.stores.guardian_consents.remove(pseudonyms)
            self.stores.factor_sessions.remove(pseudonyms)
            self.stores.archive.forget(pseudonyms)
            self.stores.marks.forget(self._gone(found, subjects))
            self.shredder.after_erasure(subjects)

    def close_late(self, people: Sequence[Found], exceptions: Exceptions) -> None:
        """Joined. Remove the rest once what stayed for a time is gone. A key that somebody else has got is theirs."""
        for found in people:
            gone = self._gone(found, _free(found, exceptions))
            self.stores.archive.forget(list(map(self.pseudonyms.of, gone)))
            self.stores.marks.forget(gone)
            self.shredder.after_erasure(gone)

    def _addresses(self, found: Found, keys: Sequence[str]) -> set[str]:
        """The pseudonyms of the addresses in these rows."""
        label, column = self.data_map.addresses.get(found.subject, ("", ""))
        if label != found.root or not keys:
            return set()
        rows = self.stores.dataset.rows(Selection.of(label, keys), [column])
        return {self.pseudonyms.of_address(str(row[column])) for row in rows if row[column]}

    def _gone(self, found: Found, subjects: Sequence[SubjectRef]) -> list[SubjectRef]:
        """Those whose own row is not there any more."""
        rows = Selection.of(found.root, [subject.key for subject in subjects])
        there = set(self.stores.dataset.keys(rows, "", len(subjects))) if subjects else set()
        return [subject for subject in subjects if subject.key not in there]


def _free(found: Found, exceptions: Exceptions) -> list[SubjectRef]:
    """Those of some people whom no hold covers as a whole."""
    subjects = [SubjectRef(found.subject, key) for key in found.keys]
    held = {hold.subject for hold in exceptions.holds if not hold.label}
    return [subject for subject in subjects if subject not in held]
