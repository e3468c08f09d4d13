"""Looks through statements before the database sees them: sealed bytes are selected and stored, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Compiled, ExceptionContext
from sqlalchemy.sql import elements, functions, operators

from consentguard.crypto.installed import ASK_FOR_NULL, cannot_answer
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError, showing_nothing
from consentguard_flask.sqlalchemy.encrypted.types import Encrypted
from consentguard_flask.sqlalchemy.encrypted.writing import check_written, others_of

_PASSED: WeakSet[Compiled] = WeakSet()
"""Statements that were looked through: SQLAlchemy keeps them, so that each is only once."""


@event.listens_for(sa.Engine, "before_cursor_execute", named=True)
def _check_compiled(**given: Any) -> None:
    compiled = getattr(given["context"], "compiled", None)
    del given  # a traceback keeps the locals of its frames, and there are parameters among these
    if compiled is not None and compiled not in _PASSED and compiled.statement is not None:
        check(compiled.statement, getattr(compiled, "column_keys", None) or ())
        made = getattr(getattr(compiled, "compile_state", None), "statement", None)
        if made is not None and made is not compiled.statement:  # of a class: with what relations and options bring
            check(made)
        _PASSED.add(compiled)


@event.listens_for(sa.Engine, "handle_error")
def _hide_parameters(context: ExceptionContext) -> None:
    """Show nothing of what could not be bound: it is as it was given, and not sealed yet."""
    error = context.sqlalchemy_exception
    if isinstance(error, sa.exc.StatementError) and context.execution_context is None:
        error.params = None


@showing_nothing
def check(statement: sa.ClauseElement, given: Sequence[str] = ()) -> None:
    """Raise EncryptedColumnError where a statement asks of an encrypted column what only plaintext can answer.

    `given` are the names of the parameters that it is executed with. Raises UnboundError as `check_written` does.
    """
    look = _Look(given)
    look.through(statement, is_selected=True)
    for name in look.sorted_by & look.encrypted:
        _refuse(name, "order_by")


class _Look:
    """One look through a statement; what is sorted by is known by name alone until all of it was seen."""

    def __init__(self, given: Sequence[str]) -> None:
        self._given = given
        self.encrypted: set[str] = set()
        self.sorted_by: set[str] = set()

    def through(self, element: Any, *, is_selected: bool = False) -> None:
        """Look at an element, and at what is in it; `is_selected`: its value goes to who asks, who opens it."""
        if is_encrypted(element):
            self.encrypted.update(str(name) for name in (element.key, getattr(element, "name", None)) if name)
            if not is_selected:
                _refuse(element, "a function or operator")
        if isinstance(element, sa.Select):
            self._through_select(element)
        elif isinstance(element, sa.CompoundSelect):
            self._through_compound(element)
        elif isinstance(element, (sa.Insert, sa.Update, sa.Delete)):
            check_written(element, self._given)
            self._given = ()  # they are those of the outermost
            self._through_all(element._returning, is_selected=True)
            self._through_all(others_of(element))
        elif isinstance(element, elements._textual_label_reference):
            self.sorted_by.add(element.element)
        elif not isinstance(element, (sa.TypeCoerce, sa.TableClause)) and not _asks_for_null(element):
            self._through_all(element.get_children(), is_selected=_hands_on(element, is_selected))

    def _through_all(self, found: Any, *, is_selected: bool = False) -> None:
        for element in found:
            self.through(element, is_selected=is_selected)

    def _through_select(self, select: sa.Select[Any]) -> None:
        columns = {id(column): column for column in select._raw_columns}
        for column in columns.values():
            self.encrypted |= {name for each in _columns_of(column) for name in (each.key, each.name)}
            if select._distinct and is_encrypted(column):
                _refuse(column, "distinct")
        for element in select.get_children():
            self.through(element, is_selected=id(element) in columns)

    def _through_compound(self, compound: sa.CompoundSelect[Any]) -> None:
        for select in compound.selects:
            for column in getattr(select, "_raw_columns", ()) if "ALL" not in compound.keyword.value else ():
                if is_encrypted(column):
                    _refuse(column, compound.keyword.value)
        self._through_all(compound.get_children())


def is_encrypted(element: Any) -> bool:
    """Whether it is an expression whose values are sealed ones, in the database."""
    is_expression = isinstance(element, sa.ColumnElement) and not isinstance(element, sa.BindParameter)
    return is_expression and isinstance(element.type, Encrypted) and not isinstance(element, sa.TypeCoerce)


def _columns_of(source: Any) -> list[sa.Column[Any]]:
    columns = source.c if isinstance(source, sa.FromClause) else ()
    return [column for column in columns if isinstance(column.type, Encrypted)]


def _asks_for_null(element: Any) -> bool:
    is_question = isinstance(element, sa.BinaryExpression) and element.operator in (operators.is_, operators.is_not)
    return is_question and isinstance(element.right, sa.Null)


def _hands_on(element: Any, is_selected: bool) -> bool:
    """Whether what is in an element comes out of it as it is, or is only counted."""
    if isinstance(element, (functions.count, sa.Exists)):
        return True
    is_wrapping = isinstance(element, (sa.Label, elements.Grouping, sa.ScalarSelect, elements.ClauseList))
    return is_selected and (is_wrapping or not isinstance(element, sa.ColumnElement))


def _refuse(element: Any, question: str) -> NoReturn:
    name = f'"{element.type.name}"' if is_encrypted(element) else f'"{element}"'
    raise EncryptedColumnError(cannot_answer(name, question), hint=ASK_FOR_NULL)
