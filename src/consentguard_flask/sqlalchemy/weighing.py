"""How much some of the host's rows are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from consentguard.ports import StoreError
from consentguard.records import Weight
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from consentguard_flask.sqlalchemy.holding import stored
from consentguard_flask.sqlalchemy.neutral import neutral
from consentguard_flask.sqlalchemy.paths import Paths, Rows
from consentguard_flask.sqlalchemy.row_keys import Condition


def weighing(paths: Paths, rows: Rows, those: Condition, column: str) -> sa.Select[*tuple[Any, ...]]:
    """The query for how many rows there are, the bytes of their values as texts, and the oldest moment of a column.

    Raises StoreError for a column that there is not, or that holds no moments.
    """
    sizes = [sa.func.coalesce(_size(rows, name), 0) for name in rows.names]
    total = sum(sizes[1:], sizes[0])
    oldest = [sa.func.min(_moments(paths, rows, column))] if column else []
    return sa.select(sa.func.count(), sa.func.sum(total), *oldest).select_from(rows.alias).where(those)


def weight(count: int, size: Any, oldest: dt.date | None = None) -> Weight:
    """What such a query found: moments without a zone, and days, are those of UTC."""
    if oldest is None:
        return Weight(count, int(size or 0))
    moment = oldest if isinstance(oldest, dt.datetime) else dt.datetime.combine(oldest, dt.time())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return Weight(count, int(size or 0), aware.astimezone(dt.UTC))


def _moments(paths: Paths, rows: Rows, column: str) -> sa.ColumnElement[Any]:
    kind = paths.end(rows, column).type
    if neutral(kind) not in ("date", "datetime") or isinstance(kind, Encrypted):
        raise StoreError(f'"{rows.label}.{column}" holds no moments', hint="name a column that does")
    return paths.value(rows, column)


def _size(rows: Rows, name: str) -> sa.ColumnElement[int]:
    column, kind = rows.column(name), rows.source(name).type
    if isinstance(kind, Encrypted):
        return sa.func.length(stored(column))
    is_plain = isinstance(kind, (sa.String, sa.LargeBinary)) and not isinstance(kind, sa.Enum)
    return sa.func.length(column if is_plain else sa.cast(column, sa.String(255)))
