"""What is encrypted of a host in one of its databases, with a policy or without: where its rooms are wired."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING

from consentguard import ports
from consentguard.crypto.cipher import Context, as_bytes
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.copier import ColumnCopier
from consentguard.crypto.data_keys import SubjectKeys
from consentguard.crypto.resealing import ColumnResealer
from consentguard.crypto.rewrapping import Rewrapped, rewrap
from consentguard.crypto.uses import KeyedMacs, KeyedPseudonyms
from consentguard.datamap.schema import SealedColumn, Table
from consentguard.evidence import Evidence
from consentguard.host import Host
from consentguard.ports.mistakes import MissingError
from consentguard.reencryption import Conversion, Pair, Rotation, Way, named_pair, written
from consentguard.shredding import Shredding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from consentguard.crypto.keyring import Keyring

OWN = {
    "consentguard_rights_request": ("contact", "details"),
    "consentguard_minor_report": ("details",),
    "consentguard_guardian_consent": ("child", "contact"),
    "consentguard_authenticator": ("secret",),
    "consentguard_run": ("plan",),
    "consentguard_errand": ("payload",),
    "consentguard_archived_row": ("content",),
}
"""Our own columns of sealed bytes, by their tables, whose primary key is `id`."""
BY_ROW = ("consentguard_authenticator",)
"""Those of these tables whose values are bound to their row, and to the `subject` that it names."""


class Encryption:
    """The encrypted columns of a database under a keyring.

    `data_keys` is the database that holds the keys of data subjects; `version` gives that of the policy, for evidence.
    """

    def __init__(
        self,
        host: Host,
        keyring: Keyring,
        database: str,
        *,
        clock: ports.Clock,
        data_keys: str = "default",
        version: Callable[[], str] = str,
    ) -> None:
        self.host, self.keyring, self.clock = host, keyring, clock
        self.stores = host.stores(database)
        self._data_keys, self._version = data_keys, version

    @cached_property
    def columns(self) -> tuple[SealedColumn, ...]:
        """Every encrypted column of the database, our own first."""
        name = self.stores.name
        return (*_own(self.host.tables(), name), *self.host.sealed_columns(name))

    @cached_property
    def rotation(self) -> Rotation:
        """What brings them under the enabled key."""
        return Rotation(
            columns=self.columns,
            resealer=self._resealer,
            stores=self.stores,
            witness=self.witness,
            clock=self.clock,
        )

    def conversion(self, name: str, way: Way, read: Callable[[object], object] | None = None) -> Conversion:
        """What takes a column, or the one beside it, in or out of encryption; `read` reads another package's values.

        Raises ColumnError where no such pair is declared.
        """
        column, plain = named_pair(self.columns, way, name)
        keys = partial(getattr, self, "subject_keys")
        sealing = Column(column.declared, self.keyring, keys)
        copier = ColumnCopier(sealing, keys, dump=column.dump, load=column.load, read=read)
        return Conversion(
            Pair(column=column, plain=plain, way=way, copier=copier, foreign=read is not None),
            stores=self.stores,
            execute=partial(self.host.execute, self.stores.name),
            witness=self.witness,
            clock=self.clock,
        )

    @property
    def holds_data_keys(self) -> bool:
        """Whether the keys of data subjects are in this database."""
        return self.stores.name == self._data_keys

    def rewrap(self, *, dry_run: bool = False, progress: Callable[[int], None]) -> Rewrapped:
        """Durable. Bring the keys of data subjects under the enabled key, and take it down. Raises StoreError."""
        done = rewrap(self.subject_keys, self.stores.wrapped_keys, dry_run=dry_run, progress=progress)
        if done.before != done.after:
            counts = {"before": written(done.before), "after": written(done.after)}
            self.witness.record("keys.rotated", column="data keys", behind=len(done.refused), **counts)
        return done

    @cached_property
    def shredding(self) -> Shredding:
        """What destroys the keys of data subjects."""
        return Shredding(
            columns=lambda: self.columns,
            stores=self.stores,
            keys=partial(getattr, self, "subject_keys"),
            witness=self.witness,
            pseudonyms=KeyedPseudonyms(self.keyring),
        )

    def record_destroyed(self, key_id: int) -> None:
        """Joined. Take down that a key was destroyed, unless the database has no table for that. Raises StoreError."""
        with suppress(MissingError):
            self.witness.record("keys.destroyed", key=key_id)

    @cached_property
    def witness(self) -> Evidence:
        """The evidence of what is done here."""
        macs = KeyedMacs(self.keyring, "evidence")
        return Evidence(stores=self.stores, macs=macs, clock=self.clock, version=self._version)

    @cached_property
    def subject_keys(self) -> SubjectKeys:
        """The keys of data subjects."""
        return SubjectKeys(self.keyring, self.host.stores(self._data_keys).data_keys)

    def _resealer(self, column: SealedColumn) -> ColumnResealer:
        keys = partial(getattr, self, "subject_keys")
        return ColumnResealer(Column(column.declared, self.keyring, keys), column.load, keys)


def _own(tables: Iterable[Table], database: str) -> Iterator[SealedColumn]:
    for table in tables:
        name = table.db_table.rpartition(".")[2]  # a schema of the database may stand before it
        subject = "subject" if name in BY_ROW else ""
        for column in OWN.get(name, ()):
            yield SealedColumn(
                label=table.label,
                name=column,
                database=database,
                db_table=table.db_table,
                db_column=column,
                db_keys=("id",),
                declared=Declaration(context=Context(name, column), to_row=name in BY_ROW),
                load=bytes,
                dump=as_bytes,
                subject=subject,
                db_subject=subject,
            )
