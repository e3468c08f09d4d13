"""Opening a value when it is read, and sealing one when it is written, for the object that it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from consentguard.crypto.erased import ERASED, Erased
from consentguard.crypto.errors import ErasedError, TamperedError
from consentguard_django.fields.binding import ITSELF, For, row_of, text_of
from consentguard_django.fields.errors import unbound
from consentguard_django.fields.forms import FIXED
from consentguard_django.fields.held import Held, Known, Loaded

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]


def opened(field: Field, held: Loaded, instance: models.Model | None) -> tuple[Any, str | None]:
    """A value, and what it is bound to. Raises DecryptionError, UnboundError, KeysNotLoadedError, KeyringError."""
    if not field.is_bound:
        return field.from_db_value(held.stored), None
    row = held.row or _row_of(field, instance)
    if held.stored is None:
        return None, row
    try:
        plain = field.current().open(held.stored, row, held.batch)
    except ErasedError:
        if field.on_erased == "raise":
            raise
        return ERASED, row
    return field.form.load(plain), row


def sealed(field: Field, held: Held, instance: models.Model | None) -> Held:
    """The same value in a sealed form that is right for the object as it is now.

    That is the one it has, if it is: a value that nobody has read or changed is not sealed anew. Raises
    EncryptedFieldError, UnboundError, KeyringError, and what loading a data subject's key raises.
    """
    if isinstance(held, Known):
        return _sealed(field, held, instance)
    return _kept(field, held, instance) if field.is_bound and held.stored is not None else held


def _sealed(field: Field, held: Known, instance: models.Model | None) -> Known:
    row, value = _row_and_value(field, held, instance)
    if held.stored is not None and held.row == row and _is_unchanged(field, held):
        return held
    plain = field.form.dump(value)
    stored = None if plain is None else field.current().seal(plain, value, row)
    return Known(value, field, stored, row, held.instance)


def _is_unchanged(field: Field, held: Known) -> bool:
    """Whether the value is still what its sealed form says, and that is sealed as it would be now."""
    column = field.current()
    if not column.is_current(held.stored, held.value):
        return False
    return type(held.value) in FIXED or field.form.dump(held.value) == column.open(held.stored, held.row)


def _row_and_value(field: Field, held: Known, instance: models.Model | None) -> tuple[str | None, Any]:
    value = held.value
    if not field.is_bound:
        return None, value.value if type(value) is For else value
    row = (instance is None and held.row) or _row_of(field, instance)
    if type(value) is For:
        if text_of(field, value.key) != row:
            raise unbound(field, "a value that was given for another key than its object's", ITSELF)
        value = value.value
    return row, value


def _kept(field: Field, held: Loaded, instance: models.Model | None) -> Held:
    """A value that nobody has read, where its object may be bound to something else by now."""
    row = _row_of(field, instance)
    if held.row == row:
        return held
    try:
        value, _ = opened(field, held, instance)
    except TamperedError:
        if held.row:
            raise
    except ErasedError:
        return held
    else:
        is_right = type(value) is Erased or not held.row
        return held if is_right else _sealed(field, Known(value, field), instance)
    raise unbound(field, "an object whose binding was changed", "read the value before you change what it is bound to")


def _row_of(field: Field, instance: models.Model | None) -> str:
    if instance is None:
        raise unbound(field, "a value without its object", ITSELF)
    return row_of(field, instance)
