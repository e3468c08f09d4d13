"""Where the digests of a value stand in its column, so that the database itself can take them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from consentguard.crypto.errors import TamperedError
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.kinds import Index
from consentguard.crypto.slots import Slot

ONLY_A, ONLY_B, BOTH = 0x10, 0x11, 0x12
"""The first byte of a stored value with digests. That of a sealed value alone, its version, is none of them."""
FIRST_BYTES = tuple(bytes((byte,)) for byte in (ONLY_A, ONLY_B, BOTH))
BEFORE_DIGESTS = 2
"""The bytes before the digests: which slots are filled, and the length of what follows up to the sealed value."""
_NONE = b"\0"
MOST_WIDTH = 63
"""The bytes that the digests of one slot may take: those of both have a length that is one ASCII character."""
Digests = Sequence[bytes | None]
"""The digest of each index, in their order; None where a value has no term for it."""


class _Dialect(NamedTuple):
    """How a database takes bytes out of a column, counted from 1, how it writes bytes, and puts them together."""

    part: str
    without_head: str
    literal: str
    joined: str


_SQLITE = _Dialect(
    "substr({column},{at},{length})",  # Django takes what stands between a comma and a space for a column of SQLite
    "substr({column}, 3 + coalesce(unicode(CAST(substr({column}, 2, 1) AS TEXT)), 0))",  # which has none for zero
    "x'{hex}'",
    "CAST({one} || {two} || {three} AS BLOB)",
)
_MARIADB = _SQLITE._replace(
    without_head="substr({column}, 3 + ascii(substr({column}, 2, 1)))", joined="concat({one}, {two}, {three})"
)
_DIALECTS = {
    "sqlite": _SQLITE,
    "mysql": _MARIADB,
    "mariadb": _MARIADB,
    # '\x10' would mean other bytes to a session without standard_conforming_strings
    "postgresql": _Dialect(
        "substring({column} from {at} for {length})",
        "substring({column} from 3 + get_byte({column}, 1))",
        "decode('{hex}', 'hex')",
        "{one} || {two} || {three}",
    ),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The place of each digest of a column, by the order in which its indexes are declared.

    A stored value is one byte that says which slots are filled, one with the length of the digests, the digests, and
    the sealed value. Each digest has its index's fixed width: zero bytes where a value has none. With both slots
    filled, which is so only while indexes go over to another key, the digest of slot b follows that of slot a. So an
    index that is declared after the others moves none of them, and a value that was stored before it says so by its
    length. The length is zero where digests were taken out for good: see `without_digests`. A value that was stored
    before the column had any index is the sealed one alone.

    `width` is the bytes of one slot's digests. Raises SearchError for no index, where two have one name, and for more
    than MOST_WIDTH bytes.
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
        if not 0 < width <= MOST_WIDTH:
            hint = "fewer, or shorter ones: `consentguard indexes plan` says how many bits are enough"
            raise SearchError(f"the digests of a column take 1 to {MOST_WIDTH} bytes, not {width}", hint=hint)
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "_offsets", offsets)

    def compose(self, a: Digests | None, b: Digests | None) -> bytes:
        """What stands before the sealed value, from the digests of each slot that is filled; empty for none."""
        filled = [list(self._padded(digests)) for digests in (a, b) if digests is not None]
        if not filled:
            return b""
        joined = b"".join(chain.from_iterable(zip(*filled, strict=True)))
        first = BOTH if len(filled) > 1 else ONLY_B if a is None else ONLY_A
        return bytes((first, len(joined))) + joined

    def place(self, index: Index) -> int:
        """How many bytes of other digests stand before those of an index, in each slot."""
        return self._offsets[index.name]

    def generated(self, index: Index, slot: Slot, column_sql: str, dialect: str) -> str:
        """As `digest_sql`, for an index of this column."""
        return digest_sql(index, slot, self.place(index), column_sql, dialect)

    def _padded(self, digests: Digests) -> Iterator[bytes]:
        return (digest or bytes(index.width) for index, digest in zip(self.indexes, digests, strict=True))


def digest_sql(index: Index, slot: Slot, place: int, column_sql: str, dialect: str) -> str:
    """The SQL of a generated column: the digest of one index in one slot, NULL where there is none.

    `place` is as `Layout.place` gives it, `column_sql` the quoted column of stored values (BLOB, bytea), `dialect`
    "sqlite", "postgresql", "mysql" or "mariadb". The generated column is of the index's width: BLOB, bytea or
    VARBINARY. Raises SearchError for another dialect.
    """
    sql = _dialect(dialect)
    end = place + index.width
    alone = _way(sql, column_sql, (ONLY_A if slot == "a" else ONLY_B, end, place, index.width))
    both = _way(sql, column_sql, (BOTH, 2 * end, 2 * place + (0 if slot == "a" else index.width), index.width))
    return f"nullif(CASE {alone} {both} END, {_bytes(sql, bytes(index.width))})"


def head_length(stored: bytes) -> int:
    """How many bytes stand before the sealed value; none before a sealed value alone.

    Raises TamperedError for a value that ends before its digests do.
    """
    if stored[:1] not in FIRST_BYTES:
        return 0
    length = BEFORE_DIGESTS + stored[1] if len(stored) > 1 else BEFORE_DIGESTS
    if len(stored) <= length:
        raise TamperedError("a value is cut off within its digests", hint="restore it from a copy")
    return length


def has_digests(stored: bytes) -> bool:
    """Whether digests stand before the sealed value, or what was changed to look so."""
    return stored[:1] in FIRST_BYTES and len(stored) > 1


def without_digests(stored: bytes) -> bytes:
    """What is left of a value that nothing may find any more: the same, with a length of its digests that is zero."""
    return stored[:1] + _NONE + stored[BEFORE_DIGESTS + stored[1] :] if has_digests(stored) else stored


def is_cleared(stored: bytes) -> bool:
    """Whether the digests of a value were taken out, or those of one that begins so."""
    return has_digests(stored) and stored[1:BEFORE_DIGESTS] == _NONE


def beginning(stored: bytes, length: int) -> bytes:
    """What a stored value begins with: the two bytes before its digests, if it has any, and so much of the sealed."""
    start = BEFORE_DIGESTS + stored[1] if has_digests(stored) else 0
    return stored[: BEFORE_DIGESTS if start else 0] + stored[start : start + length]


def beginning_sql(column_sql: str, length: int, dialect: str) -> tuple[str, str]:
    """The SQL of the two parts of `beginning`, the first empty without digests. Raises SearchError as above."""
    sql = _dialect(dialect)
    before = sql.part.format(column=column_sql, at=1, length=BEFORE_DIGESTS)
    has_digests = _has_digests(sql, column_sql)
    sealed = sql.part.format(column=_without_digests(sql, column_sql), at=1, length=length)
    return f"CASE WHEN {has_digests} THEN {before} ELSE {_bytes(sql, b'')} END", sealed


def clearing_sql(column_sql: str, dialect: str) -> tuple[str, str]:
    """The SQL of `without_digests`, and of what holds for a value that still has some: for one UPDATE of many rows.

    Raises SearchError as above.
    """
    sql = _dialect(dialect)
    first, length = (sql.part.format(column=column_sql, at=at, length=1) for at in (1, 2))
    cleared = sql.joined.format(one=first, two=_bytes(sql, _NONE), three=sql.without_head.format(column=column_sql))
    has_some = f"{_has_digests(sql, column_sql)} AND {length} <> {_bytes(sql, _NONE)}"
    return f"CASE WHEN {has_some} THEN {cleared} ELSE {column_sql} END", has_some


def _way(sql: _Dialect, column: str, place: tuple[int, int, int, int]) -> str:
    """One branch of the CASE: for a first byte and a least length of the digests, those bytes of them."""
    byte, least, start, width = place
    first, length = (sql.part.format(column=column, at=at, length=1) for at in (1, 2))
    found = sql.part.format(column=column, at=BEFORE_DIGESTS + 1 + start, length=width)
    return f"WHEN {first} = {_bytes(sql, bytes((byte,)))} AND {length} >= {_bytes(sql, bytes((least,)))} THEN {found}"


def _has_digests(sql: _Dialect, column: str) -> str:
    heads = ", ".join(_bytes(sql, each) for each in FIRST_BYTES)
    return f"{sql.part.format(column=column, at=1, length=1)} IN ({heads}) AND length({column}) > 1"


def _without_digests(sql: _Dialect, column: str) -> str:
    rest = sql.without_head.format(column=column)
    return f"CASE WHEN {_has_digests(sql, column)} THEN {rest} ELSE {column} END"


def _bytes(sql: _Dialect, value: bytes) -> str:
    return sql.literal.format(hex=value.hex())


def _dialect(name: str) -> _Dialect:
    if name not in _DIALECTS:
        raise SearchError(f"search over encrypted columns is not made for {name}", hint=", ".join(sorted(_DIALECTS)))
    return _DIALECTS[name]
