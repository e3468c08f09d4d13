"""An encrypted column in a query: selected it is opened or kept sealed, anything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from django.db.models.expressions import Col
from django.db.models.lookups import Exact, IsNull

from consentguard_django.fields.errors import refuse, unbound
from consentguard_django.fields.held import Loaded
from consentguard_django.fields.rows import hold_rows
from consentguard_django.fields.rules import check_select

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]
    _Exact = Exact[Any]
else:
    _Exact = Exact

Converter = Callable[[Any, Any, Any], Any]


class SealedCol(Col):
    """The column of an encrypted field.

    Where it is compiled nobody says what for, so it gives no parameters but something that refuses to be used as such.
    Only a SELECT replaces that, by `select_format`: a function, an ordering or a comparison fails instead.
    """

    target: Any
    is_read = False
    """Whether its values are read at once, as `values()` does; those of objects are not."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """The column's name, and what refuses to be a part of anything."""
        return self.sql(compiler), _Alone(self.target)

    def sql(self, compiler: Any) -> str:
        """The quoted name of the column."""
        found: str = super().as_sql(compiler, compiler.connection)[0]
        return found

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        """The column in a SELECT. Raises EncryptedFieldError or UnboundError where its values could not be opened."""
        query = compiler.query
        self.is_read = not query.default_cols or any(self is each for each in query.annotations.values())
        check_select(self, compiler)
        if not self.is_read:
            hold_rows(compiler)
        elif self.target.is_bound:
            raise unbound(self.target, "a query for values alone", "use only(), and read the values of its objects")
        return sql, ()

    def get_db_converters(self, connection: Any) -> list[Converter]:
        """What opens a value that is read at once, or what holds one until somebody reads it."""
        return [self.target.from_db_value if self.is_read else Loaded]


class _Alone:
    """Parameters that nobody may use: whatever a column is put into, those are joined with its own."""

    def __init__(self, field: Field) -> None:
        self._field = field

    def _refuse(self, *_: object) -> NoReturn:
        refuse(self._field, "anything but its values")

    __iter__ = __len__ = __getitem__ = __add__ = __radd__ = __mul__ = __rmul__ = __imul__ = _refuse


class IsNone(_Exact):
    """`field=None`, which Django turns into IS NULL; with any other value it is refused."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if rhs is not None:
            refuse(lhs.output_field, "exact")
        super().__init__(lhs, rhs)


class IsNullOf(IsNull):
    """IS NULL, which the database can answer of a sealed value too."""

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> tuple[str, Any]:
        """The column itself."""
        column = lhs or self.lhs
        if isinstance(column, SealedCol):
            return column.sql(compiler), []
        found: tuple[str, Any] = super().process_lhs(compiler, connection, lhs)
        return found
