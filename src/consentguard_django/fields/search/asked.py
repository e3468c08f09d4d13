"""What somebody looks for in a searched column: kept out of sight until its digests are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consentguard.crypto import installed
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.kinds import Index
from consentguard.crypto.index.texts import canonical

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]

Text = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Texts that an index is asked for, each of them one, or one for each column of a compound.

    It shows none of them, and pickles them sealed: a query is kept in caches with the rows that it found. Their digests
    are of the keyring that the process has when the query is compiled.
    """

    field: Field
    index: Index
    texts: tuple[Text, ...]

    @classmethod
    def of(cls, field: Field, index: Index, values: list[Any]) -> Asked:
        """For these values, of which NULL equals nothing. Raises SearchError for one that has no text."""
        return cls(field, index, tuple(_text(value) for value in values if value is not None))

    def __repr__(self) -> str:
        return "<what is looked for>"

    def __reduce__(self) -> tuple[Any, ...]:
        """The texts, sealed as values of the column are. Raises KeyringError."""
        column = _unbound(self.field)
        return _opened, (self.field, self.index, [_sealed(column, text) for text in self.texts])

    def digests(self) -> list[bytes]:
        """What the generated column that is read holds of each. Raises SearchError and KeyringError."""
        column = self.field.current()
        try:
            found = [column.digest(self.index, text) for text in self.texts]
        except SearchError as error:
            mistake = error.with_traceback(None)  # whose frames hold what is looked for
        else:
            return [digest for digest in found if digest is not None]
        raise mistake


def _text(value: Any) -> Text:
    return tuple(map(canonical, value)) if isinstance(value, (list, tuple)) else canonical(value)


def _unbound(field: Field) -> Column:
    """The column without its indexes, and bound to no row."""
    return installed.InstalledColumn(Declaration(context=field.declared.context)).current()


def _sealed(column: Column, text: Text) -> Any:
    if isinstance(text, tuple):
        return [_sealed(column, part) for part in text]
    return column.seal(text.encode("utf-8", "surrogatepass"))


def _opened(field: Field, index: Index, sealed: list[Any]) -> Asked:
    column = _unbound(field)
    return Asked(field, index, tuple(_opened_text(column, each) for each in sealed))


def _opened_text(column: Column, sealed: Any) -> Any:
    if isinstance(sealed, list):
        return tuple(_opened_text(column, part) for part in sealed)
    return column.open(sealed).decode("utf-8", "surrogatepass")
