"""Shredding: a data subject's key is destroyed, so that what it sealed can be read no more, here and in any copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from consentguard.datamap.schema import SealedColumn
from consentguard.errors import ConsentGuardError
from consentguard.ports import Pseudonyms, Stores, SubjectKeys, Witness
from consentguard.records import SubjectRef


class ShreddingError(ConsentGuardError):
    """Somebody is to be shredded under whose key nothing is ever sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shredded:
    """What was done: how many `keys` were destroyed, and in how many rows of which column digests were `cleared`."""

    keys: int
    cleared: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shredding:
    """The destruction of the keys that values of one database are sealed under, each the key of a data subject.

    `columns` gives the database's encrypted ones, `keys` the table of data keys, which may stand in another.
    """

    columns: Callable[[], Sequence[SealedColumn]]
    stores: Stores
    keys: Callable[[], SubjectKeys]
    witness: Witness
    pseudonyms: Pseudonyms

    def concerns(self, kind: str) -> bool:
        """Whether values of this database are sealed under the keys of such data subjects."""
        return any(column.declared.subject == kind for column in self.columns())

    def outlook(self, subject: SubjectRef) -> dict[str, int]:
        """How many values of which column a shredding would make unreadable. Nothing is changed.

        Raises ShreddingError where no column is bound to such data subjects.
        """
        rows, key = self.stores.sealed_rows, subject.key
        return {str(each): rows.held(each.label, each.name, each.subject, key) for each in self._bound(subject)}

    def shred(self, subject: SubjectRef) -> Shredded:
        """Joined. Destroy a data subject's key, clear what their values are found by, and take it down.

        A second time there is nothing left to destroy, and no harm in it. The key goes last: where its table is in
        another database, it is gone for good from then on, though the caller's transaction failed; then do it again.
        Raises ShreddingError where no column is bound to such data subjects; StoreError, KeyringError.
        """
        bound = self._bound(subject)
        with self.stores.transactions.atomic():
            cleared = {str(each): self._cleared(each, subject.key) for each in bound if each.declared.indexes}
            done = Shredded(keys=self.keys().destroy((subject,)), cleared=cleared)
            self._take_down(subject, done)
        return done

    def after_erasure(self, subjects: Sequence[SubjectRef]) -> None:
        """Joined. Shred those data subjects of whose values no row is left, so that no backup opens them either.

        Where one is left, it is there by the policy, such as an invoice that the law makes the site keep: then the key
        stays, or nobody could read it. Raises StoreError, KeyringError.
        """
        kinds = {kind for kind in dict.fromkeys(subject.kind for subject in subjects) if self.concerns(kind)}
        with self.stores.transactions.atomic():
            for subject in (each for each in subjects if each.kind in kinds):
                if not any(self.outlook(subject).values()) and (keys := self.keys().destroy((subject,))):
                    self._take_down(subject, Shredded(keys=keys))

    def _bound(self, subject: SubjectRef) -> list[SealedColumn]:
        columns = self.columns()
        found = [column for column in columns if column.declared.subject == subject.kind]
        if not found:
            kinds = sorted({column.declared.subject for column in columns} - {""})
            hint = f"columns are bound to {', '.join(kinds)}" if kinds else "bind one: see `bound_to` of Encrypted"
            raise ShreddingError(
                f'no encrypted column is bound to a data subject of the kind "{subject.kind}"', hint=hint
            )
        return found

    def _cleared(self, column: SealedColumn, key: str) -> int:
        return self.stores.sealed_rows.unindex(column.label, column.name, column.subject, key)

    def _take_down(self, subject: SubjectRef, done: Shredded) -> None:
        counts = {f"cleared.{column}": rows for column, rows in done.cleared.items()}
        self.witness.record("subject.shredded", self.pseudonyms.of(subject), keys=done.keys, **counts)
