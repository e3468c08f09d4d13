"""What the database answers of a searched column: which values equal one, by the digests of an exact index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models.expressions import Value
from django.db.models.lookups import Lookup

from consentguard.crypto.index.declared import exact_of
from consentguard.crypto.installed import ASK_FOR_NULL
from consentguard_django.fields.columns import IsNone, IsNullOf, SealedCol
from consentguard_django.fields.errors import refuse
from consentguard_django.fields.search.asked import Asked
from consentguard_django.fields.search.digests import DigestCol

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]
    _Lookup = Lookup[Any]
else:
    _Lookup = Lookup

DECLARE = 'declare what equality means: Encrypted(..., search="exact"), or "casefold", "email", "phone:GT"'
BY_SEARCH = "ask for a whole value, or for a part by `consentguard_django.fields.search.search`"
FOLD = 'its index tells upper from lower case: declare search="casefold"'
GIVE_VALUES = "give it values: those of another column have other digests"


class FoundBy(_Lookup):
    """Rows whose digest is one of those of what is looked for. Those without a digest are never among them.

    Of an index that is not exact, others have the same digests too.
    """

    prepare_rhs = False
    lhs: Any
    rhs: Any

    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(lhs, rhs)
        self._constructor_args: Any = ((self.lhs, self.rhs), {})  # which Django keeps as they were given, and pickles

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Whether the generated column has one of the digests. Raises SearchError, KeyringError."""
        digests = [compiler.compile(Value(each, models.BinaryField())) for each in self.rhs.digests()]
        if not digests:
            raise EmptyResultSet
        column, _ = compiler.compile(self._column)
        sent = ", ".join(sql for sql, _ in digests)
        # not NULL, so that the rows that are left are those that would be left if each had its value in plain
        return f"({column} IN ({sent}) AND {column} IS NOT NULL)", [each for _, params in digests for each in params]

    def get_group_by_cols(self) -> list[Any]:
        """The generated column."""
        return [self._column]

    @property
    def _column(self) -> DigestCol:
        return DigestCol(self.lhs.alias, self.lhs.target, self.rhs.index)


class Equals(FoundBy):
    """`email="ada@example.com"`."""

    lookup_name = "exact"

    def get_prep_lookup(self) -> Any:
        """What is looked for; None stays, of which Django makes IS NULL."""
        return None if self.rhs is None else _asked(self, self.rhs, [self.rhs])


class EqualsFolded(Equals):
    """`email__iexact="ADA@example.com"`, which an index that folds letters takes for the same."""

    lookup_name = "iexact"


class Among(FoundBy):
    """`email__in=[...]`."""

    lookup_name = "in"

    def get_prep_lookup(self) -> Asked:
        """All that is looked for."""
        return _asked(self, self.rhs, () if hasattr(self.rhs, "resolve_expression") else self.rhs)


def lookup_of(field: Field, name: str) -> Any:
    """The lookup of that name. Raises EncryptedFieldError for what the database cannot answer."""
    exact = exact_of(field.indexes)
    if name == "isnull":
        return IsNullOf
    if name not in ("exact", "iexact", "in"):
        refuse(field, name, BY_SEARCH if field.indexes else ASK_FOR_NULL)
    if exact is None:
        return IsNone if name == "exact" else refuse(field, name, BY_SEARCH if field.indexes else DECLARE)
    if name == "iexact" and exact.normalise == "exact":
        refuse(field, name, FOLD)
    return {"exact": Equals, "iexact": EqualsFolded, "in": Among}[name]


def _asked(lookup: Any, given: Any, values: Iterable[Any]) -> Asked:
    if isinstance(given, Asked):
        return given
    field = lookup.lhs.target if isinstance(lookup.lhs, SealedCol) else None
    values = list(values)
    if field is None or any(hasattr(each, "resolve_expression") for each in (given, *values)):
        del given, values  # a traceback keeps the locals of its frames
        refuse(field or lookup.lhs.output_field, f"{lookup.lookup_name} of an expression", GIVE_VALUES)
    exact: Any = exact_of(field.indexes)
    return Asked.of(field, exact, [field.form.indexed(value) for value in values])
