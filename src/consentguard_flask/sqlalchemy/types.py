"""`Encrypted`, the column type whose values are sealed, and the neutral type of every column type."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event, types
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

from consentguard.crypto import installed
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.keyring import KeyringError
from consentguard.datamap.schema import ColumnType
from consentguard.errors import ConsentGuardError

Value = TypeVar("Value")

BY_CLASS: tuple[tuple[type[TypeEngine[Any]], ColumnType], ...] = (
    (types.Boolean, "boolean"),
    (types.Uuid, "uuid"),
    (types.DateTime, "datetime"),
    (types.Date, "date"),
    (types.Integer, "integer"),
    (types.Numeric, "decimal"),
    (types.Float, "decimal"),
    (types.JSON, "json"),
    (types.LargeBinary, "binary"),
    (types.String, "text"),
)
BY_NAME: Mapping[str, ColumnType] = {
    "INET": "ip",
    "IPAddressType": "ip",
    "EmailType": "email",
    "FileField": "file",
    "FileType": "file",
    "ImageField": "file",
    "ImageType": "file",
    "HSTORE": "json",
    "Interval": "other",
}
"""Types of databases and companion packages, by their class's name, so that none has to be installed."""


def neutral(column_type: TypeEngine[Any]) -> ColumnType:
    """What `column_type` stores; a decorator is known by its name or else by what it wraps."""
    named = BY_NAME.get(type(column_type).__name__)
    if named is not None:
        return named
    if isinstance(column_type, Encrypted):
        return neutral(column_type.inner)
    if isinstance(column_type, TypeDecorator):
        return neutral(column_type.impl_instance)
    return next((name for kind, name in BY_CLASS if isinstance(column_type, kind)), "other")


class EncryptedColumnError(ConsentGuardError, DontWrapMixin):
    """An encrypted column was asked for what only plaintext can answer, or given what it cannot hold.

    SQLAlchemy hands it on as it is: its own error would show the values of the whole statement.
    """


class NoKeyringError(KeyringError, DontWrapMixin):
    """There is no keyring to seal or open a value with."""


class _Form(NamedTuple):
    """The bytes of a value before they are sealed, and back."""

    dump: Callable[[Any], bytes]
    load: Callable[[bytes], Any]


def _as_text(dump: Callable[[Any], str], load: Callable[[str], Any]) -> _Form:
    return _Form(lambda value: dump(value).encode(), lambda plain: load(plain.decode()))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


Kinds = type | tuple[type, ...]
FORMS: tuple[tuple[Kinds, Kinds, _Form], ...] = (
    (types.Boolean, bool, _as_text(lambda value: str(int(value)), lambda text: text == "1")),
    (types.Uuid, (UUID, str), _as_text(lambda value: str(UUID(str(value))), UUID)),
    (types.DateTime, dt.datetime, _as_text(dt.datetime.isoformat, dt.datetime.fromisoformat)),
    (
        types.Date,
        dt.date,
        _as_text(lambda day: dt.date(day.year, day.month, day.day).isoformat(), dt.date.fromisoformat),
    ),
    (types.Integer, int, _as_text(str, int)),
    ((types.Numeric, types.Float), (Decimal, int, float), _as_text(str, Decimal)),
    (types.JSON, object, _as_text(_json, json.loads)),
    (types.LargeBinary, (bytes, bytearray, memoryview), _Form(bytes, bytes)),
    (types.String, str, _as_text(str, str)),
)
"""How the values of each type that may be encrypted are written; the first that fits."""


class Encrypted(TypeDecorator[Value]):
    """A column whose values are sealed with AES-256-GCM under the process's keyring: `Encrypted(String(200))`.

    The column holds bytes; NULL stays NULL. `inner` is a type of texts, numbers, dates, booleans, UUIDs, JSON or
    bytes. A value is bound to its table and column: `name`, such as `customer.email`, keeps the names that it was
    sealed under where they are renamed. Raises TypeError for another type.
    """

    impl = types.LargeBinary
    cache_ok = True

    def __init__(self, inner: TypeEngine[Value] | type[TypeEngine[Value]], name: str = "") -> None:
        super().__init__()
        self.inner: TypeEngine[Value] = inner() if isinstance(inner, type) else inner
        self.name = name
        self._is_named = bool(name)
        self._values, self._form = _form_of(self.inner)
        self._sealer: installed.InstalledColumn | None = None
        installed.check_name(name)

    def __repr__(self) -> str:
        """As Alembic writes it into a migration, where SQLAlchemy is `sa`."""
        name = f", name={self.name!r}" if self._is_named else ""
        return f"Encrypted(sa.{self.inner!r}{name})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled without its sealer: keys never are."""
        return type(self), (self.inner, self.name), {"_is_named": self._is_named}

    @property
    def python_type(self) -> type[Any]:
        """That of the values, and not of what the column holds."""
        return self.inner.python_type

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> bytes | None:
        """Seal a value. Raises EncryptedColumnError or KeyringError."""
        if value is not None and isinstance(self.inner, TypeDecorator):
            value = self.inner.process_bind_param(value, dialect)
        if value is None:
            return None
        if not isinstance(value, self._values):
            message = f'the column "{self.name}" cannot hold a value of the type {type(value).__name__}'
            raise EncryptedColumnError(message, hint=f"it holds {self.inner!r}")
        sealer = self._current()
        try:
            return sealer.seal(self._form.dump(value))
        except (TypeError, ValueError):
            message = f'the column "{self.name}" cannot hold a value as it was given'
        raise EncryptedColumnError(message, hint=f"it holds {self.inner!r}")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Value | None:
        """Open a sealed value. Raises DecryptionError or KeyringError."""
        if value is None:
            return None
        opened: Any = self._form.load(self._current().open(value))
        if isinstance(self.inner, TypeDecorator):
            opened = self.inner.process_result_value(opened, dialect)
        found: Value | None = opened
        return found

    def compare_values(self, x: Any, y: Any) -> bool:
        """Whether two plaintexts are the same, for the session to tell what changed."""
        return bool(self.inner.compare_values(x, y))

    class Comparator(TypeDecorator.Comparator[Any]):
        """Refuses what would compare ciphertexts, which are never twice the same; NULL can be asked for."""

        def operate(self, op: operators.OperatorType, *other: Any, **kwargs: Any) -> sa.ColumnElement[Any]:
            """IS NULL and IS NOT NULL. Raises EncryptedColumnError for anything else."""
            asks_for_null = op in (operators.eq, operators.ne, operators.is_, operators.is_not)
            if asks_for_null and (other[0] is None or isinstance(other[0], sa.Null)):
                return super().operate(op, *other, **kwargs)
            raise self._refusal(op)

        def reverse_operate(self, op: operators.OperatorType, other: Any, **kwargs: Any) -> sa.ColumnElement[Any]:
            """Raises EncryptedColumnError."""
            raise self._refusal(op)

        def _refusal(self, op: operators.OperatorType) -> EncryptedColumnError:
            name = getattr(self.type, "name", "")
            message = installed.cannot_answer(f'"{name}"', op.__name__)
            return EncryptedColumnError(message, hint=installed.ASK_FOR_NULL)

    comparator_factory = Comparator

    def _current(self) -> Column:
        if not self.name:
            hint = "give it to a Column, or name it: Encrypted(..., name='table.column')"
            raise EncryptedColumnError("this encrypted type belongs to no column", hint=hint)
        if self._sealer is None:
            self._sealer = installed.InstalledColumn(Declaration(context=installed.context_of(self.name)))
        try:
            return self._sealer.current()
        except KeyringError as error:
            raise NoKeyringError(error.message, hint=error.hint) from None

    def _bound(self, name: str) -> Encrypted[Value]:
        """This type as that of one column; a copy where it belongs to another already."""
        if self._is_named or self.name == name:
            return self
        bound = self.copy() if self.name else self
        bound.name, bound._sealer = name, None
        return bound


def _form_of(inner: TypeEngine[Any]) -> tuple[Kinds, _Form]:
    plain = inner.impl_instance if isinstance(inner, TypeDecorator) else inner
    if not isinstance(inner, types.Interval) and not isinstance(plain, types.Enum):
        for kind, values, form in FORMS:
            if isinstance(plain, kind):
                return values, _form_as_asked(plain, form)
    raise TypeError(f"Encrypted({inner!r}): it holds texts, numbers, dates, booleans, UUIDs, JSON or bytes")


def _form_as_asked(plain: TypeEngine[Any], form: _Form) -> _Form:
    """Numbers and UUIDs in the Python type that the column was asked for."""
    if isinstance(plain, types.Uuid) and not plain.as_uuid:
        return _Form(form.dump, bytes.decode)
    if isinstance(plain, (types.Numeric, types.Float)):
        return _Form(form.dump, _as_text(str, Decimal if plain.asdecimal else float).load)
    return form


@event.listens_for(sa.Column, "after_parent_attach")
def _bind(column: sa.Column[Any], table: sa.Table) -> None:
    """Tell an encrypted type the column that it belongs to; copies of a column, such as a mixin's, have their own."""
    if isinstance(column.type, Encrypted):
        column.type = column.type._bound(f"{table.name}.{column.name}")
