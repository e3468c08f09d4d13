"""The evidence of one database: entries, the chain of seals over them, and what a purge leaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from consentguard.ports import StoreError
from consentguard.ports.mistakes import ConflictError, RefusedError
from consentguard.records import EVERYONE, Checkpoint, EvidenceEntry, Seal, Tally
from consentguard_flask.sqlalchemy.columns import utc_day
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores.rows import add, first, names, record, records, values


class EvidenceEntries:
    """`consentguard.ports.EvidenceEntries`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries = database.tables.entries
        seals = database.tables.seals
        self._unsealed = ~sa.exists().where(seals.c.entry == self._entries.c.id)

    def add(self, entry: EvidenceEntry) -> None:
        """Joined. Keep an entry."""
        add(self._database, self._entries, entry)

    def find(self, id: str) -> EvidenceEntry | None:  # noqa: A002 - the record's own word
        """The entry with this id, or None."""
        return first(self._database, sa.select(self._entries).where(self._entries.c.id == id), EvidenceEntry)

    def about(self, act: str, subjects: Sequence[str]) -> Sequence[EvidenceEntry]:
        """The entries of one act about these pseudonyms, the newest first by `(at, id)`; never those of EVERYONE."""
        columns, wanted = self._entries.c, set(subjects) - {EVERYONE}
        query = sa.select(self._entries).where(columns.act == act, columns.subject.in_(wanted))
        found = self._database.read_now(query.order_by(columns.at.desc(), columns.id.desc()))
        return [record(EvidenceEntry, row) for row in found]

    def tally(self, act: str, since: dt.datetime) -> Sequence[Tally]:
        """How many entries of one act since a moment say the same, by day (UTC), version and details."""
        columns = self._entries.c
        same = (utc_day(columns.at, self._database.dialect), columns.version, columns.details)
        query = sa.select(*same, sa.func.count()).where(columns.act == act, columns.at >= since).group_by(*same)
        rows = sorted(map(tuple, self._database.read(query)))  # as Python sorts, which not every collation does
        return [Tally(*row) for row in rows]

    def unsealed(self, since: dt.datetime | None, limit: int) -> Sequence[EvidenceEntry]:
        """The oldest entries that no seal covers, by `(at, id)`; with `since` only those of that moment or later."""
        columns = self._entries.c
        query = sa.select(self._entries).where(self._unsealed).order_by(columns.at, columns.id).limit(limit)
        return records(self._database, query if since is None else query.where(columns.at >= since), EvidenceEntry)

    def waiting(self) -> int:
        """How many entries no seal covers."""
        query = sa.select(sa.func.count()).select_from(self._entries).where(self._unsealed)
        return int(self._database.read(query)[0][0])

    def under(self) -> Mapping[int, int]:
        """How many entries each key of the keyring made the keyed hash of."""
        key_id = self._entries.c.key_id
        query = sa.select(key_id, sa.func.count()).group_by(key_id).order_by(key_id)
        return {int(key): int(count) for key, count in map(tuple, self._database.read(query))}


class EvidenceSeals:
    """`consentguard.ports.EvidenceSeals`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        tables = database.tables
        self._entries, self._seals, self._checkpoints = tables.entries, tables.seals, tables.checkpoints

    def last(self) -> Seal | None:
        """The newest seal, or None."""
        newest = sa.select(self._seals).order_by(self._seals.c.sequence.desc()).limit(1)
        return first(self._database, newest, Seal)

    def extend(self, seals: Sequence[Seal]) -> bool:
        """Durable. Append seals, all or none; False where somebody else was first."""
        try:
            with self._database.durable():
                if seals:
                    self._database.write(sa.insert(self._seals), [values(seal) for seal in seals])
        except (RefusedError, ConflictError):
            return False
        return True

    def read(self, after: int, limit: int) -> Sequence[tuple[Seal, EvidenceEntry | None]]:
        """The seals after a sequence, in order, each with its entry or None."""
        seals, entries = self._seals, self._entries
        query = (
            sa.select(seals, entries)
            .outerjoin_from(seals, entries, entries.c.id == seals.c.entry)
            .where(seals.c.sequence > after)
            .order_by(seals.c.sequence)
            .limit(limit)
        )
        width = len(names(Seal))
        return [
            (record(Seal, row[:width]), None if row[width] is None else record(EvidenceEntry, row[width:]))
            for row in self._database.read(query)
        ]

    def checkpoint(self) -> Checkpoint | None:
        """What the last `prune` left, or None."""
        newest = sa.select(self._checkpoints).order_by(self._checkpoints.c.sequence.desc()).limit(1)
        return first(self._database, newest, Checkpoint)

    def prune(self, checkpoint: Checkpoint) -> int:
        """Joined. Remove the seals up to the checkpoint's with their entries, and keep it; how many entries went."""
        seals, entries = self._seals, self._entries
        sealed = sa.select(seals.c.sequence).where(
            seals.c.sequence == checkpoint.sequence, seals.c.hash == checkpoint.hash
        )
        prefix = seals.c.sequence <= checkpoint.sequence
        with self._database.purging():
            if not self._database.read(sealed):
                hint = "read the seals anew: another purge was first, or they were changed"
                raise StoreError(f"no seal {checkpoint.sequence} with the checkpoint's hash is there", hint=hint)
            covered = sa.exists().where(seals.c.entry == entries.c.id, prefix)
            gone = self._database.write(sa.delete(entries).where(covered))
            self._database.write(sa.delete(seals).where(prefix))
            older = self._checkpoints.c.sequence <= checkpoint.sequence
            self._database.write(sa.delete(self._checkpoints).where(older))
            add(self._database, self._checkpoints, checkpoint)
        return gone
