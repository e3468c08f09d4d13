"""What stands in an object in place of a value of an encrypted column: never the bare plaintext."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import ReferenceType

import msgspec
from django.db import models

from consentguard.crypto.cipher import as_bytes
from consentguard.crypto.data_keys import KeyBatch

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]


class Loaded(msgspec.Struct, gc=False, eq=False):
    """A value as it came from the database: nobody has read it yet.

    It is made by calling the class as Django calls the converter of a column, with what is stored, the column and the
    connection, so that it costs next to nothing. `key` names what the value is bound to, where that was loaded with it.
    """

    stored: Any
    column: Any
    connection: Any
    key: Any = None
    batch: KeyBatch | None = None

    def __repr__(self) -> str:
        return "<sealed>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []

    @property
    def field(self) -> Field:
        """The field of its column."""
        found: Field = self.column.target
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return loaded, (self.field, None if self.stored is None else as_bytes(self.stored), self.key)

    def __deepcopy__(self, memo: dict[int, Any]) -> Loaded:
        return copy.copy(self)


class Known(msgspec.Struct, gc=False, eq=False):  # gc: no value refers to the object that it stands in
    """A value that was read or assigned, and its sealed form where it has one: `stored`, which is bound to `row`.

    `instance` is the object, for a value that says nothing itself of what it is bound to.
    """

    value: Any
    field: Field
    stored: Any = None
    row: str | None = None
    instance: ReferenceType[models.Model] | None = None

    def __repr__(self) -> str:
        return "<a value that is not shown>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []

    def __reduce__(self) -> tuple[Any, ...]:
        """The sealed form alone; a value that has none yet is sealed now. Raises as saving it does."""
        self.field.seal(self, self.instance() if self.instance else None)
        return loaded, (self.field, None if self.stored is None else as_bytes(self.stored), self.row)

    def __deepcopy__(self, memo: dict[int, Any]) -> Known:
        return msgspec.structs.replace(self, value=copy.deepcopy(self.value, memo))


class Row(msgspec.Struct, gc=False, eq=False):
    """All encrypted values of an object as they came from the database: `values` is the row of the result.

    One stands under every attribute until something is done with its value: that costs less than Loaded for each.
    `places` says for each attribute where its value stands, of which column, and where the key that names whose it is.
    """

    values: Any
    names: tuple[str, ...]
    places: Mapping[str, tuple[int, Any, int | None]]
    batch: KeyBatch | None = None

    def __repr__(self) -> str:
        return "<sealed>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []

    def loaded(self, name: str) -> Loaded:
        """The value of one attribute."""
        at, column, key = self.places[name]
        return Loaded(self.values[at], column, None, None if key is None else self.values[key], self.batch)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rowed, tuple(self.loaded(name) for name in self.names)

    def __deepcopy__(self, memo: dict[int, Any]) -> Row:
        return self


Held: TypeAlias = Loaded | Known


def held_in(instance: models.Model, name: str) -> Held | None:
    """What an object holds under an attribute, alone; None for a value that was deferred."""
    held: Held | Row | None = instance.__dict__.get(name)
    if isinstance(held, Row):
        held = instance.__dict__[name] = held.loaded(name)
    return held


def loaded(field: Field, stored: bytes | None, key: Any = None) -> Loaded:
    """A value that nobody has read, of this sealed form."""
    return Loaded(stored, field.cached_col, None, key)


def _rowed(*held: Loaded) -> Row:
    values = [part for each in held for part in (each.stored, each.key)]
    places = {each.field.attname: (2 * at, each.column, 2 * at + 1) for at, each in enumerate(held)}
    return Row(values, tuple(places), places)
