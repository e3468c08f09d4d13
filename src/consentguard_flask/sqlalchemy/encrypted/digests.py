"""The generated columns of a searched column: the digests of its values, which the database itself takes out of them.

Each index has two, one for each slot: outside a move to another key only one of them holds digests.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any, get_args

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles

from consentguard.crypto.index.kinds import Exact, Index
from consentguard.crypto.index.layout import Layout
from consentguard.crypto.slots import Slot
from consentguard_flask.sqlalchemy.columns import MARIADB

if TYPE_CHECKING:
    from consentguard_flask.sqlalchemy.encrypted.types import Encrypted

SLOTS: tuple[Slot, ...] = get_args(Slot)
LONGEST_NAME = 63
"""The characters of a name that PostgreSQL keeps; MariaDB keeps one more."""
_IS_UNIQUE = "consentguard.unique"
_HAS_DIGESTS = "consentguard.digests"


class StoredDigest(sa.ColumnElement[bytes]):
    """What a generated column is computed by: the digest of one index in one slot of the column `name`."""

    inherit_cache = False
    type = sa.LargeBinary()

    def __init__(self, name: str, layout: Layout, index: Index, slot: Slot) -> None:
        self.name, self.layout, self.index, self.slot = name, layout, index, slot


@compiles(StoredDigest)
def _compile(digest: StoredDigest, compiler: Any, **_: Any) -> str:
    kind = compiler.dialect.name
    quoted = compiler.preparer.quote(digest.name)
    # a statement that is only printed has no database
    return digest.layout.generated(digest.index, digest.slot, quoted, "sqlite" if kind == "default" else kind)


def name_of(column: str, layout: Layout, index: Index, slot: Slot) -> str:
    """The name of a generated column, such as `email_exact_email_a`, which stays.

    It says where in the stored value the digest stands, unless that is first: an index that was moved has another. A
    long one is shortened, and ends in eight digits of its SHA-256.
    """
    name = f"{column}_{index.name}_{slot}{layout.place(index) or ''}"
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]}_{sha256(name.encode()).hexdigest()[:8]}"


def names_of(column: str, indexes: tuple[Index, ...]) -> Iterator[str]:
    """The names of all generated columns of a column."""
    layout = Layout(indexes)
    return (name_of(column, layout, index, slot) for index in indexes for slot in SLOTS)


def is_digest(column: sa.Column[Any]) -> bool:
    """Whether a column is a generated one of ours."""
    return column.computed is not None and isinstance(column.computed.sqltext, StoredDigest)


def is_unique(column: sa.Column[Any]) -> bool:
    """Whether an encrypted column was declared unique, which its generated columns are in its place."""
    return bool(column.info.get(_IS_UNIQUE))


def take_unique(column: sa.Column[Any]) -> None:
    """Let the generated columns be unique in place of the sealed bytes, no two of which are alike."""
    if column.unique:
        column.unique = None
        column.info[_IS_UNIQUE] = True


def add_digests(column: sa.Column[Any], table: sa.Table, kind: Encrypted[Any]) -> None:
    """Give a table the generated columns of one of its columns. Raises TypeError where it has one of that name.

    A copy of the column, as of the whole table, finds those that are copied with it.
    """
    if column.info.get(_HAS_DIGESTS) or not kind.search:
        return
    column.info[_HAS_DIGESTS] = True
    layout = Layout(kind.search)
    for index in kind.search:
        for slot in SLOTS:
            table.append_column(_generated(column, table, layout, index, slot))


def _generated(column: sa.Column[Any], table: sa.Table, layout: Layout, index: Index, slot: Slot) -> sa.Column[bytes]:
    name = name_of(column.name, layout, index, slot)
    if name in table.c:
        raise TypeError(f'the index of "{column.name}" needs the name "{name}", which "{table.name}" has: rename that')
    unique = is_unique(column) and isinstance(index, Exact)
    return sa.Column(
        name,
        sa.LargeBinary(index.width).with_variant(mysql.VARBINARY(index.width), *MARIADB),
        sa.Computed(StoredDigest(column.name, layout, index, slot), persisted=True),  # PostgreSQL indexes no others
        unique=unique,
        index=not unique,
        _omit_from_statements=True,
    )
