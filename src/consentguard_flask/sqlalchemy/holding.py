"""What holds of rows, as conditions of a query: moments that lie before another, texts among some, filled columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from consentguard.crypto.index.layout import beginning_sql
from consentguard.datamap.schema import EMPTIED
from consentguard.ports import StoreError
from consentguard.records import Test
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from consentguard_flask.sqlalchemy.encrypted.digests import is_unique, names_of
from consentguard_flask.sqlalchemy.encrypted.loading import AsStored
from consentguard_flask.sqlalchemy.neutral import neutral

Condition = sa.ColumnElement[bool]
Exact = Callable[[Any, Any], Condition]
OPPOSITES = {"since": "before", "outside": "among", "empty": "filled"}
"""What a test asks for that holds wherever another does not, NULL included."""
_ALL = 2**30
"""More bytes than a value has."""


class _SealedLength(FunctionElement[int]):
    """How many bytes of an encrypted column follow its digests."""

    type = sa.Integer()
    inherit_cache = True


@compiles(_SealedLength)
def _compiled(element: Any, compiler: Any, **kwargs: Any) -> str:
    column = compiler.process(element.clauses.clauses[0], **kwargs)
    return f"LENGTH({beginning_sql(column, _ALL, compiler.dialect.name)[1]})"


def is_not(condition: Condition) -> Condition:
    """Where a condition does not hold, or the database does not know whether it does."""
    return sa.case((condition, 0), else_=1) == 1


def has(source: sa.Column[Any], column: sa.ColumnElement[Any], test: Test, exact: Exact, key: Any) -> Condition:
    """What a test, or the one that it is the opposite of, asks of a column of a query, which is `source` in its table.

    `key` is the row's primary key. Raises StoreError for what cannot be asked of such a column.
    """
    how = OPPOSITES.get(test.how, test.how)
    if how == "filled":
        return _filled(source, column, key)
    if isinstance(source.type, Encrypted):
        hint = "name a column that is not, or let the rule say what else"
        raise StoreError(f'"{source}" is encrypted, and the database cannot read it', hint=hint)
    if isinstance(test.value, tuple):
        return _among(column, test.value, exact)
    if test.value is None:
        raise StoreError(f'a test of "{source}" lacks what it is held against', hint="give it a moment, or texts")
    return column < _as_kept(source, test.value)


def stored(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """An encrypted column's own bytes."""
    return sa.type_coerce(column, AsStored)


def differs(column: sa.Column[Any]) -> bool:
    """Whether the column takes part in what tells rows apart."""
    table, kind = column.table, column.type
    names = {column.key, *(names_of(column.name, kind.search) if isinstance(kind, Encrypted) and kind.search else ())}
    together = [each.columns for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    together += [index.columns for index in table.indexes if index.unique]
    return (
        bool(column.unique) or is_unique(column) or any(each.key in names for columns in together for each in columns)
    )


def is_text(column: sa.Column[Any]) -> bool:
    """Whether no characters are a value of the column."""
    return neutral(column.type) in EMPTIED and not column.foreign_keys and not isinstance(column.type, sa.Enum)


def _as_kept(source: sa.Column[Any], moment: dt.datetime) -> dt.date:
    """A moment as a column of the host's keeps it: in UTC, naive where the column knows no zone."""
    utc, kind = moment.astimezone(dt.UTC), source.type
    if neutral(kind) not in ("date", "datetime"):
        raise StoreError(f'"{source}" holds no moments', hint="name a column that does")
    if isinstance(kind, sa.Date):
        return utc.date()
    aware = isinstance(kind, TypeDecorator) or getattr(kind, "timezone", False)
    return utc if aware else utc.replace(tzinfo=None)


def _among(column: sa.ColumnElement[Any], texts: tuple[str, ...], exact: Exact) -> Condition:
    """One of some texts, upper and lower case alike."""
    is_plain = isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
    lower = sa.func.lower(column if is_plain else sa.cast(column, sa.String(255)), type_=sa.String(255))
    forms = sorted({form for text in texts for form in (text.lower(), _ascii_lower(text))})
    return sa.or_(sa.false(), *(exact(lower, sa.literal(form)) for form in forms))


def _ascii_lower(text: str) -> str:
    """As SQLite has it."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _filled(source: sa.Column[Any], column: sa.ColumnElement[Any], key: Any) -> Condition:
    """Something else than what `Dataset.clear` leaves there."""
    is_sealed = isinstance(source.type, Encrypted)
    if not is_text(source) or (is_sealed and source.nullable):
        return (stored(column) if is_sealed else column).is_not(sa.null())
    has_key = not source.nullable and not source.primary_key and differs(source)
    if is_sealed:
        return _filled_sealed(source, column, key if has_key else None)
    return sa.and_(column > "", column != sa.cast(key, sa.String(64))) if has_key else column > ""


def _filled_sealed(source: sa.Column[Any], column: sa.ColumnElement[Any], key: Any) -> Condition:
    """By the length of what is sealed: that of no characters, or of the row's key, is taken for an emptied one.

    So a value that happens to be as long as its row's key passes for emptied: unopened, nobody can tell them apart.
    """
    kind: Any = source.type
    length, overhead = _SealedLength(stored(column)), int(kind.declared.overhead)
    if key is None:
        return length > overhead
    of_key = 36 if neutral(key.type) == "uuid" else sa.func.length(sa.cast(key, sa.String(64)))
    return length != of_key + overhead
