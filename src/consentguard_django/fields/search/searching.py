"""`search`: objects by a part of a value. The database finds more of them than are meant, and these are left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, overload

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.expressions import F
from django.db.models.query import ModelIterable

from consentguard.crypto.erased import Erased
from consentguard.crypto.errors import ErasedError
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.kinds import Compound, Domain, Exact, Index, Last, Prefix, Truncated
from consentguard.errors import ConsentGuardError
from consentguard_django.fields.errors import EncryptedFieldError
from consentguard_django.fields.search.asked import Asked
from consentguard_django.fields.search.lookups import FoundBy

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]

Row = TypeVar("Row", bound=models.Model)
KINDS: dict[str, tuple[type[Index], ...]] = {
    "": (Exact, Truncated),
    "prefix": (Prefix,),
    "last": (Last,),
    "domain": (Domain,),
    "compound": (Compound,),
}
"""How a question to each kind of index is written behind the name of its field."""
PORTION = 1000
"""How many rows are loaded at once: of their objects the keys are, too."""


def search(rows: models.QuerySet[Row], **questions: Any) -> Matches[Row]:
    """The objects of a queryset to which all of these apply: `search(Customer.objects.all(), phone__last="0000")`.

    A question names an encrypted field with an index, and behind it `__prefix`, `__last`, `__domain` or `__compound`,
    or nothing for a value that is equal. A compound is asked for by a dict of a value for each of its fields. The
    database finds the rows of equal digests, in the order of the queryset; each is opened, and those that are not meant
    are left out.

    Raises EncryptedFieldError where no index answers, and SearchError where less is asked for than it needs.
    """
    every = rows.all()  # of a manager too
    if not issubclass(every._iterable_class, ModelIterable) or not questions:
        raise EncryptedFieldError("search() is asked something of objects", hint="name a field, and leave values() out")
    try:
        asked = [_Question.of(every.model, name, value) for name, value in questions.items()]
    except ConsentGuardError as error:
        mistake = error.with_traceback(None)
    else:
        return Matches(every.filter(*(question.condition for question in asked)), asked)
    del questions  # a traceback keeps the locals of its frames
    raise mistake


class Searchable(models.QuerySet[Row]):
    """A queryset with `search` as a method, for `objects = Searchable.as_manager()`."""

    search = search


class Matches(Generic[Row]):
    """The objects that `search` found: they are loaded and opened as they are taken, anew each time.

    A slice takes no more than it needs. What a queryset would ask the database, such as `count()` or `delete()`, raises
    EncryptedFieldError: that would answer for the others too.
    """

    def __init__(
        self, rows: models.QuerySet[Row], questions: list[_Question], start: int = 0, stop: int | None = None
    ) -> None:
        self._rows, self._questions, self._start, self._stop = rows, questions, start, stop

    def __repr__(self) -> str:
        return f"<Matches of {self._rows.model._meta.label}>"

    def __iter__(self) -> Iterator[Row]:
        """Raises DecryptionError and KeyringError, as reading a value does."""
        found = (row for row in self._rows.iterator(PORTION) if all(each.is_meant(row) for each in self._questions))
        return islice(found, self._start, self._stop)

    def __bool__(self) -> bool:
        return self.first() is not None

    @overload
    def __getitem__(self, wanted: int) -> Row: ...

    @overload
    def __getitem__(self, wanted: slice) -> Matches[Row]: ...

    def __getitem__(self, wanted: int | slice) -> Row | Matches[Row]:
        """One, or those of a slice. Raises IndexError, and ValueError for a place that is counted from the end."""
        if isinstance(wanted, int):
            found = self[wanted : wanted + 1].first()
            if found is None:
                raise IndexError(f"there is no match {wanted}")
            return found
        start, stop = wanted.start or 0, wanted.stop
        if wanted.step is not None or start < 0 or (stop or 0) < 0:
            raise ValueError("matches are counted from the first, and taken one after the other")
        ends = [each for each in (self._stop, None if stop is None else self._start + stop) if each is not None]
        return Matches(self._rows, self._questions, self._start + start, min(ends, default=None))

    def __getattr__(self, name: str) -> NoReturn:
        if hasattr(models.QuerySet, name) and not name.startswith("__"):
            hint = "iterate; or take the primary keys of what is found, and query by those"
            raise EncryptedFieldError(f"`{name}` would be answered for rows that were not meant too", hint=hint)
        raise AttributeError(name)

    def first(self) -> Row | None:
        """The first, or None."""
        return next(iter(self), None)


@dataclass(frozen=True, slots=True)
class _Question:
    """What one index is asked for."""

    field: Field
    asked: Asked

    @classmethod
    def of(cls, model: type[models.Model], name: str, value: Any) -> _Question:
        """What a keyword of `search` says. Raises EncryptedFieldError, SearchError."""
        column, _, kind = name.partition("__")
        field: Any = _field(model, column)
        return cls(field, _best(field, _indexes(field, kind), value))

    @property
    def condition(self) -> FoundBy:
        """What holds for every row that is meant, and for some that are not."""
        return FoundBy(F(self.field.name), self.asked)

    def is_meant(self, row: models.Model) -> bool:
        """Whether an object's value is what was looked for. Raises DecryptionError."""
        value = self.field.form.indexed(value_in(row, self.field))
        return any(self.asked.index.matches(value, text) for text in self.asked.texts)


def value_in(row: models.Model, field: models.Field[Any, Any]) -> Any:
    """What an object has in an encrypted field; None where it was erased. Raises DecryptionError and KeyringError."""
    try:
        value = getattr(row, field.attname)
    except ErasedError:
        return None
    return None if isinstance(value, Erased) else value


def _field(model: type[models.Model], name: str) -> Any:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        field = None
    if not getattr(field, "indexes", ()):
        hint = "search its own model by one with an index; for another's, query by the primary keys that this finds"
        raise EncryptedFieldError(f"{model._meta.label} has no searched field {name!r}", hint=hint)
    return field


def _indexes(field: Field, kind: str) -> list[Index]:
    """The indexes that answer questions of this kind, those that find the fewest rows first."""
    found = [index for index in field.indexes if isinstance(index, KINDS.get(kind, ()))]
    if not found:
        hint = f"its indexes are {', '.join(index.name for index in field.indexes)}"
        raise EncryptedFieldError(f"no index of {field} answers `{kind or 'equal'}`", hint=hint)
    return sorted(found, key=lambda index: (getattr(index, "n", 0), index.bits), reverse=True)


def _best(field: Field, indexes: list[Index], value: Any) -> Asked:
    """What is asked of the first index that can answer. Raises SearchError as the last of them does."""
    mistake = SearchError(f"{field} has no index")
    for index in indexes:
        asked = _asked(field, index, value)
        try:
            for text in asked.texts:
                index.query_terms(text)
        except SearchError as error:
            mistake = error.with_traceback(None)
        else:
            return asked
    raise mistake


def _asked(field: Field, index: Index, value: Any) -> Asked:
    if isinstance(index, Compound):
        if not isinstance(value, dict) or set(value) != set(index.columns):
            hint = f"a dict of {', '.join(index.columns)}"
            raise SearchError(f"{field} is asked for by a value of each of its fields", hint=hint)
        parts = [_part(field, name, value[name]) for name in index.columns]
        value = None if None in parts else parts
    elif isinstance(index, (Exact, Truncated)):
        value = field.form.indexed(value)
    return Asked.of(field, index, [value])


def _part(field: Field, name: str, value: Any) -> Any:
    part: Any = field.model._meta.get_field(name)
    return part.form.indexed(value)
