"""Remembers of a host's session whether it has changed anything since its transaction began."""

from __future__ import annotations

import re
from collections.abc import Callable
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.orm import SessionTransactionOrigin

Watched = orm.Session | orm.sessionmaker[orm.Session] | orm.scoped_session[orm.Session]
CHANGED = "consentguard.changed"
READS = re.compile(
    r"\s*(select|show|explain|describe|pragma|values)\b(?!.*\bfor\s+(update|share)\b)", re.IGNORECASE | re.DOTALL
)


_WATCHED: WeakSet[Watched] = WeakSet()
"""Those that are watched. SQLAlchemy would go by their ids, and a new session may have that of one that is gone."""


def watch(sessions: Watched) -> None:
    """Watch a session, or all those of a sessionmaker or a scoped session, from now on.

    Work that goes past a session, straight to its connection, is not seen.
    """
    if sessions in _WATCHED:
        return
    for name, listener in _LISTENERS.items():
        event.listen(sessions, name, listener)
    _WATCHED.add(sessions)


def in_transaction(session: orm.Session) -> bool:
    """Whether somebody began a transaction on this session, or the session holds changes; reading alone is neither."""
    transaction = session.get_transaction()
    if transaction is None:
        return False
    return (
        transaction.origin is SessionTransactionOrigin.BEGIN
        or session.in_nested_transaction()
        or session.info.get(CHANGED, False)
        or bool(session.new or session.dirty or session.deleted)
    )


def _begun(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    # what a flush and the bulk methods run in
    if transaction.origin is SessionTransactionOrigin.SUBTRANSACTION:
        session.info[CHANGED] = True


def _executed(state: orm.ORMExecuteState) -> None:
    if not _reads(state.statement):
        state.session.info[CHANGED] = True


def _ended(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(CHANGED, None)


_LISTENERS: dict[str, Callable[..., None]] = {
    "after_transaction_create": _begun,
    "do_orm_execute": _executed,
    "after_transaction_end": _ended,
}


def _reads(statement: sa.Executable) -> bool:
    """Whether a statement changes nothing, and locks nothing that a commit of ours would let go."""
    if isinstance(statement, sa.TextClause):
        return bool(READS.match(statement.text))
    return statement.is_select and getattr(statement, "_for_update_arg", None) is None
