"""How long an index should be, what a question then costs, and what its digests tell whoever reads the database."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from consentguard.crypto.index.digest import MOST_BITS, width_of
from consentguard.crypto.index.errors import SearchError

Kind = Literal["exact", "truncated", "prefix", "last", "domain", "compound"]

FEWEST_VALUES = 16
"""Of fewer different values an index is refused: how often each comes tells which it is."""
FEW_VALUES = 1024
"""Of fewer different values there are statistics, which say how often each comes."""
_SYMBOLS = {"prefix": 26, "last": 10}
"""How many letters or digits there are, at most, for each place of what is digested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An index of `bits` bits on a table of `rows` rows, in numbers.

    `values` is how many different texts are digested, `length` the letters of a prefix or the last digits, `indexes`
    how many there are on the column, `commonest` the share of rows, 0 to 1, that have the value that comes most often.
    """

    kind: Kind
    rows: int
    values: int
    bits: int
    length: int = 0
    indexes: int = 1
    commonest: float = 0

    @property
    def width(self) -> int:
        """The bytes that each row grows by."""
        return width_of(self.bits)

    @property
    def entropy(self) -> float:
        """The bits that there are to know of a row's value, at most."""
        return math.log2(min(self.values, self.rows))

    @property
    def told(self) -> float:
        """The bits of them that the digest tells."""
        return min(self.bits, self.entropy)

    @property
    def meant(self) -> float:
        """The rows that a question for a value that is there finds, on average."""
        return self.rows / min(self.values, self.rows)

    @property
    def opened(self) -> float:
        """The rows that such a question opens, on average: those that are meant, and those of equal digest."""
        return self.meant + (self.rows - self.meant) / math.exp2(self.bits)

    @property
    def in_vain(self) -> float:
        """The share, 0 to 1, of the opened rows that are not meant."""
        return 1 - self.meant / self.opened

    @property
    def coincidences(self) -> float:
        """How many rows have all digests of a row, if each index of the column tells as much as this one."""
        return self.rows / math.exp2(self.indexes * self.told)

    @property
    def lasts_until(self) -> int | None:
        """The number of rows from which on the index is too short; None for one of full length."""
        return None if self.kind == "exact" else 1 << 2 * self.indexes * self.bits


def plan(
    rows: int,
    kind: Kind,
    *,
    length: int = 0,
    values: int | None = None,
    indexes: int = 1,
    commonest: float = 0,
    bits: int | None = None,
) -> Plan:
    """The plan of an index by the rule of CipherSweet, 2 <= C < sqrt(rows), where C is `Plan.coincidences`.

    The arguments are those of `Plan`. Without `values` each row has its own, or all that a prefix or last digits can be
    come alike often. With `bits` nothing is chosen, and the plan says what so many bits mean. Raises SearchError for
    numbers that cannot be, and for values so few that no index hides them.
    """
    _check(rows, kind, length, indexes, commonest)
    if values is None:
        values = _values(rows, kind, length)
    if values < FEWEST_VALUES and (values < rows or rows >= FEWEST_VALUES):
        raise SearchError(
            f"of only {values} different values an index tells which it is, by how often each comes",
            hint="do not index the column: open the rows and compare, or index it together with another",
        )
    if kind == "exact":
        bits = MOST_BITS
    if bits is None:
        bits = _bits(rows, values, indexes)
    if not 1 <= bits <= MOST_BITS:
        raise SearchError(f"an index has 1 to {MOST_BITS} bits, not {bits}")
    return Plan(kind=kind, rows=rows, values=values, bits=bits, length=length, indexes=indexes, commonest=commonest)


def _check(rows: int, kind: str, length: int, indexes: int, commonest: float) -> None:
    if kind not in get_args(Kind):
        raise SearchError(f"{kind!r} is no kind of index", hint=f"there are {', '.join(get_args(Kind))}")
    if rows < 1 or indexes < 1 or not 0 <= commonest <= 1:
        raise SearchError("rows and indexes are counted from 1, and the share of the commonest value is from 0 to 1")
    if (length > 0) != (kind in _SYMBOLS):
        needs = "needs a" if kind in _SYMBOLS else "has no"
        raise SearchError(f"an index of kind {kind} {needs} length")


def _values(rows: int, kind: str, length: int) -> int:
    if kind == "domain":
        hint = "count those of the addresses that you have"
        raise SearchError("how many domains there will be cannot be known from the rows", hint=hint)
    return _SYMBOLS[kind] ** length if kind in _SYMBOLS else rows


def _bits(rows: int, values: int, indexes: int) -> int:
    """As many as leave two rows or more to share all digests of a row, and two values or more to share a digest."""
    most = min((math.log2(rows) - 1) / indexes, math.log2(values) - 1)
    return min(max(1, math.floor(most)), MOST_BITS)
