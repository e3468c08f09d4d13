"""A plain attribute beside an encrypted one, of which each object that is flushed has both alike."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm

from consentguard_flask.sqlalchemy.encrypted.attributes import SealedImpl
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError
from consentguard_flask.sqlalchemy.encrypted.keys import State


def watch_copies(cls: type, impl: SealedImpl) -> None:
    """Let objects of a class have the copies that are declared, from now on."""
    if impl.encrypted.copies:
        _Copy(cls, impl.encrypted.copies, impl.key)
    if impl.encrypted.copied_to:
        _Copy(cls, impl.key, impl.encrypted.copied_to)


class _Copy:
    """Gives an object the value of one attribute in another, where it is new or that was assigned."""

    def __init__(self, cls: type, source: str, target: str) -> None:
        self._source, self._target = source, target
        event.listen(cls, "before_insert", self._before_insert, raw=True)
        event.listen(cls, "before_update", self._before_update, raw=True)

    def _before_insert(self, mapper: orm.Mapper[Any], connection: Any, state: State) -> None:
        self._write(mapper, state)

    def _before_update(self, mapper: orm.Mapper[Any], connection: Any, state: State) -> None:
        if self._source in state.committed_state:
            self._write(mapper, state)

    def _write(self, mapper: orm.Mapper[Any], state: State) -> None:
        """Copy it; what the database makes leaves none. Raises EncryptedColumnError where there is no such column."""
        for name in (self._source, self._target):
            if not (mapper.has_property(name) and isinstance(mapper.get_property(name), orm.ColumnProperty)):
                hint = "name an attribute of the same class in `copies=` or `copied_to=`"
                raise EncryptedColumnError(f'{mapper.class_.__name__} has no column "{name}" to copy', hint=hint)
        found = state.obj()
        value = getattr(found, self._source)
        setattr(found, self._target, None if isinstance(value, sa.ClauseElement) else value)
