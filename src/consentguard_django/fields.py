"""`Encrypted`, the model field whose values are sealed before they reach the database."""

from __future__ import annotations

import copy
import datetime as dt
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from django.conf import settings
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models.lookups import Exact, IsNull
from django.forms import Field as FormField
from django.utils import timezone

from consentguard.crypto import installed
from consentguard.crypto.column import Column, Declaration
from consentguard.errors import ConsentGuardError

Set = TypeVar("Set")
Get = TypeVar("Get")
if TYPE_CHECKING:
    from django.core.checks import CheckMessage
    from django.db.backends.base.base import BaseDatabaseWrapper

    class _Bytes(models.BinaryField[Set, Get]): ...

    _Exact = Exact[Any]
else:

    class _Bytes(models.BinaryField, Generic[Set, Get]):
        """Django's field as its type stubs have it: in two types, those of what is set and of what is read."""

    _Exact = Exact

REFUSED = (models.ForeignKey, models.ManyToManyField, models.FileField, models.AutoField, models.GeneratedField)


class EncryptedFieldError(ConsentGuardError, FieldError):
    """A query asks of an encrypted column what only plaintext can answer."""


class Encrypted(_Bytes[Set, Get]):
    """A field whose column holds sealed bytes: `Encrypted(models.CharField(max_length=200))`.

    Values are sealed with AES-256-GCM under the process's keyring; NULL stays NULL. `inner` says everything else:
    whether it may be NULL, its default, choices, validators, form field and help text. A value is bound to its table
    and column, under their names in the database: `name`, such as `shop_customer.phone`, keeps those that it was sealed
    under where they are renamed. The database can neither compare nor sort what it cannot read: a query may ask whether
    a value is NULL, and anything else raises EncryptedFieldError as the query is built.

    Raises TypeError for a field that cannot be encrypted: a relation, a file, a key, a unique or indexed column.
    """

    description = "Sealed bytes"

    def __init__(self, inner: models.Field[Set, Get], *, name: str = "") -> None:
        if isinstance(inner, (*REFUSED, Encrypted)):
            raise TypeError(f"Encrypted({inner!r}): it takes a field of texts, numbers, dates, JSON or bytes")
        if inner.primary_key or inner.unique or getattr(inner, "db_index", False):
            raise TypeError(
                "an encrypted column is no key, not unique and has no index: no two sealed values are alike"
            )
        installed.check_name(name)
        self.inner = inner
        self.bound_name = name
        super().__init__(
            verbose_name=getattr(inner, "_verbose_name", None),
            db_column=inner.db_column,
            null=inner.null,
            blank=inner.blank,
            default=inner.default,
            editable=inner.editable,
            choices=inner.choices,
            help_text=inner.help_text,
            error_messages=inner.error_messages,
        )
        self.max_length = inner.max_length
        self.empty_strings_allowed = inner.empty_strings_allowed
        self.empty_values = list(inner.empty_values)
        self._sealer: installed.InstalledColumn | None = None

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """The field as a migration writes it: the inner one, and no key."""
        name, path, _, _ = super().deconstruct()
        return name, path, [self.inner.clone()], {"name": self.bound_name} if self.bound_name else {}

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Give the model a field whose inner one is its own, though an abstract base handed it to several."""
        self.inner, self._sealer = copy.copy(self.inner), None
        super().contribute_to_class(cls, name, private_only)
        self.inner.set_attributes_from_name(name)
        self.inner.model = cls

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """What Django says of the inner field."""
        return self.inner.check(**kwargs)

    def formfield(self, **kwargs: Any) -> FormField | None:
        """The inner field's: forms and the admin show plaintext."""
        return self.inner.formfield(**kwargs)

    @property
    def validators(self) -> list[Any]:
        """The inner field's."""
        return list(self.inner.validators)

    def to_python(self, value: Any) -> Any:
        """The value as the inner field has it."""
        return self.inner.to_python(value)

    def get_default(self) -> Any:
        """The inner field's."""
        return self.inner.get_default()

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The inner field's value: some set it themselves, such as a date of creation."""
        return self.inner.pre_save(model_instance, add)

    def value_to_string(self, obj: models.Model) -> Any:
        """The plaintext, for `dumpdata`."""
        return self.inner.value_to_string(obj)

    def get_prep_value(self, value: Any) -> Any:
        """The plaintext as the inner field prepares it."""
        return self.inner.get_prep_value(value)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Seal a value. Raises KeyringError."""
        if not prepared:
            value = self.get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        sealed: object = super().get_db_prep_value(self._current().seal(_dump(self.inner, value)), connection, True)
        return sealed

    def from_db_value(self, value: Any, *_: Any) -> Any:
        """Open a sealed value. Raises DecryptionError or KeyringError."""
        return None if value is None else _load(self.inner, self._current().open(value))

    def get_lookup(self, lookup_name: str) -> Any:
        """IS NULL, in its two spellings. Raises EncryptedFieldError for anything else."""
        return {"isnull": IsNull, "exact": _IsNone}.get(lookup_name) or self._refuse(lookup_name)

    def get_transform(self, lookup_name: str) -> NoReturn:
        """Raises EncryptedFieldError."""
        self._refuse(lookup_name)

    def _refuse(self, lookup_name: str) -> NoReturn:
        raise EncryptedFieldError(installed.cannot_answer(self, lookup_name), hint=installed.ASK_FOR_NULL)

    def _current(self) -> Column:
        if self._sealer is None:
            self._sealer = installed.InstalledColumn(Declaration(context=installed.context_of(self.bound_name or f"{self.model._meta.db_table}.{self.column}")))
        return self._sealer.current()


class _IsNone(_Exact):
    """`field=None`, which Django turns into IS NULL; with any other value it is refused."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if rhs is not None:
            lhs.output_field._refuse("exact")
        super().__init__(lhs, rhs)


def _dump(inner: models.Field[Any, Any], value: Any) -> bytes:
    """A value's bytes before they are sealed: for most fields, the text that `dumpdata` writes of it."""
    if isinstance(inner, models.BinaryField):
        return bytes(value)
    if isinstance(inner, models.JSONField):
        return json.dumps(value, cls=inner.encoder, ensure_ascii=False, separators=(",", ":")).encode()
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        value = value.astimezone(dt.UTC)
    return str(inner.value_to_string(SimpleNamespace(**{inner.attname: value}))).encode()  # type: ignore[arg-type]


def _load(inner: models.Field[Any, Any], plain: bytes) -> Any:
    if isinstance(inner, models.BinaryField):
        return plain
    text = plain.decode()
    if isinstance(inner, models.JSONField):
        return json.loads(text, cls=inner.decoder)
    try:
        value = inner.to_python(text)
    except ValidationError:
        hint = "its type was changed: migrate the values with it"
        message = f"{inner} was sealed as something that its field cannot hold"
        raise EncryptedFieldError(message, hint=hint) from None  # whose text holds the value
    if isinstance(value, dt.datetime) and timezone.is_aware(value) != settings.USE_TZ:
        return timezone.make_aware(value) if settings.USE_TZ else timezone.make_naive(value)
    return value
