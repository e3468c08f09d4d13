"""`Encrypted`, the model field whose values are sealed before they reach the database."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, TypeVar, cast

from django.core.serializers.python import Serializer
from django.db import models
from django.forms import Field as FormField

from consentguard.crypto import installed
from consentguard.crypto.binding import Binding, BoundTo, For
from consentguard.crypto.cipher import BATCH
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.erased import ERASED
from consentguard.crypto.errors import ErasedError
from consentguard.crypto.index.declared import Search, as_declared, indexes_of
from consentguard_django.fields.attribute import SealedAttribute
from consentguard_django.fields.binding import ITSELF, text_of
from consentguard_django.fields.checks import check_binding, check_table
from consentguard_django.fields.columns import SealedCol
from consentguard_django.fields.copies import COPIES, check_copies, check_null, write_copy
from consentguard_django.fields.errors import EncryptedFieldError, refuse, unbound
from consentguard_django.fields.forms import FIXED, Form
from consentguard_django.fields.held import Held, Known, Loaded, held_in
from consentguard_django.fields.inner import check_inner, sets_itself
from consentguard_django.fields.saving import watch
from consentguard_django.fields.sealed_text import SealedText, as_text, from_text, is_sealed_text
from consentguard_django.fields.sealing import sealed
from consentguard_django.fields.search.checks import check_indexes
from consentguard_django.fields.search.digests import add_digests
from consentguard_django.fields.search.parts import check_not_alone, parts_named, parts_of
from consentguard_django.fields.search.searched import Searched
from consentguard_django.fields.writing import Writing, storable

Set = TypeVar("Set")
Get = TypeVar("Get")
if TYPE_CHECKING:
    from django.core.checks import CheckMessage
    from django.db.backends.base.base import BaseDatabaseWrapper

    class _Field(models.Field[Set, Get]): ...
else:

    class _Field(models.Field, Generic[Set, Get]):
        """Django's field as its type stubs have it: in two types, those of what is set and of what is read."""


FIXTURES = cast(Any, Serializer)._value_from_field.__code__
"""What asks a field for its value to write it to a fixture."""
DESERIALIZERS = "django.core.serializers."
"""Where the modules stand that ask a field for the value of a text in a fixture."""


class Encrypted(Searched, _Field[Set, Get]):
    """A field whose column holds sealed bytes: `Encrypted(models.CharField(max_length=200))`.

    Values are sealed with AES-256-GCM under the process's keyring; NULL stays NULL. An object holds what was loaded as
    it is, and opens a value when it is read. `inner` says everything else: whether it may be NULL, its default,
    choices, validators, form field and help text. The database can neither compare nor sort what it cannot read: a
    query may ask whether a value is NULL, and anything else raises EncryptedFieldError as it is built or compiled.

    `search` says by what values are found all the same: a normalisation such as "email", by which they are equal for
    `exact`, `iexact`, `in` and `unique=True`; or an index of `consentguard.crypto.index.kinds`, or a list of them. Each
    adds two generated columns to the table.

    A value is bound to its table and column, under their names in the database: `name`, such as `shop_customer.phone`,
    keeps those that it was sealed under where they are renamed. With `bound_to="row"` it is bound to the primary key
    too, which must be there before the row is; with `bound_to={"user": "owner_id"}` it is sealed under the key of the
    data subject of that kind whose key stands in that column of the same row, and is gone once that is destroyed.
    Reading it then raises ErasedError, or with `on_erased="marker"` gives `consentguard.crypto.erased.ERASED`. Up to
    `batch` values share the first half of their nonce.

    While a column moves in or out of encryption, it `copies` a plain field of the model, or is `copied_to` one: each
    object that is saved has both alike. See `consentguard encrypt-column`.

    Raises TypeError for a field that cannot be encrypted: a relation, a file, a key, an indexed column, or a unique one
    without a normalisation; and SearchError for indexes that cannot be.
    """

    description = "Sealed bytes"
    descriptor_class = SealedAttribute
    non_db_attrs = (*models.Field.non_db_attrs, "name", "search", "bound_to", "on_erased", "batch", *COPIES)

    def __init__(
        self,
        inner: models.Field[Set, Get],
        *,
        name: str = "",
        search: Search = None,
        bound_to: BoundTo = "column",
        on_erased: Literal["raise", "marker"] = "raise",
        batch: int = BATCH,
        copies: str = "",
        copied_to: str = "",
    ) -> None:
        check_null(inner, copies)
        self.copies, self.copied_to = copies, copied_to
        self.indexes = indexes_of(search, is_json=isinstance(inner, models.JSONField))
        check_inner(inner, self.indexes)
        installed.check_name(name)
        self.inner, self.bound_name, self.on_erased, self.batch = inner, name, on_erased, batch
        self.binding = Binding.of(bound_to)
        self.is_bound = bool(self.binding)
        self._sets_itself = sets_itself(inner) or bool(parts_named(self))
        super().__init__(
            verbose_name=getattr(inner, "_verbose_name", None),
            db_column=inner.db_column,
            unique=inner.unique,
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

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """The field as a migration writes it: the inner one, and no key."""
        name, _, _, _ = super().deconstruct()
        inner: Any = self.inner.clone()
        inner._unique = False  # its digests are
        inner.creation_counter = int(self.null)  # all that the column's type depends on makes two of them alike
        given = {
            "name": (self.bound_name, ""),
            "search": (as_declared(self.indexes), None),
            "bound_to": (self.binding.declared, "column"),
            "on_erased": (self.on_erased, "raise"),
            "batch": (self.batch, BATCH),
            "copies": (self.copies, ""),
            "copied_to": (self.copied_to, ""),
        }
        keywords = {key: value for key, (value, default) in given.items() if value != default}
        return name, "consentguard_django.fields.Encrypted", [inner], keywords

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Give the model a field whose inner one is its own, though an abstract base handed it to several."""
        self.inner = copy.copy(self.inner)
        for flag in vars(self).keys() & {"auto_now", "auto_now_add"}:  # which a copy in a history is told not to be
            setattr(self.inner, flag, getattr(self, flag))
        for made in ("declared", "form", "current"):
            vars(self).pop(made, None)
        super().contribute_to_class(cls, name, private_only)
        self.inner.set_attributes_from_name(name)
        self.inner.model = cls
        self.db_index = False  # which packages ask for that keep a history of unique fields
        add_digests(self, cls)
        watch()

    @cached_property
    def declared(self) -> Declaration:
        """What the core is told of the column."""
        name = self.bound_name or f"{self.model._meta.db_table}.{self.column}"
        context, subject, to_row = installed.context_of(name), self.binding.subject, self.binding.to_row
        return Declaration(context=context, indexes=self.indexes, subject=subject, to_row=to_row, batch=self.batch)

    @cached_property
    def form(self) -> Form:
        """How values become bytes."""
        return Form(self.inner)

    @cached_property
    def current(self) -> Callable[[], Column]:
        """What gives the column under the process's keyring. Raises KeyringError."""
        return installed.InstalledColumn(self.declared).current

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """What Django says of the inner field, and what is wrong with what values are bound to."""
        ours = [*check_binding(self), *check_table(self), *check_copies(self), *check_indexes(self)]
        return [*self.inner.check(**kwargs), *ours]

    def formfield(self, **kwargs: Any) -> FormField | None:
        """The inner field's: forms and the admin show plaintext."""
        return self.inner.formfield(**kwargs)

    @property
    def validators(self) -> list[Any]:
        """The inner field's."""
        return list(self.inner.validators)

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """The value as the inner field cleans it."""
        return self.inner.clean(value, model_instance)

    def to_python(self, value: Any) -> Any:
        """The value as the inner field has it; for Django's deserializers the text of a sealed value stays one."""
        if is_sealed_text(value) and sys._getframe(1).f_globals["__name__"].startswith(DESERIALIZERS):
            return SealedText(value)
        return self.inner.to_python(value)

    def get_default(self) -> Any:
        """The inner field's."""
        return self.inner.get_default()

    def get_internal_type(self) -> str:
        """Django's name for a column of bytes."""
        return "BinaryField"

    def get_col(self, alias: str, output_field: models.Field[Any, Any] | None = None) -> SealedCol:
        """The column in one query: each has its own, which learns how it is used."""
        return SealedCol(alias, self, output_field)

    @property
    def cached_col(self) -> SealedCol:
        """The column of the model's table."""
        return SealedCol(self.model._meta.db_table, self)

    def get_transform(self, lookup_name: str) -> NoReturn:
        """Raises EncryptedFieldError."""
        refuse(self, lookup_name)

    def seal(self, held: Known, instance: models.Model | None) -> None:
        """Give a value its sealed form, for an object or for the row that it had. Raises as `sealing.sealed`."""
        sealed(self, held, instance)

    def seal_in_place(self, instance: models.Model) -> Held:
        """Let an object hold the sealed form of its value, and give it. Raises as `sealing.sealed`."""
        held = held_in(instance, self.attname)
        if held is None:
            getattr(instance, self.attname)
            held = instance.__dict__[self.attname]
        found = instance.__dict__[self.attname] = sealed(self, held, instance)
        return found

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """What is written: the sealed form, or an expression that was assigned. Raises as `sealing.sealed`."""
        write_copy(self, model_instance)
        if self._sets_itself:
            made = parts_of(self, model_instance) if parts_named(self) else self.inner.pre_save(model_instance, add)
            setattr(model_instance, self.attname, made)
        held = model_instance.__dict__.get(self.attname)
        if type(held) is Known and type(held.value) not in FIXED and hasattr(held.value, "resolve_expression"):
            return held.value
        return Writing(self, model_instance) if self.is_bound else self.seal_in_place(model_instance)

    def get_prep_value(self, value: Any) -> Any:
        """The plaintext as the inner field prepares it."""
        return self.inner.get_prep_value(value)

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """What is stored of a value. Raises EncryptedFieldError for what is not sealed for this column."""
        kind = type(value)
        if kind is Known or kind is Loaded:
            if value.field is self:
                return value.stored
            raise EncryptedFieldError(f"a value of {value.field} was not sealed for {self}")
        if kind is Writing:
            return value
        if kind is SealedText:  # of an object that was deserialized, and is saved while nobody is told of it
            return from_text(value)
        if hasattr(value, "as_sql"):
            return storable(self, value)
        check_not_alone(self)
        return self.get_db_prep_value(value, connection)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Seal a value. Raises EncryptedFieldError, UnboundError, KeyringError."""
        if value is None or hasattr(value, "resolve_expression"):
            return value
        held = Known(value, self)
        if self.is_bound and type(value) is For:
            held.row = text_of(self, value.key)
        del value  # a traceback keeps the locals of its frames
        if self.is_bound and not held.row:
            raise unbound(self, "a value alone", ITSELF)
        self.seal(held, None)
        return held.stored

    def from_db_value(self, value: Any, *_: Any) -> Any:
        """Open a sealed value that is bound to nothing but its column. Raises DecryptionError or KeyringError."""
        if value is None:
            return None
        try:
            plain = self.current().open(value)
        except ErasedError:
            if self.on_erased == "raise":
                raise
            return ERASED
        return self.form.load(plain)

    def value_from_object(self, obj: models.Model) -> Any:
        """The value; for a fixture its sealed text, since Django would write a number or a date as it is."""
        if sys._getframe(1).f_code is FIXTURES:
            return self.value_to_string(obj)
        return super().value_from_object(obj)

    def value_to_string(self, obj: models.Model) -> Any:
        """The sealed form as a text, for `dumpdata`; None for NULL."""
        stored = self.seal_in_place(obj).stored
        return None if stored is None else as_text(bytes(stored))
