"""The evidence of a database: entries as they happened, and the chain over them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db.models import Count, Exists, OuterRef, QuerySet

from consentguard.ports import StoreError
from consentguard.ports.mistakes import RefusedError
from consentguard.records import EVERYONE, Checkpoint, EvidenceEntry, Seal, Tally
from consentguard_django import models
from consentguard_django.columns import UtcDay
from consentguard_django.stores.rows import Rows
from consentguard_django.stores.transactions import decided, outside, purging, told


class DjangoEntries:
    """`consentguard.ports.EvidenceEntries`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.EvidenceEntry, EvidenceEntry)

    def add(self, entry: EvidenceEntry) -> None:
        """Keep an entry."""
        self._rows.add(entry)

    def find(self, id: str) -> EvidenceEntry | None:  # noqa: A002 - the record's own word
        """The entry with this id, or None."""
        return self._rows.first(self._rows.where(id=id))

    def about(self, act: str, subjects: Sequence[str]) -> Sequence[EvidenceEntry]:
        """The entries of one act about these pseudonyms, the newest first."""
        wanted = set(subjects) - {EVERYONE}
        return self._rows.read(self._rows.where(act=act, subject__in=wanted).order_by("-at", "-id"))

    def tally(self, act: str, since: dt.datetime) -> Sequence[Tally]:
        """How many entries of one act say the same, by day, version and details."""
        same = self._rows.where(act=act, at__gte=since).values_list(UtcDay("at"), "version", "details")
        with told(self._alias):
            rows = sorted(same.annotate(Count("id")).order_by())  # as Python sorts, which not every collation does
        return [Tally(*row) for row in rows]

    def unsealed(self, since: dt.datetime | None, limit: int) -> Sequence[EvidenceEntry]:
        """The oldest entries that no seal covers."""
        rows = self._unsealed() if since is None else self._unsealed().filter(at__gte=since)
        return self._rows.read(rows.order_by("at", "id")[:limit])

    def waiting(self) -> int:
        """How many entries no seal covers."""
        with told(self._alias):
            return self._unsealed().count()

    def under(self) -> Mapping[int, int]:
        """How many entries each key of the keyring made the keyed hash of."""
        with told(self._alias):
            return dict(self._rows.all.order_by("key_id").values_list("key_id").annotate(Count("id")))

    def _unsealed(self) -> QuerySet[models.EvidenceEntry]:
        seals: QuerySet[models.EvidenceSeal] = QuerySet(models.EvidenceSeal, using=self._alias).filter(
            entry=OuterRef("id")
        )
        return self._rows.all.filter(~Exists(seals))


class DjangoSeals:
    """`consentguard.ports.EvidenceSeals`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._seals = Rows(alias, models.EvidenceSeal, Seal)
        self._entries = Rows(alias, models.EvidenceEntry, EvidenceEntry)
        self._checkpoints = Rows(alias, models.EvidenceCheckpoint, Checkpoint)

    def last(self) -> Seal | None:
        """The newest seal."""
        return self._seals.first(self._seals.all.order_by("-sequence"))

    def extend(self, seals: Sequence[Seal]) -> bool:
        """Append seals, all or none; False where somebody else was first."""
        outside(self._alias)
        rows = [self._seals.row(seal) for seal in seals]
        try:
            return not rows or decided(self._alias, lambda: len(self._seals.all.bulk_create(rows)))
        except RefusedError:
            return False

    def read(self, after: int, limit: int) -> Sequence[tuple[Seal, EvidenceEntry | None]]:
        """The seals after a sequence, in order, each with its entry."""
        seals = self._seals.read(self._seals.where(sequence__gt=after).order_by("sequence")[:limit])
        if not seals:
            return []
        # named by the seals that were read, and not one by one: thousands of parameters take longer than the rows
        span = self._seals.where(sequence__gt=after, sequence__lte=seals[-1].sequence)
        entries = self._entries.read(self._entries.where(id__in=span.values("entry")))
        by_id = {entry.id: entry for entry in entries}
        return [(seal, by_id.get(seal.entry)) for seal in seals]

    def checkpoint(self) -> Checkpoint | None:
        """What the last `prune` left."""
        return self._checkpoints.first(self._checkpoints.all.order_by("-sequence"))

    def prune(self, checkpoint: Checkpoint) -> int:
        """Remove the seals up to the checkpoint's sequence with their entries; how many entries went."""
        sealed = self._seals.where(sequence__lte=checkpoint.sequence)
        with purging(self._alias):
            if not sealed.filter(sequence=checkpoint.sequence, hash=checkpoint.hash).exists():
                hint = "read the chain anew, and prune up to a seal that stands in it"
                raise StoreError(f"no seal {checkpoint.sequence} with that hash is there", hint=hint)
            gone = self._entries.where(id__in=sealed.values("entry")).delete()[0]
            sealed.delete()
            self._checkpoints.where(sequence__lte=checkpoint.sequence).delete()
            self._checkpoints.add(checkpoint)
        return gone
