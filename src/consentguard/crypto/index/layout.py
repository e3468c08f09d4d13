"""Where the digests of a value stand in its column, so that the database itself can take them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from consentguard.crypto.errors import TamperedError
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.kinds import Index

Slot = Literal["a", "b"]

ONLY_A, ONLY_B, BOTH = 0x10, 0x11, 0x12
"""The first byte of a stored value with digests. That of a sealed value alone, its version, is none of them."""
_FILLED = {ONLY_A: "a", ONLY_B: "b", BOTH: "ab"}


class Split(NamedTuple):
    """How a stored value begins: the bytes before the sealed value, and the block of each slot that is filled."""

    head_length: int
    a: bytes | None
    b: bytes | None


class _Dialect(NamedTuple):
    """How a database takes bytes out of a column, counted from 1, and how it writes bytes."""

    part: str
    rest: str
    literal: str


_SUBSTR = _Dialect("substr({column}, {at}, {length})", "substr({column}, {at})", "x'{hex}'")
_DIALECTS = {
    "sqlite": _SUBSTR,
    "mysql": _SUBSTR,
    "mariadb": _SUBSTR,
    # '\x10' would mean other bytes to a session without standard_conforming_strings
    "postgresql": _Dialect(
        "substring({column} from {at} for {length})", "substring({column} from {at})", "decode('{hex}', 'hex')"
    ),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The place of each digest of a column, by the order in which its indexes are declared.

    A stored value is one byte that says which slots are filled, the block of slot a, of b, or of both in this order,
    and the sealed value. A block is one digest for each index, of its own fixed width: zero bytes where a value has
    none. Both slots are filled only while indexes go over to another key, so that what is unique stays so. Without
    digests, as after `clear_sql`, a stored value is the sealed one alone.

    `width` is the bytes of a block. Raises SearchError for no index, and where two have one name.
    """

    indexes: tuple[Index, ...]
    width: int = field(init=False)
    _offsets: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        offsets: dict[str, int] = {}
        width = 0
        for index in self.indexes:
            if index.name in offsets:
                raise SearchError(f"a column has the index {index.name} twice", hint="drop one of them")
            offsets[index.name] = width
            width += index.width
        if not offsets:
            raise SearchError("a layout is that of one index or more")
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "_offsets", offsets)

    def block(self, digests: Sequence[bytes | None]) -> bytes:
        """The block of one slot, from the digest of each index or None, in the order of the indexes."""
        pairs = zip(self.indexes, digests, strict=True)
        return b"".join([digest or bytes(index.width) for index, digest in pairs])

    def compose(self, a: bytes | None, b: bytes | None) -> bytes:
        """What stands before the sealed value, from the block of each slot that is filled; empty for none."""
        if a is None:
            return b"" if b is None else bytes((ONLY_B,)) + b
        return bytes((ONLY_A,)) + a if b is None else bytes((BOTH,)) + a + b

    def split(self, stored: bytes) -> Split:
        """How a stored value begins; a sealed value alone has no head. Raises TamperedError for one that is cut off.

        The blocks are as found: nothing vouches for them but that they are those of the opened value.
        """
        slots = _FILLED.get(stored[0]) if stored else None
        if slots is None:
            return Split(0, None, None)
        middle = 1 + self.width
        end = middle + self.width if slots == "ab" else middle
        if len(stored) <= end:
            raise TamperedError("a value is cut off within its digests", hint="restore it from a copy")
        first, last = stored[1:middle], stored[end - self.width : end]
        return Split(end, first if "a" in slots else None, last if "b" in slots else None)

    def generated(self, index: Index, slot: Slot, column_sql: str, dialect: str) -> str:
        """The SQL of a generated column: the digest of one index in one slot, NULL where there is none.

        `column_sql` is the quoted column of stored values (BLOB, bytea), `dialect` "sqlite", "postgresql", "mysql" or
        "mariadb". The generated column is of that width: BLOB, bytea or VARBINARY. Raises SearchError for another
        dialect.
        """
        sql = _dialect(dialect)
        alone = 2 + self._offsets[index.name]  # bytes count from 1, and the first says which slots are filled
        both = alone if slot == "a" else alone + self.width
        ways = {ONLY_A if slot == "a" else ONLY_B: alone, BOTH: both}
        parts = {first: sql.part.format(column=column_sql, at=at, length=index.width) for first, at in ways.items()}
        return f"nullif({_case(sql, column_sql, parts)} END, {_bytes(sql, bytes(index.width))})"

    def clear_sql(self, column_sql: str, dialect: str) -> str:
        """The SQL of a stored value without its digests, for one UPDATE of many rows. Raises SearchError as above."""
        sql = _dialect(dialect)
        ways = {ONLY_A: 2 + self.width, ONLY_B: 2 + self.width, BOTH: 2 + 2 * self.width}
        parts = {first: sql.rest.format(column=column_sql, at=at) for first, at in ways.items()}
        return f"{_case(sql, column_sql, parts)} ELSE {column_sql} END"


def _case(sql: _Dialect, column_sql: str, parts: dict[int, str]) -> str:
    """The beginning of a CASE over the first byte of a column."""
    first = sql.part.format(column=column_sql, at=1, length=1)
    ways = (f"WHEN {_bytes(sql, bytes((byte,)))} THEN {part}" for byte, part in parts.items())
    return f"CASE {first} {' '.join(ways)}"


def _bytes(sql: _Dialect, value: bytes) -> str:
    return sql.literal.format(hex=value.hex())


def _dialect(name: str) -> _Dialect:
    if name not in _DIALECTS:
        raise SearchError(f"search over encrypted columns is not made for {name}", hint=", ".join(sorted(_DIALECTS)))
    return _DIALECTS[name]
