"""What a database refuses, in our words: an error of a driver may hold personal data, one of ours never does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from consentguard.ports.stores import StoreError

Kind = Literal["missing", "conflict", "busy", "refused"]

CODES: Mapping[str, Kind] = {
    # PostgreSQL, appendix A: SQLSTATE
    "42P01": "missing",  # undefined_table
    "42703": "missing",  # undefined_column
    "40001": "conflict",  # serialization_failure
    "40P01": "conflict",  # deadlock_detected
    "55P03": "busy",  # lock_not_available
    # MariaDB, error code reference
    "1146": "missing",  # ER_NO_SUCH_TABLE
    "1054": "missing",  # ER_BAD_FIELD_ERROR
    "1213": "conflict",  # ER_LOCK_DEADLOCK
    "1020": "conflict",  # ER_CHECKREAD, under snapshot isolation
    "1205": "busy",  # ER_LOCK_WAIT_TIMEOUT
    "4025": "refused",  # ER_CONSTRAINT_FAILED
}
"""What a code means. A `conflict` is lost: another transaction was faster. Who finds a row `busy` knows nothing yet."""
WORDS: Mapping[str, Kind] = {
    "no such table": "missing",
    "no such column": "missing",
    "has no column named": "missing",
    " is locked": "busy",
}
"""What SQLite says, which has no code for it."""


class MissingError(StoreError):
    """The database can be reached, and has no such table or column."""


class ConflictError(StoreError):
    """Another transaction was faster, and the database undid what this one did last."""


class BusyError(StoreError):
    """Another transaction is in the way, and has not ended while this one could wait for it."""


class RefusedError(StoreError):
    """A row with that key is there already, another row refers to it, or a rule of the table forbids it."""


def mistake(name: str, error: BaseException, *, make_tables: str) -> StoreError:
    """The error of ours that stands for a driver's, raised by the database called `name`.

    `make_tables` is the hint where a table is missing. Nothing of the driver's text is in it but a code.
    """
    code = _code(error)
    kind = _kind(error, code)
    if kind == "missing":
        return MissingError(f'the database "{name}" lacks a table or a column', hint=make_tables)
    if kind == "conflict":
        return ConflictError(f'another transaction of the database "{name}" was faster', hint="try it again")
    if kind == "busy":
        return BusyError(f'the database "{name}" is busy: another transaction is in the way', hint="try it again")
    if kind == "refused":
        hint = "a row with its key is there already, a row of another table refers to it, or a rule forbids it"
        return RefusedError(f'the database "{name}" refuses a change', hint=hint)
    return StoreError(
        f'the database "{name}" cannot be reached, or refuses a statement ({code or type(error).__name__})',
        hint="check that it runs, and the address that the site has of it",
    )


def _kind(error: BaseException, code: str) -> Kind | None:
    known = CODES.get(code) if code else next((kind for words, kind in WORDS.items() if words in str(error)), None)
    refused = any(
        each.__name__ == "IntegrityError" for each in type(error).__mro__
    )  # as every driver calls it: PEP 249
    return known or ("refused" if refused else None)


def _code(error: BaseException) -> str:
    """The number that a driver of MariaDB gives, or the SQLSTATE that one of PostgreSQL gives; empty for SQLite."""
    number = error.args[0] if error.args else None
    if isinstance(number, int):
        return str(number)
    return str(getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "")
