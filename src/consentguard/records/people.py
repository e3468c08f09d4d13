"""Who: a data subject, a place that a request belongs to; and the ids of what is kept of them."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass

EVERYONE = ""
"""The pseudonym of nobody in particular: a visitor who is not signed in, or an act of the site itself."""


def new_id(now: dt.datetime) -> str:
    """An identifier of 32 hex digits that sorts by time: UUID version 7 (RFC 9562 section 5.7) without its hyphens."""
    milliseconds = int(now.timestamp() * 1000).to_bytes(6, "big")
    chance = bytearray(os.urandom(10))
    chance[0] = chance[0] & 0x0F | 0x70
    chance[2] = chance[2] & 0x3F | 0x80
    return (milliseconds + bytes(chance)).hex()


@dataclass(frozen=True, slots=True)
class SubjectRef:
    """One data subject: the `kind` that the policy calls them, and the `key` of their row in the host's table."""

    kind: str
    key: str

    def __str__(self) -> str:
        """Such as `user:12`."""
        return f"{self.kind}:{self.key}"

    @classmethod
    def parse(cls, text: str) -> SubjectRef:
        """The reference that `str()` wrote. Raises ValueError for anything else."""
        kind, found, key = text.partition(":")
        if not (kind and found and key):
            raise ValueError("a reference to a data subject is written kind:key")
        return cls(kind, key)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request belongs: the name of the site whose policy holds, and the database that its facts go to."""

    site: str = "default"
    database: str = "default"
