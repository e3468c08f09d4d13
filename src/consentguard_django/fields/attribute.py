"""The attribute of an object that holds a value of an encrypted column: opened when it is read, and not before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import ref

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from consentguard.crypto.erased import ERASED, Erased
from consentguard_django.fields.binding import naming
from consentguard_django.fields.held import Known, Loaded, Row, held_in
from consentguard_django.fields.sealing import opened

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]

    class _Deferred:
        def __init__(self, field: Field) -> None: ...
else:
    _Deferred = DeferredAttribute


class SealedAttribute(_Deferred):
    """Holds Row, Loaded or Known in the object's `__dict__`, and gives and takes values."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.field, self._name, self._is_bound = field, field.attname, field.is_bound

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        """The value. Raises what opening it raises: DecryptionError, UnboundError, KeysNotLoadedError, KeyringError."""
        if instance is None:
            return self
        held = instance.__dict__.get(self._name)
        if type(held) is Known:
            return held.value
        if type(held) is Row and not self._is_bound:  # as opened() does it, in fewer steps
            stored = held.values[held.places[self._name][0]]
            value = self.field.from_db_value(stored)
            found: Known | Erased = ERASED if value is ERASED else Known(value, self.field, stored)
        else:
            found = opened(self.field, self._loaded(instance), instance)
        if type(found) is Known:
            instance.__dict__[self._name] = found
            return found.value
        return ERASED

    def __set__(self, instance: models.Model, value: Any) -> None:
        """Take a value, or what was just loaded: one, or all that the object has."""
        kind = type(value)
        if kind is Row:
            held = instance.__dict__
            for name in value.names:
                if name not in held:
                    held[name] = value
            held[self._name] = value
        elif kind is Loaded:
            instance.__dict__[self._name] = value
        elif kind is Erased:
            self._leave(instance)
        else:
            self._assign(instance, value.value if kind is Known else value)

    def __delete__(self, instance: models.Model) -> None:
        """Forget the value, which is loaded again when it is read."""
        try:
            del instance.__dict__[self._name]
        except KeyError:
            raise AttributeError(self._name) from None

    def _assign(self, instance: models.Model, value: Any) -> None:
        held = instance.__dict__.get(self._name)
        if type(held) is Known and held.value is value:
            return  # as validation does, which sets what it has read
        known = Known(value, self.field)
        if self._is_bound:
            known.instance = ref(instance)
        instance.__dict__[self._name] = known

    def _leave(self, instance: models.Model) -> None:
        """The mark of what was erased: its sealed form stays in the database, as if it had not been loaded."""
        if type(instance.__dict__.get(self._name)) is Known:
            del instance.__dict__[self._name]

    def _loaded(self, instance: models.Model) -> Any:
        """A value, still sealed, loaded now where it was deferred. Raises AttributeError for an unsaved object."""
        if (held := held_in(instance, self._name)) is not None:
            return held
        if instance.pk is None:
            raise AttributeError(f"{self.field} of an object that was never saved is not there to be loaded")
        mode = getattr(instance._state, "fetch_mode", None)  # from Django 6.1 on
        if mode is None:
            self.fetch_one(instance)
        else:
            mode.fetch(self, instance)
        return held_in(instance, self._name)

    def fetch_one(self, instance: models.Model) -> None:
        """Load the value of one object. Raises DoesNotExist."""
        self.fetch_many([instance])
        if self._name not in instance.__dict__:
            missing: Any = type(instance)
            raise missing.DoesNotExist(f"{instance._meta.object_name} matching query does not exist.")

    def fetch_many(self, instances: Sequence[models.Model]) -> None:
        """Load the values of objects of one model and database that lack theirs."""
        lacking = [each for each in instances if self._name not in each.__dict__ and each.pk is not None]
        wanted = [self._name, *([naming(self.field).name] if self._is_bound else [])]
        rows = type(instances[0])._base_manager.using(instances[0]._state.db).only(*wanted)
        found = rows.in_bulk([each.pk for each in lacking])
        for each in lacking:
            if each.pk in found:
                each.__dict__[self._name] = held_in(found[each.pk], self._name)
