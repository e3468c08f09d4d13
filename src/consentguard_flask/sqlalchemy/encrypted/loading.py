"""How an encrypted column is loaded into an object: as the database holds it, since nobody may ever read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ColumnProperty

from consentguard_flask.sqlalchemy.encrypted.held import UNOPENED, Held

_UNDEFERRED = (("deferred", False), ("instrument", True))


class AsStored(sa.types.UserDefinedType[Any]):
    """What the driver hands out and takes of a column, whatever the column's own type makes of it."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Never written: it stands for the type of a column that is there."""
        return "BLOB"


class HeldAsStored(AsStored):
    """The same in Held, for a column of bytes: else nobody could tell the sealed from others."""

    cache_ok = True

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any]:
        """Held, of no object yet."""
        return lambda stored: None if stored is None else Held(None, None, UNOPENED, stored)


class HeldOpened(AsStored):
    """The same, opened as it is loaded."""

    cache_ok = True

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any]:
        """Held, with its value. Raises as that of the column's own type."""
        opener: Callable[[Any], Any] = self.kind.opener(hold=True)
        return opener


def load_sealed(prop: ColumnProperty[Any]) -> None:
    """Let an attribute be loaded sealed wherever an object is."""
    plain: Any = prop._get_strategy(_UNDEFERRED)
    if not isinstance(plain, SealedLoader):
        sealed: Any = SealedLoader(plain)
        prop._strategies[_UNDEFERRED] = sealed
        prop.strategy = sealed if prop.strategy is plain else prop.strategy


class SealedLoader:
    """Stands before SQLAlchemy's way to load a column of an object, and asks for the same column as it is stored."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain
        self._column = plain.columns[0]
        kind = self._column.type
        self._type = HeldOpened(kind) if not kind.lazy else HeldAsStored() if kind.plain.is_binary else AsStored()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def setup_query(
        self,
        compile_state: Any,
        query_entity: Any,
        path: Any,
        loadopt: Any,
        adapter: Any,
        column_collection: list[Any],
        memoized_populators: dict[Any, Any],
        check_for_adapt: bool = False,
        **_: Any,
    ) -> None:
        """Add the column to a query, where the entity that is asked for has it."""
        column = self._column
        if adapter:
            column = adapter.adapt_check_present(column) if check_for_adapt else adapter.columns[column]
        if column is not None:
            stored = sa.type_coerce(column, self._type)
            compile_state._append_dedupe_col_collection(stored, column_collection)
            memoized_populators[self._plain.parent_property] = stored

    def create_row_processor(self, *args: Any) -> None:
        """Take the value of a row that was asked for otherwise, such as by a text: there it is opened already."""
        *others, populators = args
        found: dict[str, list[Any]] = defaultdict(list)
        self._plain.create_row_processor(*others, found)
        for kind, pairs in found.items():
            populators[kind] += [
                (key, self._holding(value)) if kind == "quick" else (key, value) for key, value in pairs
            ]

    def _holding(self, getter: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def hold(row: Any) -> Any:
            value = getter(row)
            return value if value is None or type(value) is Held else Held(self._column.type, None, value)

        return hold
