"""Leaves out of each ORM query of a session, as it is executed, rows whose use somebody restricted, and hidden ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakSet

from sqlalchemy import event, orm
from sqlalchemy.orm.interfaces import ORMOption

from consentguard.restriction.purposes import Limits, Purposes, current_limits
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.limiting import limited

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
        if limits is None or not state.is_orm_statement or state.execution_options.get(EVERY_ROW):
            return
        if state.is_insert:
            self._admit(limits, [state.bind_mapper] if state.bind_mapper else [])
            return
        options = self._options(limits.purposes, limits.purpose, hiding=not state.is_delete)
        if options:
            state.statement = state.statement.options(*options)

    def flushed(self, session: orm.Session, _context: object, _instances: object) -> None:
        """Refuse to add, change or delete objects that the purpose may not use."""
        limits = current_limits()
        if limits is not None:
            changed = (*session.new, *session.dirty, *session.deleted)
            self._admit(limits, {orm.object_mapper(each) for each in changed})

    def _admit(self, limits: Limits, mappers: Any) -> None:
        models = self._models()
        for mapper in mappers:
            for table in mapper.tables:
                use = limits.purposes.uses.get(models.label(table) or "")
                if use is not None:
                    limits.admit(use)

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
