"""What may be written to an encrypted column, and what of it has to be sealed first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.constants import OnConflict
from django.db.models.expressions import Case, Col, Expression, Value, When
from django.db.models.functions import Cast
from django.db.models.sql import InsertQuery

from consentguard_django.fields.binding import naming
from consentguard_django.fields.columns import SealedCol
from consentguard_django.fields.errors import EncryptedFieldError, unbound
from consentguard_django.fields.held import Known
from consentguard_django.fields.keys import keys_for

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]

GIVE_VALUES = "give it a value, or a Case of values"


class Writing:
    """A value of an object whose column is bound, until its statement is compiled.

    Only there can be seen which objects are written together, so that the keys of all of them are loaded at once.
    """

    def __init__(self, field: Field, instance: models.Model) -> None:
        self._field, self._instance = field, instance

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """The sealed value. Raises UnboundError for an upsert that might give it to another's row."""
        if "are_sealed" not in vars(compiler):
            _seal_together(compiler.query, getattr(compiler.query, "objs", [self._instance]))
            compiler.are_sealed = True
        return "%s", (self._instance.__dict__[self._field.attname].stored,)


def _seal_together(query: Any, instances: Sequence[models.Model]) -> None:
    """Seal every bound value that a statement writes."""
    bound: list[Any]
    if isinstance(query, InsertQuery):
        bound = [field for field in query.fields if getattr(field, "is_bound", False)]
    else:
        bound = [field for field, _, value in query.values if isinstance(value, Writing)]
    for field in bound:
        _check_upsert(field, query)
    lacking = [(field, each) for field in bound for each in instances if _lacks_sealed_form(field, each)]
    with keys_for(lacking):
        for field in bound:
            for each in instances:
                field.seal_in_place(each)


def _lacks_sealed_form(field: Field, instance: models.Model) -> bool:
    held = instance.__dict__.get(field.attname)
    return type(held) is Known and held.stored is None and held.value is not None


def _check_upsert(field: Field, query: Any) -> None:
    """Raise UnboundError where the row that is updated may be bound to something else than the object."""
    if getattr(query, "on_conflict", None) is not OnConflict.UPDATE or field not in query.update_fields:
        return
    named = naming(field)
    if named not in (*query.unique_fields, *query.update_fields):
        raise unbound(field, "an upsert by other columns", f"let `{named.name}` be one of its unique or updated fields")


def storable(field: Field, value: Any) -> Any:
    """An expression that gives the column nothing but values sealed for it, and its own.

    Raises EncryptedFieldError for one that would give it anything else.
    """
    if isinstance(value, SealedCol) and value.target == field:
        return Col(value.alias, field)
    if isinstance(value, Value):
        return _sealing(field, value)
    if isinstance(value, (Case, When)) or (isinstance(value, Cast) and value.output_field is field):
        return _with_sources(field, value)
    kind = type(value).__name__
    raise EncryptedFieldError(
        f"{field} is encrypted, and takes nothing from {kind}() in the database", hint=GIVE_VALUES
    )


def _sealing(field: Field, value: Value) -> Value:
    sealing = Value(value.value, field)
    sealing.for_save = True
    return sealing


def _with_sources(field: Field, value: Expression) -> Expression:
    found = value.copy()
    first, *others = found.get_source_expressions()
    if isinstance(value, When):  # whose condition is a question to the database like any other
        found.set_source_expressions([first, *(storable(field, each) for each in others)])
    else:
        found.set_source_expressions([storable(field, each) for each in (first, *others)])
    return found
