"""What the values of a column are bound to: to the column alone, to their row, or to the data subject that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.db import models

from consentguard_django.fields.errors import unbound

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]

BoundTo = Literal["column", "row"] | Mapping[str, str]
ITSELF = "save the object, or write `sealed_for(key, value)`, which says it"


@dataclass(frozen=True, slots=True)
class Binding:
    """A declaration in two words: `subject`, the kind of a data subject, and `attribute`, which names it or the row."""

    subject: str = ""
    attribute: str = ""

    @classmethod
    def of(cls, declared: object) -> Binding:
        """The binding that `bound_to` says. Raises TypeError for anything else."""
        if declared == "column":
            return cls()
        if declared == "row":
            return cls(attribute="pk")
        if isinstance(declared, Mapping) and len(declared) == 1:
            ((subject, attribute),) = declared.items()
            if subject and attribute and "." not in attribute and "__" not in attribute:
                return cls(subject, attribute)
        raise TypeError(f'bound_to={declared!r}: it is "column", "row", or one kind of data subject and a column')

    @property
    def declared(self) -> BoundTo:
        """What `of` was given."""
        return {self.subject: self.attribute} if self.subject else "row" if self.attribute else "column"


@dataclass(frozen=True, slots=True)
class For:
    """A value, and the key of the row or data subject that it is sealed for. Shows neither."""

    key: Any
    value: Any

    def __repr__(self) -> str:
        return "<a value and whose it is>"


def sealed_for(key: Any, value: Any) -> Any:
    """A value of a bound column for where no object says whose it is: `update(phone=sealed_for(user.pk, "..."))`.

    `key` is the primary key of the row, or of the data subject that the row names, as `bound_to` has it: it must be
    that of every row that is written, or the value opens in none of the others.
    """
    return For(key, value)


def naming(field: Field) -> models.Field[Any, Any]:
    """The field of the same model that says what each value is bound to. Raises FieldDoesNotExist."""
    options = field.model._meta
    found: Any = options.pk if field.binding.attribute == "pk" else options.get_field(field.binding.attribute)
    return found  # type: ignore[no-any-return]


def text_of(field: Field, key: Any) -> str:
    """A key as the text that values are bound to; empty for none, and for what only the database will know."""
    if key is None or hasattr(key, "resolve_expression"):
        return ""
    return str(naming(field).to_python(key))


def row_of(field: Field, instance: models.Model) -> str:
    """The text that the values of an object are bound to as it is now. Raises UnboundError where it has none yet."""
    named = naming(field)
    if text := text_of(field, getattr(instance, named.attname)):
        return text
    raise unbound(field, f"an object without `{named.attname}`", f"give it its `{named.attname}` before it is saved")
