"""What a query may ask of an encrypted column: whether it is NULL, and what its indexes answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator

from consentguard.crypto.index.kinds import Compound, Domain, Index, Last, Prefix, Truncated
from consentguard.crypto.installed import ASK_FOR_NULL, cannot_answer
from consentguard_flask.sqlalchemy.encrypted.asked import found_by
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError, showing_nothing
from consentguard_flask.sqlalchemy.encrypted.questions import Question

if TYPE_CHECKING:
    from consentguard_flask.sqlalchemy.encrypted.types import Encrypted

_NULL = (operators.eq, operators.ne, operators.is_, operators.is_not)
_ONE = {operators.eq: True, operators.ne: False}
_MANY = {operators.in_op: True, operators.not_in_op: False}
EQUALITY = 'declare what equality means: Encrypted(..., search="exact"), or "casefold", "email", "phone:GT"'
BY_SEARCH = "`consentguard_flask.sqlalchemy.encrypted.search` finds by a prefix, the last digits or a domain"
"""What to do where a query asks of a searched column what only plaintext can answer."""


class Comparator(TypeDecorator.Comparator[Any]):
    """Refuses what would compare ciphertexts, which are never twice the same."""

    @showing_nothing
    def operate(self, op: operators.OperatorType, *other: Any, **kwargs: Any) -> sa.ColumnElement[Any]:
        """IS NULL; and equality, by the index that says what it is. Raises EncryptedColumnError for anything else."""
        asked = other[0] if other else None
        if op in _NULL and (asked is None or isinstance(asked, sa.Null)) and other:
            return super().operate(op, *other, **kwargs)
        if op in _ONE and isinstance(asked, sa.ColumnElement) and not isinstance(asked, sa.BindParameter):
            return sa.BinaryExpression(self.expr, asked, op)  # as a list asks whether a column is in it: see `checks`
        wanted = _ONE.get(op, _MANY.get(op)) if _is_value(asked) else None
        if wanted is None or not other:
            self._refuse(op)
        equal = self._equal(asked, op)
        return equal if wanted else sa.not_(equal)

    @showing_nothing
    def reverse_operate(self, op: operators.OperatorType, other: Any, **kwargs: Any) -> NoReturn:
        """Raises EncryptedColumnError."""
        self._refuse(op)

    @showing_nothing
    def prefix(self, text: str) -> Question:
        """For `search`: values that begin with a text. Raises EncryptedColumnError without such an index."""
        return self._question(Prefix, text)

    @showing_nothing
    def last(self, digits: str) -> Question:
        """For `search`: numbers that end in these digits. Raises EncryptedColumnError without such an index."""
        return self._question(Last, digits)

    @showing_nothing
    def domain(self, domain: str) -> Question:
        """For `search`: addresses at a domain. Raises EncryptedColumnError without such an index."""
        return self._question(Domain, domain)

    @showing_nothing
    def truncated(self, value: object) -> Question:
        """For `search`: values equal to one, by a short digest. Raises EncryptedColumnError without such an index."""
        return self._question(Truncated, value)

    @showing_nothing
    def compound(self, *parts: object) -> Question:
        """For `search`: values of these parts. Raises EncryptedColumnError without such an index."""
        return self._question(Compound, parts)

    @property
    def _kind(self) -> Encrypted[Any]:
        kind: Any = self.type
        found: Encrypted[Any] = kind
        return found

    def _question(self, kind: type[Index], asked: object) -> Question:
        indexes = [index for index in self._kind.search if isinstance(index, kind)]
        if not indexes:
            hint = f"declare it: Encrypted(..., search=[{kind.__name__}(...)])"
            raise EncryptedColumnError(f"{self.expr} has no index of the kind {kind.__name__}", hint=hint)
        return Question(self.expr, self._kind, indexes, asked)

    def _equal(self, asked: Any, op: operators.OperatorType) -> sa.ColumnElement[bool]:
        index = self._kind.exact
        if index is None:
            self._refuse(op)
        return found_by(self.expr, self._kind, index, asked, many=op in _MANY)

    def _refuse(self, op: operators.OperatorType) -> NoReturn:
        is_equality = op in _ONE or op in _MANY
        hint = BY_SEARCH if self._kind.search else EQUALITY if is_equality else ASK_FOR_NULL
        raise EncryptedColumnError(cannot_answer(f'"{self._kind.name}"', op.__name__), hint=hint)


def _is_value(asked: object) -> bool:
    """Whether it is sent to the database, and is no expression of it."""
    return isinstance(asked, sa.BindParameter) or (
        not hasattr(asked, "__clause_element__") and not isinstance(asked, sa.ClauseElement)
    )
