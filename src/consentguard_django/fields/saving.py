"""What is done as an object is saved: a fixture's sealed bytes are kept, and no value is left that nobody can open."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import signals

from consentguard_django.fields import logs
from consentguard_django.fields.binding import naming, row_of, text_of
from consentguard_django.fields.errors import unbound
from consentguard_django.fields.held import Held, Known, Loaded, held_in, loaded
from consentguard_django.fields.sealed_text import from_text, is_sealed_text
from consentguard_django.fields.sealing import sealed
from consentguard_django.fields.search.parts import check_none_left

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]


def watch() -> None:
    """Look at every object before it is saved; only the first call of a process does anything."""
    signals.pre_save.connect(_before, dispatch_uid="consentguard_django.fields")
    signals.post_save.connect(_after, dispatch_uid="consentguard_django.fields")
    logs.watch()


def _before(
    sender: type[models.Model], instance: models.Model, raw: bool, using: str, update_fields: Any, **_: Any
) -> None:
    if raw:
        for field in _encrypted(sender._meta.local_concrete_fields):
            _take_raw(field, instance)
        return
    check_none_left(sender, update_fields)
    if not instance._state.adding:
        for field in _encrypted(sender._meta.concrete_fields):
            if field.is_bound:
                _check_left_behind(field, instance, using, update_fields)


def _after(sender: type[models.Model], instance: models.Model, raw: bool, **_: Any) -> None:
    for field in _encrypted(sender._meta.local_concrete_fields) if raw else ():
        held = instance.__dict__.get(field.attname)
        if type(held) is Known and type(held.value) is Loaded:
            instance.__dict__[field.attname] = held.value


def _encrypted(fields: Any) -> Iterator[Field]:
    from consentguard_django.fields.field import Encrypted  # which stands above this file

    return (field for field in fields if isinstance(field, Encrypted))


def _take_raw(field: Field, instance: models.Model) -> None:
    """Let a fixture's value be what is stored: Django asks the object for it, and hands on what it gets.

    Nowhere else is a text taken for a sealed value: whoever may type one would have it opened.
    """
    held = instance.__dict__.get(field.attname)
    if type(held) is not Known:
        return
    given = held.value
    stored = from_text(given) if is_sealed_text(given) else sealed(field, held, instance).stored
    instance.__dict__[field.attname] = Known(loaded(field, stored), field)


def _check_left_behind(field: Field, instance: models.Model, using: str, update_fields: Collection[str] | None) -> None:
    """Raise UnboundError where a row would be bound to something else while this value of it is not written."""
    named = naming(field)
    written = set(instance.__dict__) if update_fields is None else set(update_fields)
    if not {named.name, named.attname} & written or {field.name, field.attname} & written:
        return
    held = held_in(instance, field.attname)
    before = _row_before(field, held) or _stored_row(field, instance, using)
    if before is not None and before != row_of(field, instance):
        hint = f"save `{field.name}` with it, and read it first where it is deferred"
        raise unbound(field, f"saving another `{named.attname}` alone", hint)


def _row_before(field: Field, held: Held | None) -> str | None:
    """What a value was bound to when it was loaded or read, where that is known."""
    if isinstance(held, Loaded):
        return text_of(field, held.key)
    return held.row if held else None


def _stored_row(field: Field, instance: models.Model, using: str) -> str | None:
    """What the row is bound to in the database; None where there is none."""
    rows = type(instance)._base_manager.using(using).filter(pk=instance.pk)
    for key in rows.values_list(naming(field).attname, flat=True):
        return text_of(field, key)
    return None
