"""Gives mapped classes their sealed attributes, and refuses what would see sealed bytes in their place."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm

from consentguard_flask.sqlalchemy.encrypted.attributes import SealedImpl
from consentguard_flask.sqlalchemy.encrypted.bound import watch_bound
from consentguard_flask.sqlalchemy.encrypted.checks import check
from consentguard_flask.sqlalchemy.encrypted.copies import watch_copies
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError
from consentguard_flask.sqlalchemy.encrypted.loading import load_sealed
from consentguard_flask.sqlalchemy.encrypted.parts import watch_parts
from consentguard_flask.sqlalchemy.encrypted.types import Encrypted

_MUTABLE = "_ext_mutable_orig_type"


@event.listens_for(object, "attribute_instrument", propagate=True)
def _instrument(cls: type, _key: str, attribute: Any) -> None:
    """Put what holds sealed values before what SQLAlchemy does for the attribute of an encrypted column."""
    prop = getattr(attribute, "prop", None)
    if not isinstance(prop, orm.ColumnProperty):
        return
    column = prop.columns[0]
    if not isinstance(column, sa.Column):
        check(column)
    elif isinstance(column.type, Encrypted):
        if _MUTABLE in column.info:
            hint = "assign a new value in place of a changed one"
            raise EncryptedColumnError(f"{attribute} is encrypted: what changes within is not seen", hint=hint)
        impl = attribute.impl = SealedImpl(attribute.impl, column.type)
        load_sealed(prop)
        # without a context it was an UPDATE that told the object its new value; with one, values are as they are stored
        event.listen(
            cls, "refresh", lambda state, context, *_: None if context else impl.hide(state, state.dict), raw=True
        )
        event.listen(cls, "refresh_flush", lambda state, *_: impl.hide(state, state.dict), raw=True)
        watch_copies(cls, impl)
        watch_bound(cls, impl, attribute.parent)
        watch_parts(cls, impl, attribute.parent)


@event.listens_for(orm.Mapper, "mapper_configured")
def _check_composites(mapper: orm.Mapper[Any], cls: type) -> None:
    for composite in mapper.composites:
        if any(isinstance(column.type, Encrypted) for column in composite.columns):
            hint = "give each its own attribute, and make the object of them where it is read"
            raise EncryptedColumnError(f"{cls.__name__}.{composite.key} is made of encrypted columns", hint=hint)
