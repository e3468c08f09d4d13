"""`Encrypted`, the column type whose values are sealed before they reach the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator, TypeEngine

from consentguard.crypto import installed
from consentguard.crypto.binding import Binding, BoundTo, For
from consentguard.crypto.cipher import BATCH
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.data_keys import KeyBatch
from consentguard.crypto.erased import ERASED
from consentguard.crypto.errors import ErasedError, TamperedError, UnboundError
from consentguard.crypto.index.declared import Search, compound_of, exact_of, indexes_of
from consentguard.crypto.index.kinds import Compound, Exact, Index
from consentguard.errors import ConsentGuardError
from consentguard_flask.sqlalchemy.columns import MARIADB
from consentguard_flask.sqlalchemy.encrypted.comparing import Comparator
from consentguard_flask.sqlalchemy.encrypted.digests import SLOTS
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError, handed_on
from consentguard_flask.sqlalchemy.encrypted.held import UNOPENED, Held
from consentguard_flask.sqlalchemy.encrypted.plain import BYTES, Plain

Value = TypeVar("Value")
Process = Callable[[Any], Any]


class Encrypted(TypeDecorator[Value]):
    """A column whose values are sealed with AES-256-GCM under the process's keyring: `Encrypted(String(200))`.

    The column holds bytes; NULL stays NULL. `inner` is a type of texts, numbers, dates, booleans, UUIDs, JSON or bytes.
    A value belongs to its table and column: `name`, such as `customer.email`, keeps the names that it was sealed under
    where they are renamed. `bound_to` says whether it also belongs to its row ("row"), or to the data subject whose key
    an attribute of the row holds ({"user": "owner_id"}). `search` is what it can be found by: a normalisation such as
    "email", an index, or several. `on_erased` says whether reading a value whose key was destroyed raises ErasedError
    ("raise") or gives ERASED ("marker"). An object's values are opened when they are read, or, with `lazy=False`, all
    as it is loaded. Up to `batch` values share the first half of their nonce. While a column moves in or out of
    encryption, it `copies` a plain attribute of the class, or is `copied_to` one: each object that is flushed has both
    alike.

    Raises TypeError for another type or option, and SearchError for an index that cannot be.
    """

    impl = types.LargeBinary
    cache_ok = True
    comparator_factory = Comparator

    def __init__(
        self,
        inner: TypeEngine[Value] | type[TypeEngine[Value]],
        name: str = "",
        *,
        search: Search = None,
        bound_to: BoundTo = "column",
        on_erased: Literal["raise", "marker"] = "raise",
        lazy: bool = True,
        batch: int = BATCH,
        copies: str = "",
        copied_to: str = "",
    ) -> None:
        super().__init__()
        installed.check_name(name)
        if on_erased not in ("raise", "marker"):
            raise TypeError(f'on_erased={on_erased!r}: it is "raise" or "marker"')
        self.inner: TypeEngine[Value] = inner() if isinstance(inner, type) else inner
        self.name, self.is_named = name, bool(name)
        self.plain = Plain(self.inner)
        self.search, self.bound_to = indexes_of(search, is_json=self.plain.is_mutable), Binding.of(bound_to)
        self.on_erased, self.lazy, self.batch = on_erased, lazy, batch
        self.copies, self.copied_to = copies, copied_to
        if self.bound_to and not lazy:
            raise TypeError("a value that is bound to its row is opened when it is read: lazy=False cannot be")
        self.row_attribute, self.row_column = self.bound_to.attribute, ""
        self.part_columns = self.compound.columns if self.compound else ()
        self._installed: installed.InstalledColumn | None = None

    def __repr__(self) -> str:
        """As Alembic writes it into a migration, where SQLAlchemy is `sa`: what the database has to know of it."""
        name = f", name={self.name!r}" if self.is_named else ""
        return f"Encrypted(sa.{self.inner!r}{name})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled without what seals: keys never are."""
        kept = {name: value for name, value in self.__dict__.items() if name not in ("_installed", "plain")}
        return _restored, (type(self), self.inner, kept)

    @property
    def python_type(self) -> type[Any]:
        """That of the values, and not of what the column holds."""
        return self.inner.python_type

    @property
    def declared(self) -> Declaration:
        """What is declared of the column. Raises EncryptedColumnError for a type that belongs to none."""
        if not self.name:
            hint = "give it to a Column, or name it: Encrypted(..., name='table.column')"
            raise EncryptedColumnError("this encrypted type belongs to no column", hint=hint)
        subject, to_row = self.bound_to.subject, self.bound_to.to_row
        context = installed.context_of(self.name)
        return Declaration(context=context, indexes=self.search, subject=subject, to_row=to_row, batch=self.batch)

    @property
    def exact(self) -> Exact | None:
        """The index that equality is by."""
        return exact_of(self.search)

    @property
    def compound(self) -> Compound | None:
        """The index by which several columns are found at once, whose values this one holds."""
        return compound_of(self.search)

    def of_column(self, name: str) -> Encrypted[Value]:
        """This type as that of one column; a copy where it belongs to another already."""
        if self.is_named or self.name == name:
            return self
        bound = self.copy() if self.name else self
        bound.name, bound._installed = name, None
        return bound

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """Bytes of any length, which those of MariaDB's BLOB are not."""
        return dialect.type_descriptor(mysql.LONGBLOB() if dialect.name in MARIADB else types.LargeBinary())

    def column_expression(self, column: Any) -> Any:
        """The column as it is. Raises UnboundError for a value that only its object can open."""
        if self.bound_to:
            hint = "select the class and read its attribute, or `type_coerce(column, LargeBinary)` for the sealed bytes"
            raise handed_on(UnboundError(f"{column} is bound to its row, and cannot be opened alone", hint=hint))
        return column

    def bind_processor(self, dialect: sa.Dialect) -> Process:
        """What seals a value. Raises EncryptedColumnError, UnboundError, KeyringError, SearchError; see `Column`."""
        current = self._cell().current if self.name else self.current
        is_simple = self.plain.is_text and not (self.bound_to or self.search)

        def process(value: Any) -> Any:
            try:
                if is_simple and type(value) is str:
                    return current().seal(value.encode())
                if is_simple and type(value) is Held and type(value.value) is str:
                    value.sealed = current().seal(value.value.encode())
                    return value.sealed
                return self._bound(value)
            except (ConsentGuardError, UnicodeEncodeError) as error:
                mistake = self._mistake(error)
            del value  # a traceback keeps the locals of its frames
            raise mistake

        return process

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Process:
        """What opens a value. Raises DecryptionError or KeyringError."""
        if self.bound_to:
            return lambda stored: None if stored is None else Held(None, None, UNOPENED, stored)
        return self.opener()

    def opener(self, *, hold: bool = False) -> Process:
        """What opens a value that is bound to nothing, and gives it in Held if it is to `hold`. Raises as above."""
        current = self._cell().current if self.name else self.current
        is_text = self.plain.is_text

        def process(stored: Any) -> Any:
            if stored is None:
                return None
            try:
                value = current().open(stored).decode() if is_text else self.open(stored)
            except (ErasedError, UnicodeDecodeError):
                value = self.open(stored)
            return Held(self, None, value, stored) if hold else value

        return process

    def literal_processor(self, dialect: sa.Dialect) -> Process:
        """Raises EncryptedColumnError: a value is no part of a statement's text, which is printed and logged."""
        raise EncryptedColumnError(f'a value of "{self.name}" is sealed as it is sent, and never a literal')

    def compare_values(self, x: Any, y: Any) -> bool:
        """Whether two values are the same, sealed or not, for the session to tell what changed."""
        if x is y:
            return True
        try:
            return bool(self.inner.compare_values(self._compared(x), self._compared(y)))
        except ConsentGuardError:
            return False  # what cannot be opened may be overwritten

    def stored(self, value: Any) -> Any:
        """What an object holds sealed, as it was loaded, and nobody has opened; None for anything else."""
        if type(value) is Held:
            return value.sealed if value.value is UNOPENED else None
        return value if isinstance(value, BYTES) and not self.plain.is_binary else None

    def seal(self, value: Any, row: str | None = None) -> bytes:
        """A value, sealed; `row` is what it is bound to. Raises as `bind_processor` says."""
        plain, indexed = self.plain.dump(value, self.name)
        return self.current().seal(plain, indexed, row)

    def open(self, stored: Any, row: str | None = None, batch: KeyBatch | None = None) -> Any:
        """A stored value, opened; ERASED where its key was destroyed, if that is no error. Raises DecryptionError."""
        try:
            return self.plain.load(self.current().open(stored, row, batch), self.name)
        except ErasedError:
            if self.on_erased == "raise":
                raise
        return ERASED

    def digests(self, index: Index, asked: Any) -> bytes:
        """The digests of what is looked for, of slot a and of slot b: all zero for an empty one, and for NULL.

        Raises EncryptedColumnError, SearchError, KeyringError.
        """
        if isinstance(index, Exact) and asked is not None:
            _, asked = self.plain.dump(asked, self.name)
        found = self.current().digests(index, asked)
        return b"".join(found.get(slot, bytes(index.width)) for slot in SLOTS)

    def is_found(self, index: Index, value: Any, asked: object) -> bool:
        """Whether an opened value is what was looked for; what was erased is nothing."""
        return value is not None and value is not ERASED and index.matches(self.plain.dump(value, self.name)[1], asked)

    def current(self) -> Column:
        """The column under the process's keyring. Raises EncryptedColumnError for a type of no column, KeyringError."""
        return self._cell().current()

    def _cell(self) -> installed.InstalledColumn:
        if self._installed is None:
            self._installed = installed.InstalledColumn(self.declared)
        return self._installed

    def _bound(self, value: Any) -> bytes | None:
        row = None
        if type(value) is For:
            value, row = value.value, str(value.key)
        if value is None:
            return None
        if (stored := self.stored(value)) is not None:
            return self._checked(stored, row)
        return value.seal() if type(value) is Held else self.seal(value, row)

    def _checked(self, stored: Any, row: str | None) -> bytes:
        """A sealed value of this very column, as an object holds it that nobody has read."""
        try:
            self.open(stored, row)
        except TamperedError:
            pass
        else:
            return bytes(stored)
        message = f'the column "{self.name}" cannot hold bytes: they are no sealed value of its own'
        raise EncryptedColumnError(message, hint=f"it holds {self.inner!r}")

    def _mistake(self, error: Exception) -> ConsentGuardError:
        if isinstance(error, ConsentGuardError):
            return handed_on(error)
        return EncryptedColumnError(f'the column "{self.name}" cannot hold a text with half a surrogate pair')

    def _compared(self, value: Any) -> Any:
        if (stored := self.stored(value)) is not None:
            return self.open(stored)
        return value.value if type(value) is Held else value


def _restored(kind: type[Encrypted[Any]], inner: TypeEngine[Any], kept: dict[str, Any]) -> Encrypted[Any]:
    made = kind(inner)
    made.__dict__.update(kept)
    return made
