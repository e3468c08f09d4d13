"""Opening a value when it is read, and sealing one when it is written, for the object that it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from consentguard.crypto.binding import For
from consentguard.crypto.erased import ERASED, Erased
from consentguard.crypto.errors import ErasedError, TamperedError
from consentguard.errors import ConsentGuardError
from consentguard_django.fields.binding import ITSELF, row_of, text_of
from consentguard_django.fields.errors import EncryptedFieldError, unbound
from consentguard_django.fields.forms import FIXED
from consentguard_django.fields.held import Held, Known, Loaded

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]


def opened(field: Field, held: Loaded, instance: models.Model | None) -> Known | Erased:
    """What was loaded, opened. Raises DecryptionError, UnboundError, KeysNotLoadedError, KeyringError."""
    if held.column.target is not field:
        raise EncryptedFieldError(f"a sealed value of {held.field} is none of {field}", hint="assign its value")
    row = (text_of(field, held.key) or _row_of(field, instance)) if field.is_bound else None
    if held.stored is None:
        return Known(None, field, None, row)
    try:
        plain = field.current().open(held.stored, row, held.batch)
    except ErasedError:
        if field.on_erased == "raise":
            raise
        return ERASED
    return Known(field.form.load(plain), field, held.stored, row)


def sealed(field: Field, held: Held, instance: models.Model | None) -> Held:
    """The same with a sealed form that is right for the object as it is now.

    That is the one it has, if it is: a value that nobody has read or changed is not sealed anew, unless its key or its
    digests are those of before a rotation, which saving the object would bring back. Raises
    EncryptedFieldError, UnboundError, KeyringError, and what loading a data subject's key raises.
    """
    if isinstance(held, Loaded):
        held = _moved(field, held, instance) if field.is_bound else held
    if isinstance(held, Loaded):
        held = _recent(field, held, instance)
    if isinstance(held, Known):
        _seal(field, held, instance)
    return held


def _recent(field: Field, held: Loaded, instance: models.Model | None) -> Held:
    """What nobody has read, opened where it was sealed before a rotation; as it is where it does not open."""
    try:
        if held.stored is None or field.current().is_recent(held.stored):
            return held
        found = opened(field, held, instance)
    except ConsentGuardError:
        return held
    return held if isinstance(found, Erased) else found


def _seal(field: Field, held: Known, instance: models.Model | None) -> None:
    row = None
    if field.is_bound:
        row = (instance is None and held.row) or _row_of(field, instance)
    held.value = _own(field, held.value, row)
    if held.stored is None or held.row != row or not _is_unchanged(field, held):
        held.stored = _stored(field, held, row)
    held.row = row


def _stored(field: Field, held: Known, row: str | None) -> bytes | None:
    try:
        indexed = field.indexed(held.value) if field.indexes else None
        plain = field.form.dump(held.value)
        return None if plain is None else field.current().seal(plain, indexed, row)
    except ConsentGuardError as error:
        mistake = error.with_traceback(None)
    indexed = plain = None  # a traceback keeps the locals of its frames
    raise mistake


def _own(field: Field, value: Any, row: str | None) -> Any:
    """A value without whose it is said to be, which is refused where its object says otherwise."""
    if type(value) is not For:
        return value
    if row is not None and text_of(field, value.key) != row:
        raise unbound(field, "a value that was given for another key than its object's", ITSELF)
    return value.value


def _is_unchanged(field: Field, held: Known) -> bool:
    """Whether the value is still what its sealed form says, and that is sealed as it would be now."""
    column = field.current()
    if not column.is_current(held.stored, field.indexed(held.value)):
        return False
    return type(held.value) in FIXED or field.form.dump(held.value) == column.open(held.stored, held.row)


def _moved(field: Field, held: Loaded, instance: models.Model | None) -> Held:
    """A value that nobody has read, opened if its object is bound to something else by now."""
    row = _row_of(field, instance)
    if held.stored is None or text_of(field, held.key) == row:
        return held
    try:
        found = opened(field, held, instance)
    except ErasedError:
        return held
    except TamperedError:
        if held.key is not None:
            raise
    else:
        return held if held.key is None or isinstance(found, Erased) else found
    raise unbound(field, "an object whose binding was changed", "read the value before you change what it is bound to")


def _row_of(field: Field, instance: models.Model | None) -> str:
    if instance is None:
        raise unbound(field, "a value without its object", ITSELF)
    return row_of(field, instance)
