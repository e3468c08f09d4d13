"""Leaves out of each query of a session rows whose use somebody restricted, and hidden ones, or refuses the query."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakSet

from sqlalchemy import event, orm
from sqlalchemy.orm.interfaces import ORMOption

from consentguard.restriction.errors import PurposeLimitationError
from consentguard.restriction.purposes import Limits, Purposes, current_limits
from consentguard.restriction.uses import Use
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.limiting import limited
from consentguard_flask.sqlalchemy.purposes_tables import is_beyond_criteria, named, read

Limitable = orm.Session | orm.sessionmaker[orm.Session] | orm.scoped_session[orm.Session] | type[orm.Session]
EVERY_ROW = "consentguard_every_row"
"""The execution option of a statement that nothing limits: what is done on behalf of the people whose rows they are."""
_LIMITED: WeakSet[Any] = WeakSet()


def limit(sessions: Limitable, models: Callable[[], Models]) -> None:
    """Limit the queries of a session, or of all those of a sessionmaker, a scoped session or a class, from now on.

    `models` describes the classes; it is asked with the first query that may be limited. An AsyncSession is limited by
    its `sync_session_class`.
    """
    if sessions in _LIMITED:
        return
    listener = _Listener(models)
    event.listen(sessions, "do_orm_execute", listener.executed)
    event.listen(sessions, "before_flush", listener.flushed)
    _LIMITED.add(sessions)


class _Listener:
    def __init__(self, models: Callable[[], Models]) -> None:
        self._models = models
        self._options = lru_cache(maxsize=64)(self._new_options)

    def executed(self, state: orm.ORMExecuteState) -> None:
        """Limit a statement. Raises PurposeLimitationError or OutsidePurposeError."""
        limits = current_limits()
        if limits is None or state.execution_options.get(EVERY_ROW):
            return
        if state.is_column_load:
            self._admit(limits, state.bind_mapper.tables if state.bind_mapper else ())
        elif is_beyond_criteria(state):
            self._without_criteria(limits, state)
        else:
            options = self._options(limits.purposes, limits.purpose, hiding=not state.is_delete)
            if options:
                state.statement = state.statement.options(*options)

    def _without_criteria(self, limits: Limits, state: orm.ORMExecuteState) -> None:
        """Check a statement that nobody's rows can be left out of: in a purpose it may read no tagged table."""
        own = state.bind_mapper.tables if state.bind_mapper else ()
        self._admit(limits, {*named(state.statement), *own})
        for use in self._used(limits, read(state.statement)) if limits.purpose else ():
            message = (
                f'{use.label} is used for "{limits.purpose}" where nobody\'s rows can be left out of the statement'
            )
            hint = "write it with classes, as `select(Class)` or `update(Class).where(...)`; insert what that has found"
            raise PurposeLimitationError(message, hint=hint)

    def flushed(self, session: orm.Session, _context: object, _instances: object) -> None:
        """Refuse to add, change or delete objects that the purpose may not use."""
        limits = current_limits()
        if limits is not None:
            changed = (*session.new, *session.dirty, *session.deleted)
            self._admit(limits, {table for each in changed for table in orm.object_mapper(each).tables})

    def _admit(self, limits: Limits, tables: Iterable[Any]) -> None:
        for use in self._used(limits, tables):
            limits.admit(use)

    def _used(self, limits: Limits, tables: Iterable[Any]) -> Sequence[Use]:
        """What the policy says of those that are tagged, by label."""
        uses, models = limits.purposes.uses, self._models()
        labels = {models.label(table) or "" for table in tables}
        return [uses[label] for label in sorted(labels) if label in uses]

    def _new_options(self, purposes: Purposes, purpose: str, *, hiding: bool) -> Sequence[ORMOption]:
        """What is added to statements in a purpose: a condition for each class that has one."""
        models = self._models()
        limits = Limits(purposes, purpose)
        found: list[ORMOption] = []
        for use in purposes.uses.values():
            table = models.table(use.label)
            for mapper in models.mappers(table) if table is not None else ():
                condition = None if mapper.single else limited(models, mapper, use, limits, hiding=hiding)
                if condition is not None:
                    found.append(orm.with_loader_criteria(mapper.class_, condition, include_aliases=True))
        return tuple(found)
