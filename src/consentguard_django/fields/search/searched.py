"""What an encrypted field is asked because it can be searched: what is equal, whether it is unique, which lookups."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from consentguard_django.fields.search.lookups import lookup_of

if TYPE_CHECKING:
    from consentguard.crypto.index.kinds import Index
    from consentguard_django.fields.forms import Form

COLUMNS = cast(Any, BaseDatabaseSchemaEditor)._iter_column_sql.__code__
"""What asks a field for the SQL of its column."""


class Searched:
    """A part of `Encrypted`."""

    indexes: tuple[Index, ...]
    _unique: bool
    if TYPE_CHECKING:

        @property
        def form(self) -> Form: ...

    @property
    def unique(self) -> bool:
        """Whether no two values are equal: the table holds the digests to that, and not the sealed column."""
        return self._unique and sys._getframe(1).f_code is not COLUMNS

    @unique.setter
    def unique(self, unique: bool) -> None:
        self._unique = unique

    def indexed(self, value: Any) -> Any:
        """What indexes are made of, if there are any. Raises EncryptedFieldError."""
        return self.form.indexed(value) if self.indexes else None

    def get_lookup(self, lookup_name: str) -> Any:
        """IS NULL, and with an exact index equality. Raises EncryptedFieldError for anything else."""
        field: Any = self
        return lookup_of(field, lookup_name)
