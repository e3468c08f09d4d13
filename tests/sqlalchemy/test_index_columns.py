"""The columns that each database itself generates from stored values: the digests, unique, indexed and never stale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import NullPool

from consentguard.crypto.index.kinds import Exact, Index, Prefix, Truncated
from consentguard.crypto.index.layout import Layout, clearing_sql
from consentguard.crypto.slots import Slot

EXACT, PREFIX = Exact(), Prefix(3, bits=12)
LAYOUT = Layout((EXACT, PREFIX))
SEALED = b"\x01sealed \x12\x10\x00"
SLOTS: tuple[Slot, ...] = ("a", "b")
A, B = (b"A" * 16, b"\x00q"), (b"\x12" * 16, None)


def name(index: Index, slot: Slot) -> str:
    return f"{index.name}_{slot}"


class Rows:
    """A table with a column of stored values, and a generated one for each index and slot of a layout."""

    def __init__(self, connection: sa.Connection, layout: Layout, *, stored: bool = False) -> None:
        self.connection, self.layout, self.dialect = connection, layout, connection.dialect.name
        self.stored = stored or self.dialect == "postgresql"
        self.column = connection.dialect.identifier_preparer.quote_identifier("Sealed value")
        self.pairs = [(index, slot) for index in layout.indexes for slot in SLOTS]
        self.table = sa.Table(
            "searched",
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("Sealed value", sa.LargeBinary, key="value"),
            *(self._generated(*pair) for pair in self.pairs),
        )
        for pair in self.pairs:
            sa.Index(f"ix_{name(*pair)}", self.table.c[name(*pair)], unique=pair[0] == EXACT)
        self.table.create(connection)

    def _generated(self, index: Index, slot: Slot) -> sa.Column[bytes]:
        kind = sa.LargeBinary().with_variant(sa.VARBINARY(index.width), "mysql")
        sql = self.layout.generated(index, slot, self.column, self.dialect)
        return sa.Column(name(index, slot), kind, sa.Computed(sql, persisted=self.stored))

    def add(self, *stored: bytes | None) -> None:
        for value in stored:
            self.connection.execute(self.table.insert().values(value=value))

    def update(self, value: Any) -> None:
        self.connection.execute(self.table.update().values(value=value))

    def clear(self) -> None:
        self.update(sa.text(clearing_sql(self.column, self.dialect)[0]))

    def of(self, column: str) -> list[bytes | None]:
        """What a column holds, by id."""
        return list(self.connection.scalars(sa.select(self.table.c[column]).order_by(self.table.c.id)))


@pytest.fixture
def connection(database: str) -> Iterator[sa.Connection]:
    """A connection whose table goes with it."""
    engine = sa.create_engine(database, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
        connection.execute(sa.text("DROP TABLE IF EXISTS searched"))
        connection.commit()


@pytest.fixture
def rows(connection: sa.Connection) -> Rows:
    return Rows(connection, LAYOUT)


@pytest.mark.parametrize("stored", [False, True], ids=["virtual", "stored"])
def test_the_database_takes_out_the_digest_of_each_index_and_slot(connection: sa.Connection, stored: bool) -> None:
    """And NULL where there is none: a slot that is empty, a value without a term, digests that were cleared."""
    rows = Rows(connection, LAYOUT, stored=stored)
    heads = [LAYOUT.compose(*slots) for slots in ((A, None), (None, B), (B, A))]
    rows.add(*(head + SEALED for head in heads), SEALED, b"", None)
    assert rows.of(name(EXACT, "a")) == [A[0], None, B[0], None, None, None]
    assert rows.of(name(EXACT, "b")) == [None, B[0], A[0], None, None, None]
    assert rows.of(name(PREFIX, "a")) == [A[1], None, None, None, None, None]
    assert rows.of(name(PREFIX, "b")) == [None, None, A[1], None, None, None]


def test_a_digest_is_never_stale(rows: Rows) -> None:
    """Whatever statement writes the value writes the digest."""
    rows.add(LAYOUT.compose(A, None) + SEALED)
    rows.update(LAYOUT.compose(B, None) + SEALED)
    assert rows.of(name(EXACT, "a")) == [B[0]]


@pytest.mark.parametrize(("first", "second"), [((A, None), (A, None)), ((A, B), (A, None)), ((B, A), (None, A))])
def test_what_is_unique_stays_so_while_keys_change(rows: Rows, first: Any, second: Any) -> None:
    """Two rows with one value meet in the slot that both have filled."""
    rows.add(LAYOUT.compose(*first) + SEALED)
    with pytest.raises(sa.exc.IntegrityError):
        rows.add(LAYOUT.compose(*second) + SEALED)


def test_values_without_a_digest_are_not_equal(rows: Rows) -> None:
    """NULL is not unique: any number of them may stand beside one another."""
    nothing = LAYOUT.compose((None, None), (None, None))
    rows.add(nothing + SEALED, nothing + SEALED, SEALED, SEALED, None, None)
    assert rows.of(name(EXACT, "a")) == [None] * 6


@pytest.mark.parametrize("slots", [(A, None), (None, B), (A, B)], ids=["a", "b", "both"])
def test_one_statement_clears_the_digests_and_keeps_what_is_sealed(rows: Rows, slots: Any) -> None:
    """Of every row, and leaves a length of zero in their place; one without digests stays as it is."""
    rows.add(LAYOUT.compose(*slots) + SEALED, SEALED, b"", None)
    rows.clear()
    cleared = LAYOUT.compose(*slots)[:1] + b"\0" + SEALED
    assert rows.of("value") == [cleared, SEALED, b"", None]
    rows.clear()
    assert rows.of("value") == [cleared, SEALED, b"", None]
    assert {value for pair in rows.pairs for value in rows.of(name(*pair))} == {None}


def test_a_value_that_was_stored_before_an_index_was_added_has_no_digest_of_it(connection: sa.Connection) -> None:
    """Bytes of the sealed value are never taken for one; clearing heeds the length that the value itself tells."""
    longer = Layout((*LAYOUT.indexes, Truncated(8)))
    rows = Rows(connection, longer)
    rows.add(
        LAYOUT.compose(A, None) + SEALED,
        LAYOUT.compose(B, A) + SEALED,
        longer.compose((*(b"C" * 16, b"cc"), b"x"), None) + SEALED,
    )
    assert rows.of(name(EXACT, "a")) == [A[0], B[0], b"C" * 16]
    assert rows.of(name(Truncated(8), "a")) == [None, None, b"x"]
    rows.clear()
    assert rows.of("value") == [first + b"\0" + SEALED for first in (b"\x10", b"\x12", b"\x10")]


def test_a_question_is_answered_by_the_index(rows: Rows) -> None:
    """And not by reading the table, as the database explains it."""
    rows.add(*(LAYOUT.compose((number.to_bytes(16, "big"), None), None) + SEALED for number in range(1, 20)))
    if rows.dialect == "postgresql":
        rows.connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
    ask = sa.select(rows.table.c.id).where(rows.table.c[name(EXACT, "a")] == sa.bindparam("digest"))
    explain = sa.text(f"EXPLAIN {'QUERY PLAN' if rows.dialect == 'sqlite' else ''} {ask}")
    plan = rows.connection.execute(explain, {"digest": bytes(15) + b"\x07"}).all()
    assert f"ix_{name(EXACT, 'a')}" in str(plan)
