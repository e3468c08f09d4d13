"""An attribute that holds what others of its object hold, to be searched by all of them at once: a compound index."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, orm
from sqlalchemy.orm.attributes import flag_modified

from consentguard.crypto.index.texts import canonical
from consentguard_flask.sqlalchemy.encrypted.attributes import SealedImpl
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError
from consentguard_flask.sqlalchemy.encrypted.keys import State
from consentguard_flask.sqlalchemy.encrypted.types import Encrypted


def watch_parts(cls: type, impl: SealedImpl, mapper: orm.Mapper[Any]) -> None:
    """Let an attribute of a compound index hold the texts of the attributes that the index names.

    Raises EncryptedColumnError where the class lacks one.
    """
    if impl.encrypted.compound is not None:
        _Parts(cls, impl, mapper, impl.encrypted.compound.columns)


class _Parts:
    """One such attribute of one class."""

    def __init__(self, cls: type, impl: SealedImpl, mapper: orm.Mapper[Any], names: tuple[str, ...]) -> None:
        self._key = impl.key
        self._kinds = {name: _column(mapper, name).type for name in names}
        impl.encrypted.part_columns = tuple(_column(mapper, name).key for name in names)
        event.listen(cls, "before_insert", self._before_insert, raw=True)
        event.listen(cls, "before_update", self._before_update, raw=True)

    def _before_insert(self, mapper: orm.Mapper[Any], connection: Any, state: State) -> None:
        values = [part_text(getattr(state.obj(), name), kind) for name, kind in self._kinds.items()]
        setattr(state.obj(), self._key, values)

    def _before_update(self, mapper: orm.Mapper[Any], connection: Any, state: State) -> None:
        if state.committed_state.keys() & {self._key, *self._kinds}:
            self._before_insert(mapper, connection, state)
            flag_modified(state.obj(), self._key)  # so that a statement that changes a part is seen to change it too


def _column(mapper: orm.Mapper[Any], name: str) -> Any:
    prop = mapper.get_property(name) if mapper.has_property(name) else None
    if not isinstance(prop, orm.ColumnProperty):
        hint = "a compound index names attributes of the same class"
        raise EncryptedColumnError(f'{mapper.class_.__name__} has no column "{name}" to be searched by', hint=hint)
    return prop.columns[0]


def part_text(value: Any, kind: Any) -> str | None:
    """The text by which a value of a column of this type is searched together with others."""
    if value is not None and isinstance(kind, Encrypted):
        value = kind.plain.dump(value, kind.name)[1]
    return None if value is None else canonical(value)
