"""Questions that an index answers with too many rows: they are asked by `search`, which looks at each that is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import sqlalchemy as sa

from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.kinds import Index
from consentguard_flask.sqlalchemy.encrypted.asked import found_by
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError

if TYPE_CHECKING:
    from consentguard_flask.sqlalchemy.encrypted.types import Encrypted


class Question:
    """What `Customer.email.prefix("ada")` gives: a question to one column. It is no condition of a query."""

    def __init__(
        self, column: sa.ColumnElement[Any], kind: Encrypted[Any], indexes: Sequence[Index], asked: object
    ) -> None:
        self.column, self.kind, self._asked = column, kind, asked
        self.index = _best(indexes, asked)

    def __repr__(self) -> str:
        return f"<a question to {self.column}>"

    def __clause_element__(self) -> NoReturn:
        """Raises EncryptedColumnError: a query would count, change or delete rows that were not meant."""
        hint = "`search(session, select(...), question)` gives the objects that are meant"
        raise EncryptedColumnError(f"{self!r} is no condition of a query: it finds more rows than are meant", hint=hint)

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        """What holds for every row that is meant, and for some that are not."""
        return found_by(self.column, self.kind, self.index, self._asked)

    def is_meant(self, value: Any) -> bool:
        """Whether a value is what was looked for."""
        return self.kind.is_found(self.index, value, self._asked)


def _best(indexes: Sequence[Index], asked: object) -> Index:
    """The index that finds the fewest rows, of those that can answer. Raises SearchError as the last of them does."""
    mistake = SearchError("no index")
    for index in sorted(indexes, key=lambda index: (getattr(index, "n", 0), index.bits), reverse=True):
        try:
            index.query_terms(asked)
        except SearchError as error:
            mistake = error.with_traceback(None)
        else:
            return index
    raise mistake
