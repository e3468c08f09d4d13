"""The audit of a segment: every hash is made again and held against the one that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from consentguard import ports
from consentguard.evidence.chain import BEGINNING, Head, checkpoint_bytes, entry_bytes, seal_hash
from consentguard.records import Checkpoint, EvidenceEntry, Seal

Reason = Literal[
    "changed entry",
    "missing entry",
    "foreign entry",
    "unknown key",
    "wrong link",
    "gap in sequences",
    "wrong checkpoint",
    "wrong head",
    "pruned head",
]


@dataclass(frozen=True, slots=True)
class Break:
    """A place that does not agree: of a link by its `sequence`, of an entry without a seal by `entry` alone.

    A changed entry is not as it was written; a missing one is gone; a foreign one was written in another segment; the
    key of one is not in the keyring, so that nothing can be said of it. A wrong link does not follow the one before,
    or is not over its entry; a gap is named by the first sequence that is not there. A wrong head is one kept
    outside that the chain does not pass through; a pruned one lies before the checkpoint, and cannot be held against
    anything.
    """

    sequence: int | None
    reason: Reason
    entry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What an audit found: how many links are `sealed`, how many entries were `checked` with their keys, what broke.

    `unsealed` entries wait for the sealer; each was checked as well, but that none of them is gone cannot be told.
    """

    sealed: int
    checked: int
    unsealed: int
    head: Head
    breaks: tuple[Break, ...]

    @property
    def sound(self) -> bool:
        """Whether everything agrees."""
        return not self.breaks


@dataclass(frozen=True, slots=True)
class Vouched:
    """One entry by itself: its link, None while it waits for one, and what is wrong with either, if anything."""

    entry: EvidenceEntry
    seal: Seal | None
    reason: Reason | None


class Audit:
    """One pass over a segment: given its links in order, portion by portion. It remembers only where it is."""

    def __init__(
        self, macs: ports.Macs, segment: str, checkpoint: Checkpoint | None = None, kept: Head | None = None
    ) -> None:
        self.head = Head(checkpoint.sequence, checkpoint.hash) if checkpoint else BEGINNING
        self.breaks: list[Break] = []
        self._macs = macs
        self._checkers: dict[int, Callable[[bytes, str], bool] | None] = {}
        self._segment = segment
        self._kept = kept
        self._sealed = self._checked = 0
        if checkpoint:
            self._begin(checkpoint)
        self._compare_head()

    def links(self, pairs: Iterable[tuple[Seal, EvidenceEntry | None]]) -> None:
        """Check the next links. The hot loop: what is right makes no objects."""
        sequence, previous = self.head
        kept = self._kept.sequence if self._kept else None
        for seal, entry in pairs:
            sequence += 1
            reason = self._wrong(seal, entry)
            if reason or seal.sequence != sequence or seal.previous != previous:
                self._name(sequence, seal, reason)
            self._sealed += 1
            sequence, previous = seal.sequence, seal.hash
            if sequence == kept:
                self.head = Head(sequence, previous)
                self._compare_head()
        self.head = Head(sequence, previous)

    def loose(self, entries: Iterable[EvidenceEntry]) -> None:
        """Check the entries that no seal covers yet."""
        for entry in entries:
            if reason := self._wrong_entry(entry):
                self.breaks.append(Break(None, reason, entry.id))

    def alone(self, entry: EvidenceEntry, seal: Seal | None) -> Vouched:
        """Check one entry, and its link where it has one, but for the place of that in the chain."""
        return Vouched(entry, seal, self._wrong(seal, entry) if seal else self._wrong_entry(entry))

    def outcome(self, unsealed: int) -> Verification:
        """What was found, the chain being at its end."""
        if self._kept:  # a chain that is shorter than it was
            self.breaks.append(Break(self._kept.sequence, "wrong head"))
        return Verification(
            sealed=self._sealed,
            checked=self._checked,
            unsealed=unsealed,
            head=self.head,
            breaks=tuple(self.breaks),
        )

    def _begin(self, checkpoint: Checkpoint) -> None:
        facts = checkpoint.sequence, checkpoint.hash, checkpoint.at, checkpoint.removed
        if not self._macs.check(checkpoint.key_id, checkpoint_bytes(self._segment, *facts), checkpoint.mac):
            self.breaks.append(Break(checkpoint.sequence, "wrong checkpoint"))

    def _compare_head(self) -> None:
        """Hold the head that was kept against the place that the audit has reached, once it is there."""
        if self._kept is None or self._kept.sequence > self.head.sequence:
            return
        if self._kept.sequence < self.head.sequence:
            self.breaks.append(Break(self._kept.sequence, "pruned head"))
        elif self._kept != self.head:
            self.breaks.append(Break(self._kept.sequence, "wrong head"))
        self._kept = None

    def _wrong(self, seal: Seal, entry: EvidenceEntry | None) -> Reason | None:
        """What is wrong with a link but for its place."""
        if entry is None:
            return "missing entry"
        if reason := self._wrong_entry(entry):
            return reason
        right = seal_hash(seal.sequence, seal.previous, seal.at, entry.id, entry.mac)
        return None if right == seal.hash else "wrong link"

    def _wrong_entry(self, entry: EvidenceEntry) -> Reason | None:
        try:
            check = self._checkers[entry.key_id]
        except KeyError:
            check = self._checkers[entry.key_id] = self._macs.checker(entry.key_id)
        if check is None:
            return "unknown key"
        self._checked += 1
        if not check(entry_bytes(entry), entry.mac):
            return "changed entry"
        return None if entry.segment == self._segment else "foreign entry"

    def _name(self, sequence: int, seal: Seal, reason: Reason | None) -> None:
        """List a link that is wrong, or that is not the one of this sequence, or does not follow the one before."""
        if seal.sequence != sequence:
            self.breaks.append(Break(sequence, "gap in sequences"))  # and nothing says what the link should follow
        elif reason is None:
            reason = "wrong link"
        if reason:
            self.breaks.append(Break(seal.sequence, reason, seal.entry))
