"""One database as the stores use it: transactions over the host's session, statements, and errors of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc, orm

from consentguard import triggers
from consentguard.ports import InsideTransactionError
from consentguard.ports.mistakes import ConflictError
from consentguard_flask.sqlalchemy.columns import MARIADB
from consentguard_flask.sqlalchemy.mistakes import mistake, translated
from consentguard_flask.sqlalchemy.purposes import EVERY_ROW
from consentguard_flask.sqlalchemy.tables import Tables
from consentguard_flask.sqlalchemy.watching import in_transaction, watch

Sessions = orm.Session | orm.sessionmaker[orm.Session] | Callable[[], orm.Session]
"""A session, or what hands one out, such as a scoped session. A sessionmaker gives each thread one of its own."""
Parameters = Mapping[str, object] | Sequence[Mapping[str, object]]

TRIES = 100
"""How often a statement is tried that others are faster than: each time one of them is done."""


class Database:
    """A database by its name, and consentguard's tables in it.

    The caller's transaction is one that it began itself, or that holds changes: a block of ours is a savepoint there,
    and the caller commits. A session that was only read from is in none: what it read ends with a commit, so that a
    block of ours sees the database as it is now, and its own commit keeps nothing of the caller's.
    """

    def __init__(self, sessions: Sessions, tables: Tables, name: str, engine: sa.Engine | None = None) -> None:
        """`engine` is that of the database where the session serves several."""
        self.session = _handing_out(sessions)
        self.tables = tables
        self.name = name
        self._engine = engine
        self._where: dict[str, Any] = {"bind": engine} if engine else {"clause": tables.entries}

    @property
    def dialect(self) -> str:
        """What the database is: `sqlite`, `postgresql`, `mariadb` or `mysql`."""
        return self._dialect.name

    @property
    def counts_together(self) -> bool:
        """Whether its driver tells how many rows a statement changed that is executed for many parameters."""
        return self._dialect.supports_sane_multi_rowcount

    def quoted(self, name: str) -> str:
        """A name as it stands in a statement."""
        return self._dialect.identifier_preparer.quote(name)

    def quoted_table(self, table: sa.Table) -> str:
        """A table, with its schema, as it stands in a statement."""
        return self._dialect.identifier_preparer.format_table(table)

    @property
    def _dialect(self) -> sa.Dialect:
        return self.session().get_bind(**self._where).dialect

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """`consentguard.ports.Transactions.atomic`."""
        session = self.session()
        if in_transaction(session):
            self._begin_on_sqlite(session, "BEGIN")
            with self._ending(session.begin_nested()):
                yield
            return
        with self._own(session):
            self._begin_on_sqlite(session, "BEGIN IMMEDIATE")
            yield

    def _own(self, session: orm.Session) -> AbstractContextManager[None]:
        """A transaction of ours on a session that is in none of its caller's."""
        if session.in_transaction():
            session.commit()
        return self._ending(session.begin())

    @contextmanager
    def _ending(self, transaction: orm.SessionTransaction) -> Iterator[None]:
        """A transaction whose end may fail, in words of ours; what its block raises is the block's own."""
        raised: BaseException | None = None
        try:
            with transaction:
                try:
                    yield
                except BaseException as error:
                    raised = error
                    raise
        except exc.DBAPIError as error:
            if error is raised:
                raise
            raise mistake(self.name, error) from None

    def outside(self) -> None:
        """`consentguard.ports.Transactions.outside`."""
        if in_transaction(self.session()):
            raise InsideTransactionError(
                "this must outlast what comes next, so it cannot be part of a transaction",
                hint="commit or roll back first: somebody began a transaction, or the session holds changes",
            )

    @contextmanager
    def durable(self) -> Iterator[None]:
        """A transaction of its own, and committed when the block ends. Raises InsideTransactionError."""
        self.outside()
        with self.atomic():
            yield

    @contextmanager
    def purging(self) -> Iterator[None]:
        """A transaction that may remove what triggers else keep: see `consentguard.triggers`."""
        kind = "mysql" if self.dialect == "mariadb" else self.dialect

        def run(statement: str) -> None:
            self.write(sa.text(statement))

        def count(query: str) -> int:
            return int(self.read(sa.text(query))[0][0])

        with self.atomic(), triggers.purging(kind, run, count):
            yield

    def write(self, statement: sa.Executable, parameters: Parameters | None = None) -> int:
        """Execute a statement in the caller's transaction, or else in its own; how many rows. Raises StoreError."""
        with nullcontext() if in_transaction(self.session()) else self.atomic():
            return self._execute(statement, parameters).rowcount

    def remove(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        """Delete rows; how many went. Raises StoreError.

        Looks first: MariaDB locks the gap where it finds nothing to delete, and two that insert there next would wait
        for each other.
        """
        if not self.read(sa.select(sa.literal(1)).select_from(table).where(*where).limit(1)):
            return 0
        return self.write(sa.delete(table).where(*where))

    def verdict(self, statement: sa.Executable, parameters: Mapping[str, object] | None = None) -> bool:
        """Whether a statement found a row to change; False too where another transaction was faster.

        Alone it is tried again then, on what the other has left: under a strict isolation a conflict says nothing yet.
        SQLite locks the database with the statement itself, so it needs no word to begin.
        """
        session = self.session()
        joined = in_transaction(session)
        for _ in range(1 if joined else TRIES):
            with suppress(ConflictError), self.atomic() if joined else self._own(session):
                return self._execute(statement, parameters).rowcount > 0
        return False

    def durable_verdict(self, statement: sa.Executable, parameters: Mapping[str, object] | None = None) -> bool:
        """As `verdict`, and committed when it returns. Raises InsideTransactionError."""
        self.outside()
        return self.verdict(statement, parameters)

    def read(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        """Every row of a query; no transaction stays open that was not. Raises StoreError."""
        session = self.session()
        with nullcontext() if session.in_transaction() else session.begin():
            return self._execute(statement).all()

    def read_now(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        """As `read`, of what is committed by now: what a session has read before ends, but its objects stay as read.

        MariaDB shows a transaction what was there at its first query, and a session that reads begins one and leaves it
        open: a worker would hear for hours what people said before. A transaction of the caller's goes on as it is.
        """
        session = self.session()
        if self.dialect in MARIADB and session.in_transaction() and not in_transaction(session):
            with translated(self.name):
                session.connection(bind_arguments=dict(self._where)).exec_driver_sql("COMMIT")
        return self.read(statement)

    def _execute(self, statement: sa.Executable, parameters: Parameters | None = None) -> sa.CursorResult[Any]:
        where = {"bind": self._engine} if self._engine else {}
        with translated(self.name):
            result: Any = self.session().execute(
                statement, parameters, execution_options={EVERY_ROW: True}, bind_arguments=where
            )
        made: sa.CursorResult[Any] = result
        return made

    def _begin_on_sqlite(self, session: orm.Session, statement: str) -> None:
        """Begin a transaction that Python's sqlite3 would begin at the first change: a savepoint alone commits."""
        if self.dialect != "sqlite":
            return
        with translated(self.name):
            connection = session.connection(bind_arguments=dict(self._where))  # which it takes the bind out of
            if not getattr(connection.connection.dbapi_connection, "in_transaction", True):
                connection.exec_driver_sql(statement)


class Transactions:
    """`consentguard.ports.Transactions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def atomic(self) -> AbstractContextManager[None]:
        """All of the block or nothing."""
        return self._database.atomic()

    def outside(self) -> None:
        """Raises InsideTransactionError inside a transaction, or while the caller's session holds changes."""
        self._database.outside()


def _handing_out(sessions: Sessions) -> Callable[[], orm.Session]:
    if isinstance(sessions, orm.Session):
        session = sessions
        watch(session)
        return lambda: session
    found = orm.scoped_session(sessions) if isinstance(sessions, orm.sessionmaker) else sessions
    if isinstance(found, orm.scoped_session):
        watch(found)
    return found
