"""Attributes whose values are bound: sealed for their row as it is written, and anew where it becomes another's."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.base import LoaderCallableStatus

from consentguard.crypto.erased import ERASED
from consentguard.crypto.errors import UnboundError
from consentguard_flask.sqlalchemy.encrypted import keys
from consentguard_flask.sqlalchemy.encrypted.attributes import SealedImpl
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError, handed_on
from consentguard_flask.sqlalchemy.encrypted.held import UNOPENED, Held
from consentguard_flask.sqlalchemy.encrypted.keys import State


def watch_bound(cls: type, impl: SealedImpl, mapper: orm.Mapper[Any]) -> None:
    """Let the values of an attribute be sealed and opened for what they are bound to, if they are bound.

    Raises EncryptedColumnError where that cannot be known before a row is inserted.
    """
    if impl.encrypted.bound_to:
        _Bound(cls, impl, mapper)


class _Bound:
    """One such attribute of one class."""

    def __init__(self, cls: type, impl: SealedImpl, mapper: orm.Mapper[Any]) -> None:
        self._impl, self._kind = impl, impl.encrypted
        name = self._kind.row_attribute = self._kind.bound_to.attribute or _primary_key(mapper, impl)
        self._row = self._known(mapper, name)
        self._kind.row_column = self._row.columns[0].key
        event.listen(getattr(cls, name), "set", self._row_changes, raw=True, active_history=True)
        event.listen(cls, "before_insert", self._before_insert, raw=True)
        event.listen(cls, "before_update", self._before_update, raw=True)
        if self._kind.bound_to.subject:
            keys.watch()
            for loaded in ("load", "refresh"):
                event.listen(cls, loaded, self._loaded, raw=True)

    def _known(self, mapper: orm.Mapper[Any], name: str) -> orm.ColumnProperty[Any]:
        """The attribute of that name.

        Raises EncryptedColumnError where it is not there, or is not known before its row is inserted.
        """
        prop = mapper.get_property(name) if mapper.has_property(name) else None
        if not isinstance(prop, orm.ColumnProperty):
            hint = "name an attribute of the same class that holds the data subject's key"
            raise EncryptedColumnError(f'{self._impl.inner} is bound to "{name}", which is no column', hint=hint)
        if any(_is_given_by_database(column) for column in prop.columns):
            hint = "take a key that is known before: a UUID with a default, or one that you give out yourself"
            message = f'{self._impl.inner} is bound to "{name}", which only the database gives'
            raise EncryptedColumnError(message, hint=hint)
        return prop

    def _loaded(self, state: State, context: Any, *_: Any) -> None:
        keys.note_loaded(self._kind, self._impl.key, state, context)

    def _before_insert(self, mapper: orm.Mapper[Any], connection: Any, state: State) -> None:
        if self._kind.bound_to.to_row:
            _give_key(self._row, state)
        self._open(state)

    def _before_update(self, mapper: orm.Mapper[Any], connection: Any, state: State) -> None:
        if self._impl.key in state.committed_state:
            self._open(state)

    def _open(self, state: State) -> None:
        """What is written is sealed for its row, so it has to be open."""
        if self._kind.stored(state.dict.get(self._impl.key)) is not None:
            self._impl.get(state, state.dict)

    def _row_changes(self, state: State, value: Any, before: Any, initiator: Any) -> None:
        """Open the value while it is known what it is bound to, and have it sealed anew."""
        held = state.dict.get(self._impl.key)
        was_assigned_sealed = type(held) is Held and held.value is UNOPENED and held.kind is not None
        if before in (None, LoaderCallableStatus.NO_VALUE) or str(before) == str(value) or was_assigned_sealed:
            return
        opened = self._impl.get(state, state.dict)
        if opened is ERASED:
            raise handed_on(UnboundError(f"a value of {self._impl.inner} was erased, and is bound to what it was"))
        if opened is not None:
            state.dict[self._impl.key] = Held(self._kind, state, opened)
        if state.key is not None:
            flag_modified(state.obj(), self._impl.key)


def _primary_key(mapper: orm.Mapper[Any], impl: SealedImpl) -> str:
    if len(mapper.primary_key) != 1:
        raise EncryptedColumnError(f"{impl.inner} is bound to its row, whose primary key has several columns")
    return mapper.get_property_by_column(mapper.primary_key[0]).key


def _is_given_by_database(column: Any) -> bool:
    table = getattr(column, "table", None)
    is_counted = isinstance(table, sa.Table) and table.autoincrement_column is column
    return is_counted or column.server_default is not None or isinstance(column.default, sa.Sequence)


def _give_key(prop: orm.ColumnProperty[Any], state: State) -> None:
    """Give an object the primary key that its column's default would give the row, before its values are sealed."""
    default: Any = next((column.default for column in prop.columns if column.default is not None), None)
    if state.dict.get(prop.key) is None and default is not None:
        setattr(state.obj(), prop.key, default.arg(None) if default.is_callable else default.arg)
