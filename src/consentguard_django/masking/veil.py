"""What stands in the admin for a sealed value: the mask, or the value for whoever was let to see it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.admin.utils import NotRelationField, display_for_field, get_fields_from_path
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models import Model
from django.utils.html import format_html

from consentguard.errors import ConsentGuardError
from consentguard.masking import MASK, last_of
from consentguard.screens import unmasking
from consentguard_django.fields import Encrypted
from consentguard_django.fields.held import Known, held_in

Field = Encrypted[Any, Any]
Place = tuple[str, str, str]
"""The model, primary key and field of one value."""


def sealed_fields(model: type[Model]) -> Iterator[Field]:
    """The encrypted fields of a model, its parents' among them."""
    return (each for each in model._meta.concrete_fields if isinstance(each, Encrypted))


def sealed_at(model: type[Model], name: object) -> Field | None:
    """The encrypted field that a name of the admin leads to, over relations too (`owner__phone`); None for others."""
    if not isinstance(name, str):
        return None
    try:
        found = get_fields_from_path(model, name)[-1]
    except (FieldDoesNotExist, NotRelationField):
        return None
    return found if isinstance(found, Encrypted) else None


def place_of(instance: Model, name: str) -> Place:
    """Where a value stands."""
    return instance._meta.concrete_model._meta.label, str(instance.pk), name  # type: ignore[union-attr]


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What one request may see: `shown` values whole, of `last` fields so many characters, of all others the mask.

    `link` gives the address where a value can be asked for; empty where it cannot.
    """

    language: str
    empty: str
    link: Callable[[Model, str], str]
    shown: frozenset[Place] = frozenset()
    last: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def labels(self) -> unmasking.Labels:
        """What stands beside a mask."""
        return unmasking.labels(self.language)

    def hides(self, instance: Model, column: Field) -> bool:
        """Whether something stands in place of a value: not for NULL, nor for one that may be seen."""
        return not holds_null(instance, column) and place_of(instance, column.name) not in self.shown

    def cell(self, instance: Model, column: Field) -> Any:
        """A value as it may be seen. Only one that is shown, or its last characters, is opened for it."""
        if not self.hides(instance, column):
            return display_for_field(getattr(instance, column.name), column.inner, self.empty)
        text, link = self._mask(instance, column), self.link(instance, column.name)
        spoken = text.replace(MASK[0], "") or self.labels.hidden
        mask = format_html('<span class="consentguard-mask" role="img" aria-label="{}">{}</span>', spoken, text)
        if not link:
            return mask
        label = f"{self.labels.unmask} {column.verbose_name}"
        return format_html('{} <a href="{}" aria-label="{}">{}</a>', mask, link, label, self.labels.unmask)

    def _mask(self, instance: Model, column: Field) -> str:
        number = self.last.get(column.name, 0)
        try:
            return last_of(getattr(instance, column.name), number) if number else MASK
        except ConsentGuardError:
            return MASK


def holds_null(instance: Model, column: Field) -> bool:
    """Whether a value is known to be NULL, without opening or loading it."""
    held = held_in(instance, column.attname)
    return held is not None and (held.value if type(held) is Known else held.stored) is None


@dataclass(frozen=True)
class Veil:
    """A column of the admin in place of a sealed field's: Django calls it with each object. Equal by its name."""

    name: str
    column: Field = field(compare=False)
    sight: Sight = field(compare=False)

    def __call__(self, instance: Model) -> Any:
        """What may be seen of the object's value, or of that of the object which the name leads to."""
        owner = _owner(instance, self.name)
        return self.sight.empty if owner is None else self.sight.cell(owner, self.column)

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def short_description(self) -> str:
        """The title of the column."""
        return str(self.column.verbose_name)


def veiled(model: type[Model], names: Iterable[Any], sight: Sight, among: Container[Any] | None = None) -> list[Any]:
    """Names of the admin, with a veil over each that leads to a sealed field and is `among` some, if these are given.

    A group of names, which stand on one line, stays one.
    """

    def of(name: Any) -> Any:
        if isinstance(name, (list, tuple)):
            return tuple(map(of, name))
        column = sealed_at(model, name)
        return name if column is None or (among is not None and name not in among) else Veil(name, column, sight)

    return list(map(of, names))


def _owner(instance: Model, path: str) -> Model | None:
    owner: Model | None = instance
    for step in path.split("__")[:-1]:
        try:
            owner = getattr(owner, step, None)
        except ObjectDoesNotExist:
            return None
    return owner
