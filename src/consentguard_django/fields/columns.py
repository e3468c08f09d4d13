"""An encrypted column in a query: selected it is opened or kept sealed, anything else is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, NoReturn

from django.db.models.expressions import Col
from django.db.models.lookups import Exact, IsNull

from consentguard.crypto import installed
from consentguard.crypto.data_keys import KeyBatch
from consentguard_django.fields.binding import naming
from consentguard_django.fields.errors import refuse, unbound
from consentguard_django.fields.held import Loaded
from consentguard_django.fields.rules import check_select

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]
    _Exact = Exact[Any]
else:
    _Exact = Exact

Converter = Callable[[Any, Any, Any], Any]
PORTION = 2000
"""Of how many rows of a result the keys are loaded together."""


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
            _convert_in_portions(compiler)
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


def _convert_in_portions(compiler: Any) -> None:
    """Let the values of this result be held a portion at a time, rather than by a call for each of them."""
    if "apply_converters" not in vars(compiler):
        compiler.apply_converters = partial(_in_portions, compiler, compiler.apply_converters)


def _in_portions(compiler: Any, convert: Any, rows: Iterable[Any], converters: dict[int, Any]) -> Iterator[Any]:
    """The rows, with Loaded for each value of an encrypted column, at the cost of C."""
    held = {at: expression for at, (functions, expression) in converters.items() if Loaded in functions}
    others = {at: converter for at, converter in converters.items() if at not in held}
    names = _naming_places(held, [expression for expression, _, _ in compiler.select])
    converted = iter(convert(rows, others) if others else rows)
    while portion := list(islice(converted, PORTION)):
        columns: list[Iterable[Any]] = list(zip(*portion, strict=True))
        batch = KeyBatch(installed.subject_keys)
        for at, column in held.items():
            columns[at] = _held(column, columns[at], columns[names[at]] if at in names else repeat(None), batch)
        yield from zip(*columns, strict=True)


def _held(column: SealedCol, values: Iterable[Any], keys: Iterable[Any], batch: KeyBatch) -> Iterable[Loaded]:
    field = column.target
    if not field.is_bound:
        return map(Loaded, values, repeat(column), repeat(None))
    if field.declared.subject:
        note = field.current().note
        for each in values:
            if each is not None:
                note(each, batch)
    return map(Loaded, values, repeat(column), repeat(None), keys, repeat(batch))


def _naming_places(held: dict[int, SealedCol], selected: list[Any]) -> dict[int, int]:
    """For each column whose values are bound, where what names that stands, if it is selected too."""
    places = {(each.alias, each.target): at for at, each in enumerate(selected) if isinstance(each, Col)}
    bound = {at: (each.alias, naming(each.target)) for at, each in held.items() if each.target.is_bound}
    return {at: places[named] for at, named in bound.items() if named in places}


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
