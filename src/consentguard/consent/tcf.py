"""Reads what a consent platform of the IAB's framework (TCF v2) keeps in a TC string. None is ever made here.

Only a platform that is registered with the IAB may make one, and only such a platform knows the list of vendors.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from dataclasses import dataclass

from consentguard.errors import ConsentGuardError

VERSION = 2
PURPOSES = 24
"""How many purposes the core segment has room for."""
LONGEST = 8192
"""Characters of a TC string at most: what is longer fits in no cookie and no header."""
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_BITS = {
    "version": 6,
    "created": 36,
    "updated": 36,
    "cmp_id": 12,
    "cmp_version": 12,
    "screen": 6,
    "language": 12,
    "vendor_list": 12,
    "policy": 6,
    "service_specific": 1,
    "stacks": 1,
    "special_features": 12,
    "purposes": PURPOSES,
}
"""The fields of the core segment up to the purposes that were consented to, with their bits, the first one first."""


class TcStringError(ConsentGuardError):
    """A text is no TC string of version 2, or breaks off before the purposes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TcString:
    """What the core segment says: which platform (`cmp_id`) keeps it, since when, and the `purposes` consented to, by
    their numbers in the framework (1 to 24).

    `policy` is the version of the framework's policies that the visitor was asked under.
    """

    version: int
    created: dt.datetime
    updated: dt.datetime
    cmp_id: int
    policy: int
    purposes: frozenset[int]

    @classmethod
    def read(cls, text: str) -> TcString:
        """What a TC string says, such as the cookie `euconsent-v2` holds. Raises TcStringError, which quotes nothing.

        It is not signed: whoever sends it may have written it, so it tells what a visitor wants and proves nothing.
        """
        found = _fields(_core(text))
        if found["version"] != VERSION:
            raise TcStringError(f"the TC string is of version {found['version']}", hint="version 2 is read")
        return cls(
            version=found["version"],
            created=_moment(found["created"]),
            updated=_moment(found["updated"]),
            cmp_id=found["cmp_id"],
            policy=found["policy"],
            purposes=frozenset(
                number for number in range(1, PURPOSES + 1) if found["purposes"] >> (PURPOSES - number) & 1
            ),
        )


def _core(text: str) -> str:
    """The first segment. The others are about single vendors."""
    core = text.partition(".")[0] if len(text) <= LONGEST else ""
    if not _SEGMENT.fullmatch(core):
        raise TcStringError(
            "the text is no TC string", hint="it begins with a segment in base64url without padding, as a CMP gives it"
        )
    if len(core) * 6 < sum(_BITS.values()):
        raise TcStringError("the TC string breaks off before the purposes", hint="read it as the CMP keeps it")
    return core


def _fields(core: str) -> dict[str, int]:
    content = base64.urlsafe_b64decode(core + "A" * (-len(core) % 4))  # "A" is six bits that are not set
    whole, left = int.from_bytes(content), len(content) * 8
    found = {}
    for name, bits in _BITS.items():
        left -= bits
        found[name] = whole >> left & (1 << bits) - 1
    return found


def _moment(tenths: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(tenths // 10, dt.UTC).replace(microsecond=tenths % 10 * 100_000)
