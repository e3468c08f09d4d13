"""What is hashed: the fields of an entry, of a link and of a checkpoint, as bytes that anybody can write again.

Each is a JSON array without spaces (its strings as RFC 8785 has them, its moments as RFC 3339 in UTC, with six digits
of a second unless they are zero), so that no two lists of fields are the same bytes. The first element says what it
is: the hash of one kind never passes for that of another.
"""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from typing import NamedTuple, Self

import msgspec

from consentguard.records import EvidenceEntry

_bytes = msgspec.json.Encoder().encode


class Head(NamedTuple):
    """A place in the chain: the sequence of a link and its hash."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        """Such as `1204:9f86d0...`: what is kept outside."""
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The head that `str()` wrote. Raises ValueError for anything else."""
        sequence, _, code = text.strip().partition(":")
        if not sequence.isdecimal() or len(code) != len(BEGINNING.hash) or set(code) - set("0123456789abcdef"):
            raise ValueError("a head is written SEQUENCE:HASH, the hash in 64 hex digits")
        return cls(int(sequence), code)


BEGINNING = Head(0, "0" * 64)
"""What the first link of a segment follows."""


def entry_bytes(entry: EvidenceEntry) -> bytes:
    """What an entry's keyed hash is over. The key's id is not in it: under another key the hash is another."""
    return _bytes(
        (
            "evidence entry 1",
            entry.id,
            entry.at,
            entry.segment,
            entry.act,
            entry.subject,
            entry.version,
            entry.details,
        )
    )


def seal_hash(sequence: int, previous: str, at: dt.datetime, entry: str, mac: str) -> str:
    """The hash of a link: SHA-256 in hex, without a key, so that whoever has an export can check the chain."""
    return sha256(_bytes(("evidence seal 1", sequence, previous, at, entry, mac))).hexdigest()


def checkpoint_bytes(segment: str, sequence: int, code: str, at: dt.datetime, removed: int) -> bytes:
    """What a checkpoint's keyed hash is over."""
    return _bytes(("evidence checkpoint 1", segment, sequence, code, at, removed))
