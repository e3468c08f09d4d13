"""What a database refuses, in our words: an error of a driver may hold personal data, one of ours never does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from consentguard.ports import StoreError

MISSING = {"42P01", "1146"}
CONFLICTS = {"40001", "40P01", "1020", "1213"}
"""Serialization failures and deadlocks: PostgreSQL's SQLSTATE, MariaDB's error number."""
BUSY = {"55P03", "1205"}


class ConflictError(StoreError):
    """Another transaction was faster, and the database undid what this one did last."""


class RefusedError(StoreError):
    """A row with that key is there already, or another row refers to it."""


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raise StoreError for what the database called `name` refuses; it never says which values were refused."""
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise mistake(name, error) from None


def mistake(name: str, error: exc.SQLAlchemyError) -> StoreError:
    """The error of ours that stands for one of the database's."""
    code, text = _code(error), str(getattr(error, "orig", ""))
    if code in MISSING or "no such table" in text:
        hint = "make consentguard's with `flask consentguard create-tables`, or by a migration of your own"
        return StoreError(f'the database "{name}" lacks a table', hint=hint)
    if code in CONFLICTS:
        return ConflictError(f'another transaction of the database "{name}" was faster', hint="try it again")
    if code in BUSY or "database is locked" in text:
        return StoreError(f'the database "{name}" is busy', hint="try it again")
    if isinstance(error, exc.IntegrityError):
        hint = "a row with its key is there already, or a row of another table refers to it"
        return RefusedError(f'the database "{name}" refuses a change', hint=hint)
    return StoreError(
        f'the database "{name}" cannot be reached, or refuses a statement ({code or type(error).__name__})',
        hint="check that it runs, and the address that the site has of it",
    )


def _code(error: exc.SQLAlchemyError) -> str:
    """The number that a driver of MariaDB gives, or the SQLSTATE that one of PostgreSQL gives."""
    original = getattr(error, "orig", None)
    number = original.args[0] if isinstance(original, Exception) and original.args else None
    if isinstance(number, int):
        return str(number)
    return str(getattr(original, "sqlstate", None) or getattr(original, "pgcode", None) or "")
