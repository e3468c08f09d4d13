"""Writes into the ledger who is erased and what is held, before it is; and which entries a database has seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from consentguard.datamap.map import DataMap
from consentguard.ports import Clock, Pseudonyms, Sealer, Stores
from consentguard.records import Bookmark, Hold, SubjectRef, Tombstone, new_id
from consentguard.tombstones.entries import Book
from consentguard.tombstones.known import homes, people

LEDGER = "ledger"
"""The bookmark that says which entry of the ledger is the last that a database has seen."""
_TICK = dt.timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerUndertaker:
    """`consentguard.ports.Undertaker` with a ledger.

    A database notes the id of an entry before the ledger has it, so that its bookmark is behind the ledger's last
    entry in one case alone: somebody put an older copy of the database back. It is not moved then until the entries
    between are replayed. An erasure that was under way when a copy was made stands open in that copy, and goes on.
    """

    book: Book
    data_map: DataMap
    stores: Stores
    pseudonyms: Pseudonyms
    sealer: Sealer
    clock: Clock

    def bury(self, people: Sequence[SubjectRef], addresses: Sequence[str], digest: str) -> tuple[str, ...]:
        """Durable. Write that these data subjects are erased under the plan of this digest."""
        self.stores.transactions.outside()
        shared = frozenset(map(self.pseudonyms.of_address, addresses))
        now = self.clock.now()
        return self._write([
            Tombstone(
                id="",
                act="erase",
                epoch=now,
                kind=ref.kind,
                subject=self.pseudonyms.of(ref),
                identities=tuple(sorted(shared | self._identities(ref))),
                digest=digest,
            )
            for ref in people
        ])  # fmt: skip

    def held(self, hold: Hold) -> None:
        """Durable. Write that a hold is placed."""
        self._note("hold", hold)

    def released(self, hold: Hold) -> None:
        """Durable. Write that a hold is released."""
        self._note("release", hold)

    def _note(self, act: Literal["hold", "release"], hold: Hold) -> None:
        self.stores.transactions.outside()
        sealed = self.sealer.seal(msgspec.json.encode(hold))
        self._write([Tombstone(id="", act=act, epoch=self.clock.now(), hold=sealed)])

    def _identities(self, ref: SubjectRef) -> frozenset[str]:
        """What the person's own row knows them by. Where a kind has several tables, a key alone does not say which."""
        mine = [home for home in homes(self.data_map) if home.kind == ref.kind]
        if len(mine) != 1:
            return frozenset()
        found = people(self.stores.dataset, self.pseudonyms, mine[0], [ref.key])
        return frozenset(each for person in found for each in person.identities)

    def _write(self, tombstones: Sequence[Tombstone]) -> tuple[str, ...]:
        """Give entries their ids, note the last of them, and write them."""
        if not tombstones:
            return ()
        numbered = [replace(each, id=own) for each, own in zip(tombstones, self._ids(len(tombstones)), strict=True)]
        self.book.write(numbered)
        return tuple(each.id for each in numbered)

    def _ids(self, number: int) -> Sequence[str]:
        """Ids behind the bookmark, whatever this machine's clock says; the bookmark is moved unless it lags behind."""
        while True:
            was = self.stores.bookmarks.find(LEDGER)
            ids = sorted(_new_ids(was, number, self.clock.now()))
            if lags(self.book, was) or self._moved(ids[-1], was):
                return ids

    def _moved(self, to: str, was: Bookmark | None) -> bool:
        with self.stores.transactions.atomic():
            return self.stores.bookmarks.put(Bookmark(name=LEDGER, value=to, at=self.clock.now()), was)


def lags(book: Book, bookmark: Bookmark | None) -> bool:
    """Whether the ledger has entries that a database with this bookmark has not seen."""
    return next(iter(book.ledger.read(bookmark.value if bookmark else "")), None) is not None


def _new_ids(was: Bookmark | None, number: int, now: dt.datetime) -> Iterator[str]:
    if was is not None:
        now = max(now, dt.datetime.fromtimestamp(int(was.value[:12], 16) / 1000, dt.UTC) + _TICK)
    return (new_id(now) for _ in range(number))


class NoUndertaker:
    """`consentguard.ports.Undertaker` where a site keeps no ledger: a restored backup brings back who was erased."""

    def bury(self, people: Sequence[SubjectRef], addresses: Sequence[str], digest: str) -> tuple[str, ...]:
        """Nothing is written."""
        return ()

    def held(self, hold: Hold) -> None:
        """Nothing is written."""

    def released(self, hold: Hold) -> None:
        """Nothing is written."""
