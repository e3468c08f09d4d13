"""What holds of rows, as conditions of querysets: moments that lie before another, texts among some, filled columns."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import connections, models
from django.db.models.functions import Cast, Length, Lower
from django.db.models.lookups import Exact, GreaterThan, In
from django.utils import timezone

from consentguard.crypto.index.layout import beginning_sql
from consentguard.datamap.schema import EMPTIED
from consentguard.ports import StoreError
from consentguard.records import Test
from consentguard_django.columns import Moment
from consentguard_django.fields import Encrypted
from consentguard_django.introspect import Model, type_of
from consentguard_django.purposes import every_row
from consentguard_django.stores.emptying import differs
from consentguard_django.stores.walking import end, walk

OPPOSITES = {"since": "before", "outside": "among", "empty": "filled"}
"""What a test asks for that holds wherever another does not, NULL included."""
_ALL = 2**30
"""More bytes than a value has."""


class AsBytes(models.Func):
    """A text's own bytes, where MariaDB's collations would find more than equal texts."""

    template = "CAST(CONVERT(%(expressions)s USING utf8mb4) AS BINARY)"
    arity = 1
    output_field = models.TextField()


class Stored(models.F):
    """An encrypted column's own bytes: as a column, it would refuse to be a part of anything."""

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        """The column in a query."""
        found: Any = super().resolve_expression(*args, **kwargs)
        return models.expressions.Col(found.alias, found.target, models.BinaryField())


class _SealedLength(models.Func):
    """How many bytes of an encrypted column follow its digests."""

    arity = 1
    output_field = models.IntegerField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, Any]:
        """What the database makes of the column's name."""
        column, _ = compiler.compile(self.get_source_expressions()[0])
        return f"LENGTH({beginning_sql(column, _ALL, connection.vendor)[1]})", ()


def holds(model: Model, test: Test, alias: str) -> tuple[models.Q, bool]:
    """The condition for the rows that a test holds of, and whether its path leads to many.

    Raises StoreError for a column that there is not, or that cannot be tested so.
    """
    how = OPPOSITES.get(test.how, test.how)
    found, is_many = models.Q(), False
    for column in test.column.split(","):
        lookup, many, generic = walk(model, column)
        if generic is not None:
            raise StoreError(f"{model._meta.label}.{column} is no column but a generic key", hint="name a column")
        found |= _has(model, lookup, how, test, alias)
        is_many |= many
    if how == test.how:
        return found, is_many
    if is_many:
        found = models.Q(pk__in=every_row(models.QuerySet(model, using=alias)).filter(found).values("pk"))
    return is_not(found), False


def is_not(condition: models.Q) -> models.Q:
    """Where a condition does not hold, or the database does not know whether it does."""
    whether = models.Case(models.When(condition, then=1), default=0, output_field=models.IntegerField())
    return models.Q(Exact(whether, 0))


def _has(model: Model, lookup: str, how: str, test: Test, alias: str) -> models.Q:
    field = end(model, lookup)
    if how == "filled":
        return _filled(field, lookup)
    if isinstance(field, Encrypted):
        hint = "name a column that is not, or let the rule say what else"
        raise StoreError(f"{field} is encrypted, and the database cannot read it", hint=hint)
    if isinstance(test.value, tuple):
        return _among(field, lookup, test.value, alias)
    if test.value is None:
        raise StoreError(f"a test of {field} lacks what it is held against", hint="give it a moment, or texts")
    return _before(field, lookup, test.value)


def _before(field: Any, lookup: str, moment: dt.datetime) -> models.Q:
    """Rows whose moment lies before another; a date counts when the whole of its day does."""
    local = moment.astimezone(timezone.get_default_timezone())
    if not isinstance(field, models.DateTimeField):
        return models.Q(**{f"{lookup}__lt": local.date()})
    aware = settings.USE_TZ or isinstance(field, Moment)
    return models.Q(**{f"{lookup}__lt": moment if aware else local.replace(tzinfo=None)})


def _among(field: Any, lookup: str, texts: tuple[str, ...], alias: str) -> models.Q:
    """Rows whose column is one of some texts, upper and lower case alike."""
    is_text = type_of(field) in EMPTIED and not field.is_relation
    lower: Any = Lower(models.F(lookup) if is_text else Cast(lookup, models.TextField()))
    if connections[alias].vendor == "mysql":
        lower = AsBytes(lower)
    return models.Q(In(lower, sorted({form for text in texts for form in (text.lower(), _ascii_lower(text))})))


def _ascii_lower(text: str) -> str:
    """As SQLite has it."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _filled(field: Any, lookup: str) -> models.Q:
    """Rows whose column holds something else than what `Dataset.clear` leaves there."""
    if field.null or field.is_relation or field.primary_key or type_of(field) not in EMPTIED:
        is_plain_text = type_of(field) in EMPTIED and not (field.is_relation or isinstance(field, Encrypted))
        return models.Q(**{f"{lookup}__gt": ""} if is_plain_text else {f"{lookup}__isnull": False})
    has_key = differs(field) and "__" not in lookup
    if isinstance(field, Encrypted):
        return _filled_sealed(field, lookup, has_key=has_key)
    own = Exact(models.F(lookup), Cast("pk", models.TextField()))
    return models.Q(**{f"{lookup}__gt": ""}) & (~models.Q(own) if has_key else models.Q())


def _filled_sealed(field: Any, lookup: str, *, has_key: bool) -> models.Q:
    """By the length of what is sealed: that of no characters, or of the row's key, is taken for an emptied one.

    So a value that happens to be as long as its row's key passes for emptied: unopened, nobody can tell them apart.
    """
    sealed, overhead = _SealedLength(Stored(lookup)), models.Value(field.declared.overhead)
    if not has_key:
        return models.Q(GreaterThan(sealed, overhead))
    is_uuid = isinstance(field.model._meta.pk, models.UUIDField)  # a text of 36 characters, however it is stored
    length = models.Value(36) if is_uuid else Length(Cast("pk", models.TextField()))
    return ~models.Q(Exact(sealed, length + overhead))
