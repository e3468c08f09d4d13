"""An encrypted column in a query: selected it is opened or kept sealed, anything else is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn

from django.db.models.expressions import Col
from django.db.models.lookups import Exact, IsNull

from consentguard.crypto import installed
from consentguard.crypto.data_keys import KeyBatch
from consentguard_django.fields.binding import naming, text_of
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
        if self.target.declared.is_bound:
            if self.is_read:
                raise unbound(self.target, "a query for values alone", "use only(), and read the values of its objects")
            _convert_in_portions(compiler)
        return sql, ()

    def get_db_converters(self, connection: Any) -> list[Converter]:
        """What opens a value that is read at once, or what holds one until somebody reads it."""
        if self.is_read:
            return [self.target.from_db_value]
        return [Noting(self.target) if self.target.declared.subject else Loaded]


class _Alone:
    """Parameters that nobody may use: whatever a column is put into, those are joined with its own."""

    def __init__(self, field: Field) -> None:
        self._field = field

    def _refuse(self, *_: object) -> NoReturn:
        refuse(self._field, "anything but its values")

    __iter__ = __len__ = __getitem__ = __add__ = __radd__ = __mul__ = __rmul__ = __imul__ = _refuse


class Noting:
    """Converter of a column under keys of data subjects: tells the batch which key a value needs."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.batch = KeyBatch(installed.subject_keys)

    def __call__(self, stored: Any, column: Any, connection: Any) -> Loaded:
        """The value, not opened."""
        if stored is not None:
            self.field.current().note(stored, self.batch)
        return Loaded(stored, column, connection, None, self.batch)


def _convert_in_portions(compiler: Any) -> None:
    """Let the rows of this result learn of each other: which keys they need, and what each was bound to."""
    if "apply_converters" not in vars(compiler):
        compiler.apply_converters = partial(_in_portions, compiler, compiler.apply_converters)


def _in_portions(compiler: Any, convert: Any, rows: Any, converters: Any) -> Iterator[list[Any]]:
    noting = [each for functions, _ in converters.values() for each in functions if isinstance(each, Noting)]
    pairs = list(_pairs([expression for expression, _, _ in compiler.select]))
    converted = convert(rows, converters)
    while portion := list(islice(converted, PORTION)):
        for at, field, named in pairs:
            for row in portion:
                row[at].row = text_of(field, row[named])
        yield from portion
        batch = KeyBatch(installed.subject_keys)
        for each in noting:
            each.batch = batch


def _pairs(selected: list[Any]) -> Iterator[tuple[int, Field, int]]:
    """Where values stand that are bound, and where what names it does, if it is selected too."""
    places = {(each.alias, each.target): at for at, each in enumerate(selected) if isinstance(each, Col)}
    for at, each in enumerate(selected):
        if isinstance(each, SealedCol) and each.target.declared.is_bound:
            named = places.get((each.alias, naming(each.target)))
            if named is not None:
                yield at, each.target, named


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
