"""Evidence: that something was done is taken down with the act, and chained soon after, so that a change is found."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

import msgspec
import rfc8785

from consentguard import jobs, ports
from consentguard.errors import ConsentGuardError
from consentguard.evidence.audit import Audit, Break, Reason, Verification, Vouched
from consentguard.evidence.chain import BEGINNING, Head, checkpoint_bytes, entry_bytes, seal_hash
from consentguard.evidence.thread import SealerThread
from consentguard.records import EVERYONE, Checkpoint, EvidenceEntry, Seal, new_id

__all__ = ["Break", "Evidence", "EvidenceError", "Head", "Reason", "SealerThread", "Verification", "Vouched"]

PORTION = 5_000
"""How many links are read at once to verify, export and prune."""
LATE = dt.timedelta(days=2)
"""How much later than its neighbours an entry may become visible and still be met by the next run of the sealer."""
_ACT = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")


def _silent(links: int) -> None:
    """Nobody asked how far an audit is."""


class EvidenceError(ConsentGuardError):
    """What was to be taken down is no evidence."""


class Evidence:
    """The acts of one segment: `ports.Witness`, and whoever seals, verifies, exports and prunes what it took down.

    An entry is written with its own keyed hash in the transaction of its act, and waits for nobody. The chain is made
    afterwards, by `seal`, in the order in which entries are found: an entry's id and time say when it was written,
    but not when its transaction ended, so that no order known at writing is the one in which entries appear.
    """

    def __init__(
        self, *, stores: ports.Stores, macs: ports.Macs, clock: ports.Clock, version: Callable[[], str]
    ) -> None:
        self._stores = stores
        self._macs = macs
        self._clock = clock
        self._version = version

    def record(self, act: str, subject: str = EVERYONE, **details: str | int | bool | None) -> None:
        """Joined. Add an entry: `act` as `noun.verb_past`, the pseudonym it concerns, and plain facts about it.

        Raises EvidenceError for an act or a detail that cannot be taken down; it never quotes the detail.
        """
        self.record_once(new_id(self._clock.now()), act, subject, **details)

    def record_once(
        self,
        entry_id: str,
        act: str,
        subject: str,
        after: dt.datetime | None = None,
        /,
        **details: str | int | bool | None,
    ) -> EvidenceEntry:
        """Joined. As `record`, under an id of the act's own: 32 hex digits. Raises StoreError where it is there.

        Its moment is later than `after`, though this machine's clock be behind that of another.
        """
        at = self._now() if after is None else max(self._now(), after.astimezone(dt.UTC) + dt.timedelta.resolution)
        return self._write(entry_id, act, subject, at, details)

    def import_once(
        self, entry_id: str, act: str, subject: str, at: dt.datetime, /, **details: str | int | bool | None
    ) -> EvidenceEntry:
        """Joined. As `record_once`, for an act of the past that another system took down.

        Its details say on which day it came here (`imported`), whatever the caller says: nobody passes it off as
        written when it happened, and its seal tells the same. `seal(everything=True)` finds it. Raises EvidenceError
        for a moment that is not past.
        """
        now = self._now()
        if at >= now:
            raise EvidenceError(f"{act}: only what is past can be imported")
        return self._write(entry_id, act, subject, at.astimezone(dt.UTC), {**details, "imported": f"{now:%Y-%m-%d}"})

    def seal(self, portion: int = 1_000, *, everything: bool = False) -> int:
        """Durable. Chain the entries that wait, `portion` at a time; how many were.

        Where another sealer is at work, it goes on and this one stops. Entries more than two days older than the one
        sealed last are looked for with `everything` only: a transaction can stay open as long, but hardly any does,
        and a run need not search a segment's whole past. Raises InsideTransactionError.
        """
        self._stores.transactions.outside()
        head, since, sealed = self.head(), None if everything else self._since(), 0
        while waiting := self._stores.entries.unsealed(since, portion):
            seals = _links(head, waiting, self._clock.now())
            if not self._stores.seals.extend(seals):
                break
            head, sealed = Head(seals[-1].sequence, seals[-1].hash), sealed + len(seals)
            if len(waiting) < portion:
                break
        jobs.ran(self._stores, "seal", self._clock.now())
        return sealed

    def head(self) -> Head:
        """Where the chain ends: what to keep outside this database, and to hold against it later."""
        end = self._stores.seals.last() or self._stores.seals.checkpoint()
        return Head(end.sequence, end.hash) if end else BEGINNING

    def length(self) -> int:
        """How many links there are to verify, by the sequences of the first and the last."""
        checkpoint = self._stores.seals.checkpoint()
        return self.head().sequence - (checkpoint.sequence if checkpoint else 0)

    def verify(self, kept: Head | None = None, *, progress: Callable[[int], None] = _silent) -> Verification:
        """Recompute every hash, of all entries and of the chain, and list each place that does not agree.

        `kept` is a head that was kept outside: history was rewritten where the chain does not pass through it.
        `progress` is told the number of links after each portion.
        """
        while True:
            checkpoint = self._stores.seals.checkpoint()
            found = self._audit(checkpoint, kept, progress)
            if found.sound or checkpoint == self._stores.seals.checkpoint():
                return found  # else entries were pruned meanwhile, and the gap may be theirs

    def vouch(self, entry_id: str, *, progress: Callable[[int], None] = _silent) -> Vouched | None:
        """Make the hashes of one entry and of its link again; None where there is no such entry.

        The links are gone through until its own is met, and `progress` is told of them. Whether nobody removed or
        added anything around it, only `verify` can tell.
        """
        entry = self._stores.entries.find(entry_id)
        if entry is None:
            return None
        audit = Audit(self._macs, self._stores.name)
        for pairs in self._portions(-1):
            progress(len(pairs))
            for seal, _ in pairs:
                if seal.entry == entry_id:
                    return audit.alone(entry, seal)
        return audit.alone(entry, None)

    def export(self) -> Iterator[str]:
        """The segment as JSON Lines: a header, each seal with its entry, then the entries without a seal.

        Read in portions, while others write: an entry that is sealed meanwhile comes once more, with its seal.
        """
        checkpoint, head = self._stores.seals.checkpoint(), self.head()
        yield _line(consentguard="evidence 1", segment=self._stores.name, checkpoint=checkpoint, head=head)
        last = -1
        for pairs in self._portions(last):
            last = pairs[-1][0].sequence
            yield from (_line(seal=seal, entry=entry) for seal, entry in pairs)
        yield from (_line(seal=None, entry=entry) for entry in self._tail())
        for pairs in self._portions(last):
            yield from (_line(seal=seal, entry=entry) for seal, entry in pairs)

    def prunable(self, before: dt.datetime) -> Checkpoint | None:
        """The checkpoint that `prune` would leave: nothing is removed. None where no link is old enough."""
        return self._prefix(before)[0]

    def prune(self, before: dt.datetime) -> Checkpoint | None:
        """Remove the links from the first on, with their entries, until one is met that is not older than `before`.

        The checkpoint that it leaves is what the chain goes on from; None where no link is old enough. That it was
        done is evidence itself, and so is how many links were broken: retention goes on, and hides nothing.
        """
        checkpoint, broken = self._prefix(before)
        if checkpoint is None:
            return None
        with self._stores.transactions.atomic():
            self._stores.seals.prune(checkpoint)
            sequence, removed = checkpoint.sequence, checkpoint.removed
            self.record("evidence.pruned", sequence=sequence, removed=removed, broken=broken)
        return checkpoint

    def _write(
        self, entry_id: str, act: str, subject: str, at: dt.datetime, details: Mapping[str, object]
    ) -> EvidenceEntry:
        if not _ACT.fullmatch(act):
            raise EvidenceError(f"{act!r} is no act", hint="an act is written noun.verb_past, such as consent.recorded")
        entry = EvidenceEntry(
            id=entry_id,
            at=at,
            segment=self._stores.name,
            act=act,
            subject=subject,
            version=self._version(),
            details=_canonical(act, details),
            key_id=0,
            mac="",
        )
        key_id, mac = self._macs.mac(entry_bytes(entry))
        entry = replace(entry, key_id=key_id, mac=mac)
        self._stores.entries.add(entry)
        return entry

    def _now(self) -> dt.datetime:
        return self._clock.now().astimezone(dt.UTC)

    def _audit(self, checkpoint: Checkpoint | None, kept: Head | None, progress: Callable[[int], None]) -> Verification:
        audit = Audit(self._macs, self._stores.name, checkpoint, kept)
        for pairs in self._portions(-1):
            audit.links(pairs)
            progress(len(pairs))
        audit.loose(self._tail())
        return audit.outcome(self._stores.entries.waiting())

    def _prefix(self, before: dt.datetime) -> tuple[Checkpoint | None, int]:
        """The checkpoint of the links that are old enough, and how many of them are broken."""
        audit = Audit(self._macs, self._stores.name, self._stores.seals.checkpoint())
        sealed = removed = 0
        for pairs in self._portions(-1):
            # the entry of a broken link may be gone: it was written before it was sealed
            old = list(takewhile(lambda pair: (pair[1] or pair[0]).at < before, pairs))
            audit.links(old)
            sealed, removed = sealed + len(old), removed + sum(entry is not None for _, entry in old)
            if len(old) < len(pairs):
                break
        return self._checkpoint(audit.head, removed) if sealed else None, len(audit.breaks)

    def _checkpoint(self, head: Head, removed: int) -> Checkpoint:
        now = self._clock.now().astimezone(dt.UTC)
        key_id, mac = self._macs.mac(checkpoint_bytes(self._stores.name, head.sequence, head.hash, now, removed))
        return Checkpoint(sequence=head.sequence, hash=head.hash, at=now, removed=removed, key_id=key_id, mac=mac)

    def _since(self) -> dt.datetime | None:
        """From when on the sealer looks for entries: None, for all of them, where nothing says what is sealed."""
        last = self._stores.seals.last()
        sealed = self._stores.seals.read(last.sequence - 1, 1) if last else ()
        # of the entry and not of the seal alone: a run may have ended in the midst of a long queue; and of the seal
        # too, since an entry whose clock was ahead must not hide those after it
        return next((min(entry.at, seal.at) - LATE for seal, entry in sealed if entry), None)

    def _portions(self, after: int) -> Iterator[list[tuple[Seal, EvidenceEntry | None]]]:
        while pairs := list(self._stores.seals.read(after, PORTION)):
            yield pairs
            after = pairs[-1][0].sequence

    def _tail(self) -> Iterator[EvidenceEntry]:
        """The entries without a seal, in portions that begin at the moment at which the one before ended."""
        since: dt.datetime | None = None
        seen: set[str] = set()
        most = PORTION
        while True:
            found = self._stores.entries.unsealed(since, most)
            new = [entry for entry in found if entry.id not in seen]
            yield from new
            if len(found) < most:
                return
            if not new:
                most *= 2  # a whole portion of one moment
            since = found[-1].at
            seen = {entry.id for entry in found if entry.at == since}


def _canonical(act: str, details: Mapping[str, object]) -> str:
    """The details as RFC 8785 has them. Raises EvidenceError."""
    facts: dict[str, str | int | bool | None] = {}
    for name, value in details.items():
        if value is not None and not isinstance(value, (str, int)):
            hint = "a detail is a text, a whole number, True, False or None"
            raise EvidenceError(f"{act}: the detail {name!r} is of the type {type(value).__name__}", hint=hint)
        facts[name] = value
    try:
        return rfc8785.dumps(facts).decode()
    except rfc8785.CanonicalizationError:
        hint = "texts are Unicode, and whole numbers lie between -(2**53 - 1) and 2**53 - 1"
        raise EvidenceError(f"{act}: a detail cannot be written as canonical JSON", hint=hint) from None


def _links(head: Head, entries: Iterable[EvidenceEntry], now: dt.datetime) -> list[Seal]:
    """The seals that chain these entries to the head."""
    sequence, previous, at = head.sequence, head.hash, now.astimezone(dt.UTC)
    seals = []
    for entry in entries:
        sequence += 1
        made = seal_hash(sequence, previous, at, entry.id, entry.mac)
        seals.append(Seal(sequence=sequence, entry=entry.id, previous=previous, hash=made, at=at))
        previous = made
    return seals


def _line(**facts: object) -> str:
    return msgspec.json.encode(facts).decode() + "\n"
