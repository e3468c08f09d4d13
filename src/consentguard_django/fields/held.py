"""What stands in an object in place of a value of an encrypted column: never the bare plaintext."""

from __future__ import annotations

import copy
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


Held: TypeAlias = Loaded | Known


def loaded(field: Field, stored: bytes | None, key: Any = None) -> Loaded:
    """A value that nobody has read, of this sealed form."""
    return Loaded(stored, field.cached_col, None, key)
