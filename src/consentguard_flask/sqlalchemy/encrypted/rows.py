"""What the values of an object are bound to: the text of the attribute that names its row or its data subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import InstanceState
from sqlalchemy.orm.base import LoaderCallableStatus

if TYPE_CHECKING:
    from consentguard_flask.sqlalchemy.encrypted.types import Encrypted


def row_now(kind: Encrypted[Any], state: InstanceState[Any]) -> str | None:
    """What a value is bound to that is written now; None where that is nothing, or not known yet."""
    if not kind.bound_to:
        return None
    return _text(state.manager[kind.row_attribute].impl.get(state, state.dict))


def row_before(kind: Encrypted[Any], state: InstanceState[Any]) -> str | None:
    """What a value is bound to that was loaded: the object may name another by now."""
    before = state.committed_state.get(kind.row_attribute) if kind.bound_to else None
    return _text(before) or row_now(kind, state)


def row_column(kind: Encrypted[Any], table: Any) -> str:
    """The key of the column that says what values are bound to: of one that is bound to nothing, the primary key's."""
    return kind.row_column or kind.bound_to.attribute or next(column.key for column in table.primary_key)


def _text(key: object) -> str | None:
    return None if key is None or isinstance(key, LoaderCallableStatus) else str(key)
