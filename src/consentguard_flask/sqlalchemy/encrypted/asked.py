"""What is looked for in a searched column: its digests, made as a statement is executed, in the generated columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.types import TypeDecorator

from consentguard.crypto.index.kinds import Index
from consentguard.crypto.index.layout import Layout
from consentguard.crypto.slots import Slot
from consentguard_flask.sqlalchemy.encrypted.digests import SLOTS, name_of
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError, showing_nothing

if TYPE_CHECKING:
    from consentguard_flask.sqlalchemy.encrypted.types import Encrypted


class Asked(TypeDecorator[Any]):
    """What is looked for: sent as the digests of both slots, one behind the other, of which one slot's is cut out.

    So nothing of a statement depends on which slots are filled, and one that is kept serves before, while and after
    indexes move to another key.
    """

    impl = types.LargeBinary
    cache_ok = True

    def __init__(self, kind: Encrypted[Any], index: Index, slot: Slot) -> None:
        super().__init__()
        self.kind, self.index, self.slot = kind, index, slot

    def bind_expression(self, bindparam: sa.BindParameter[Any]) -> sa.ColumnElement[Any]:
        """The digest of the slot; an empty slot's is all zero, as no value's is."""
        start = 1 + self.index.width * SLOTS.index(self.slot)
        return sa.func.substr(bindparam, sa.literal_column(str(start)), sa.literal_column(str(self.index.width)))

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        """The digests of both slots. Raises EncryptedColumnError, SearchError, KeyringError."""
        return showing_nothing(lambda value: self.kind.digests(self.index, value))

    def literal_processor(self, dialect: sa.Dialect) -> Any:
        """Raises EncryptedColumnError, as that of the column's own type does."""
        return self.kind.literal_processor(dialect)


def found_by(
    expression: sa.ColumnElement[Any], kind: Encrypted[Any], index: Index, asked: Any, *, many: bool = False
) -> sa.ColumnElement[bool]:
    """Whether a value has the digest of what is asked for, in whichever slot is filled; NULL where the value is NULL.

    The first half is what the database finds rows by. It is NULL, and not false, for values that have no digest in one
    of the slots, and so is its opposite: the second half says that those are others. Raises EncryptedColumnError.
    """
    pairs = [
        (digest, _sent(asked, Asked(kind, index, slot), many)) for slot, digest in _digests_in(expression, kind, index)
    ]
    found = sa.or_(*(digest.in_(sent) if many else digest == sent for digest, sent in pairs))
    return sa.and_(found, sa.func.coalesce(found, expression.is_(None)))


def _sent(asked: Any, kind: Asked, many: bool) -> sa.BindParameter[Any]:
    if isinstance(asked, sa.BindParameter):
        return sa.bindparam(
            asked.key,
            asked.value,
            kind,
            unique=asked.unique,
            required=asked.required,
            callable_=asked.callable,
            expanding=many,
        )
    given = list(asked) or [None] if many else asked  # an expression around an empty list is none that a database reads
    return sa.bindparam(None, given, kind, unique=True, expanding=many)


def _digests_in(
    expression: sa.ColumnElement[Any], kind: Encrypted[Any], index: Index
) -> Iterator[tuple[Slot, sa.ColumnElement[bytes]]]:
    """The generated columns of an index where a column stands in a query: in its table, or in another name of that.

    Raises EncryptedColumnError in a subquery, which does not have them.
    """
    layout = Layout(kind.search)
    source: Any = getattr(expression, "table", None)
    for base in expression.base_columns if source is not None else ():
        table: Any = getattr(base, "table", None)
        for slot in SLOTS:
            digest = table.c.get(name_of(base.name, layout, index, slot)) if table is not None else None
            found = None if digest is None else source.corresponding_column(digest)
            if found is None:
                break
            yield slot, found
        else:
            return
    hint = "ask inside of it, where the table itself stands"
    raise EncryptedColumnError(f"{expression} cannot be searched here: its generated columns are not there", hint=hint)
