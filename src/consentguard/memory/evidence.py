"""Evidence in memory: entries, the seals over them, and the checkpoint that pruning leaves."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from heapq import nsmallest

from consentguard.memory.journal import Journal, Shelf
from consentguard.ports import StoreError
from consentguard.records import EVERYONE, Checkpoint, EvidenceEntry, Seal, Tally

CHECKPOINT = "last"


class Segment:
    """What entries and seals share. An entry moves from `waiting` to `sealed` when a seal covers it."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.waiting = Shelf[str, EvidenceEntry](journal)
        self.sealed = Shelf[str, EvidenceEntry](journal)
        self.seals = Shelf[int, Seal](journal)
        self.by_entry = Shelf[str, Seal](journal)
        self.checkpoints = Shelf[str, Checkpoint](journal)


class MemoryEvidenceEntries:
    """`consentguard.ports.EvidenceEntries` in memory."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment

    def add(self, entry: EvidenceEntry) -> None:
        """Keep an entry."""
        with self._segment.journal.atomic():
            if entry.id in self._segment.sealed:
                raise StoreError("this entry is sealed already", hint="each entry has an id of its own")
            self._segment.waiting.add(entry.id, entry)

    def find(self, id: str) -> EvidenceEntry | None:  # noqa: A002 - the port's own word
        """The entry with this id."""
        with self._segment.journal.atomic():
            return self._segment.waiting.get(id) or self._segment.sealed.get(id)

    def about(self, act: str, subjects: Sequence[str]) -> Sequence[EvidenceEntry]:
        """The entries of one act about these pseudonyms, the newest first."""
        wanted = set(subjects) - {EVERYONE}
        found = (entry for entry in self._all() if entry.act == act and entry.subject in wanted)
        return sorted(found, key=lambda entry: (entry.at, entry.id), reverse=True)

    def tally(self, act: str, since: dt.datetime) -> Sequence[Tally]:
        """How many entries of one act say the same, by day, version and details."""
        found = (entry for entry in self._all() if entry.act == act and entry.at >= since)
        counts = Counter((entry.at.astimezone(dt.UTC).date(), entry.version, entry.details) for entry in found)
        return [Tally(*key, count) for key, count in sorted(counts.items())]

    def unsealed(self, since: dt.datetime | None, limit: int) -> Sequence[EvidenceEntry]:
        """The oldest entries that no seal covers."""
        waiting = self._segment.waiting.all()
        recent = waiting if since is None else [entry for entry in waiting if entry.at >= since]
        return nsmallest(limit, recent, key=lambda entry: (entry.at, entry.id))

    def waiting(self) -> int:
        """How many entries no seal covers."""
        return len(self._segment.waiting)

    def under(self) -> Mapping[int, int]:
        """How many entries each key of the keyring made the keyed hash of."""
        return Counter(entry.key_id for entry in self._all())

    def _all(self) -> Iterator[EvidenceEntry]:
        with self._segment.journal.atomic():
            yield from [*self._segment.waiting.all(), *self._segment.sealed.all()]


class MemoryEvidenceSeals:
    """`consentguard.ports.EvidenceSeals` in memory."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment

    def last(self) -> Seal | None:
        """The newest seal."""
        return max(self._segment.seals.all(), key=lambda seal: seal.sequence, default=None)

    def extend(self, seals: Sequence[Seal]) -> bool:
        """Append seals, all or none."""
        segment = self._segment
        with segment.journal.alone():
            if any(seal.sequence in segment.seals or seal.entry in segment.by_entry for seal in seals):
                return False
            for seal in seals:
                segment.seals.add(seal.sequence, seal)
                segment.by_entry.add(seal.entry, seal)
                if entry := segment.waiting.get(seal.entry):
                    segment.sealed.add(entry.id, entry)
                    segment.waiting.drop(entry.id)
            return True

    def read(self, after: int, limit: int) -> Sequence[tuple[Seal, EvidenceEntry | None]]:
        """The seals after a sequence, each with its entry."""
        with self._segment.journal.atomic():
            later = [seal for seal in self._segment.seals.all() if seal.sequence > after]
            portion = nsmallest(limit, later, key=lambda seal: seal.sequence)
            return [(seal, self._segment.sealed.get(seal.entry)) for seal in portion]

    def checkpoint(self) -> Checkpoint | None:
        """What the last `prune` left."""
        return self._segment.checkpoints.get(CHECKPOINT)

    def prune(self, checkpoint: Checkpoint) -> int:
        """Remove the seals up to the checkpoint's with their entries, and keep the checkpoint."""
        segment = self._segment
        with segment.journal.atomic():
            seal = segment.seals.get(checkpoint.sequence)
            if seal is None or seal.hash != checkpoint.hash:
                raise StoreError(
                    f"no seal {checkpoint.sequence} with the checkpoint's hash is there; nothing was removed",
                    hint="look at the chain with `consentguard evidence verify`",
                )
            segment.checkpoints.put(CHECKPOINT, checkpoint)
            going = [each for each in segment.seals.all() if each.sequence <= checkpoint.sequence]
            for each in going:
                segment.seals.drop(each.sequence)
                segment.by_entry.drop(each.entry)
            return sum(segment.sealed.drop(each.entry) for each in going)
