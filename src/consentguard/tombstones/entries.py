"""Entries of the ledger: each as one line of JSON, with a keyed hash that only a holder of the keyring can make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import msgspec

from consentguard.ports import Ledger, LedgerError, Macs
from consentguard.records import Tombstone

_bytes = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(Tombstone).decode
_RESTORE = "put a copy of the ledger back that nobody changed; nothing was erased or replayed"


def written(tombstones: Iterable[Tombstone]) -> bytes:
    """Entries as JSON Lines."""
    return b"".join(_bytes(tombstone) + b"\n" for tombstone in tombstones)


def parsed(lines: Iterable[bytes], where: str) -> Iterator[Tombstone]:
    """The entries of such lines; `where` names in a message where they stand. Raises LedgerError for what is none."""
    for number, line in enumerate(lines, 1):
        try:
            yield _read(line)
        except msgspec.DecodeError as error:
            raise LedgerError(f"line {number} of the ledger {where} is no entry", hint=_RESTORE) from error


@dataclass(frozen=True, slots=True)
class Book:
    """A ledger whose entries are signed when they are written, and held against their signature when they are read."""

    ledger: Ledger
    macs: Macs

    def write(self, tombstones: Iterable[Tombstone]) -> None:
        """Durable. Sign entries and keep them. Raises LedgerError."""
        self.ledger.append(tuple(map(self._signed, tombstones)))

    def read(self, after: str = "") -> Iterator[Tombstone]:
        """The entries in the order of their ids, or those behind an id.

        Raises LedgerError, which names the entry, where one was forged or changed, or its key is gone.
        """
        for each in self.ledger.read(after):
            if not self.macs.check(each.key_id, _signed_bytes(each), each.mac):
                raise LedgerError(f"entry {each.id} of the ledger was not written by this site", hint=_RESTORE)
            yield each

    def _signed(self, tombstone: Tombstone) -> Tombstone:
        key_id, mac = self.macs.mac(_signed_bytes(tombstone))
        return replace(tombstone, key_id=key_id, mac=mac)


def _signed_bytes(tombstone: Tombstone) -> bytes:
    """What an entry's keyed hash is over: all of it but the hash, behind what it is."""
    return b"tombstone 1\n" + _bytes(replace(tombstone, key_id=0, mac=""))
