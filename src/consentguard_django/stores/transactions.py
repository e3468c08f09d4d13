"""Transactions of a database alias, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from types import TracebackType
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from consentguard import triggers
from consentguard.ports import InsideTransactionError, StoreError
from consentguard.ports.mistakes import ConflictError, mistake

TRIES = 100
"""How often a statement is tried that others are faster than: each time one of them is done."""


class DjangoTransactions:
    """`consentguard.ports.Transactions` of a database alias."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def atomic(self) -> AbstractContextManager[None]:
        """All of the block or nothing."""
        return _Block(self._alias)

    def outside(self) -> None:
        """Raises InsideTransactionError inside a transaction; the one that a TestCase wraps a test in is none."""
        outside(self._alias)


class _Block(AbstractContextManager[None]):
    """A transaction whose beginning and end may fail in our words; what fails within it is the caller's."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._block = transaction.atomic(using=alias)

    def __enter__(self) -> None:
        with told(self._alias):
            self._block.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with told(self._alias):
            self._block.__exit__(kind, error, trace)


def outside(alias: str) -> BaseDatabaseWrapper:
    """The connection of an alias that is in no transaction. Raises InsideTransactionError inside one."""
    connection: BaseDatabaseWrapper = transaction.get_connection(alias)
    if connection.connection is None:
        with told(alias):
            connection.ensure_connection()
    blocks = connection.atomic_blocks
    # as Atomic(durable=True) looks at it, and a transaction that somebody manages by hand besides
    inside = not blocks[-1]._from_testcase if blocks else not connection.get_autocommit()  # type: ignore[attr-defined]
    if inside:
        hint = "end the transaction first; under ATOMIC_REQUESTS, mark the view with non_atomic_requests"
        raise InsideTransactionError(f"a transaction on the database {alias!r} could undo what must stay", hint=hint)
    return connection


@contextmanager
def told(alias: str) -> Iterator[None]:
    """Raise a database's error as a StoreError, without its text: drivers write the values of a row into it."""
    ours = None
    try:
        yield
    except Error as error:
        ours = _mistake(alias, error)
    except ImproperlyConfigured:  # as Django has it where DATABASES names no engine, such as in a build
        ours = StoreError(f'the database "{alias}" is not configured', hint="give it an ENGINE in DATABASES")
    if ours:
        raise ours from None  # the error itself may hold values of a row


@contextmanager
def purging(alias: str) -> Iterator[None]:
    """A transaction that may remove what triggers else keep: see `consentguard.triggers`."""
    connection = transaction.get_connection(alias)

    def run(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def count(query: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return int(cursor.fetchone()[0])

    with told(alias), transaction.atomic(using=alias), triggers.purging(connection.vendor, run, count):
        yield


def decided(alias: str, statement: Callable[[], int]) -> bool:
    """Whether a statement changed a row; False too where another transaction was faster, whatever the isolation.

    Alone it is tried again then, on what the other has left: under a strict isolation a conflict says nothing yet.
    Inside a transaction it has a savepoint, so that the rest may go on. Raises StoreError where the database has ended
    the whole of it, as MariaDB does on a deadlock.
    """
    connection = transaction.get_connection(alias)
    if connection.in_atomic_block:
        try:
            with told(alias), transaction.atomic(using=alias):
                return statement() > 0
        except ConflictError:
            if connection.needs_rollback:
                raise
            return False
    for _ in range(TRIES):
        with suppress(ConflictError), told(alias):
            return statement() > 0
    return False


def changed(connection: BaseDatabaseWrapper, statement: str, values: Sequence[Any]) -> int:
    """How many rows a statement changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _mistake(alias: str, error: Error) -> StoreError:
    hint = "run `manage.py migrate`" + ("" if alias == "default" else f" with `--database={alias}`")
    cause = error.__cause__  # the driver's, unless the error is one that Django itself raises
    return mistake(alias, error if cause is None or isinstance(cause, Error) else cause, make_tables=hint)
