"""What a driver's error means: the same for every adapter, and never with what the driver wrote into it."""

from __future__ import annotations

import sqlite3

import pytest

from consentguard.ports import StoreError
from consentguard.ports.mistakes import CODES, BusyError, ConflictError, MissingError, RefusedError, mistake

SECRET = "ada@example.com"


class DriverError(Exception):
    """An error as PEP 249 has it."""


class IntegrityError(DriverError):
    """A row that breaks a rule, as PEP 249 calls it."""


def of_postgres(state: str, kind: type[DriverError] = DriverError, name: str = "sqlstate") -> DriverError:
    error = kind(f"DETAIL: Failing row contains ({SECRET})")
    setattr(error, name, state)
    return error


def told(error: BaseException) -> StoreError:
    return mistake("shop", error, make_tables="make them")


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (of_postgres("42P01"), MissingError, "lacks a table"),
        (of_postgres("42703"), MissingError, "lacks a table or a column"),
        (of_postgres("40001"), ConflictError, "was faster"),
        (of_postgres("40P01", name="pgcode"), ConflictError, "was faster"),
        (of_postgres("55P03"), BusyError, "is busy"),
        (of_postgres("23505", IntegrityError), RefusedError, "refuses a change"),
        (of_postgres("53300"), StoreError, "cannot be reached, or refuses a statement (53300)"),
        (DriverError(1146, SECRET), MissingError, "lacks a table"),
        (DriverError(1054, SECRET), MissingError, "lacks a table or a column"),
        (DriverError(1213, SECRET), ConflictError, "was faster"),
        (DriverError(1020, SECRET), ConflictError, "was faster"),
        (DriverError(1205, SECRET), BusyError, "is busy"),
        (DriverError(4025, SECRET), RefusedError, "refuses a change"),
        (IntegrityError(1062, SECRET), RefusedError, "refuses a change"),
        (sqlite3.OperationalError(f"no such table: {SECRET}"), MissingError, "lacks a table"),
        (sqlite3.OperationalError(f"no such column: {SECRET}"), MissingError, "lacks a table or a column"),
        (sqlite3.OperationalError(f"table t has no column named {SECRET}"), MissingError, "lacks a table or a column"),
        (sqlite3.OperationalError("database is locked"), BusyError, "is busy"),
        (sqlite3.OperationalError(f"database table is locked: {SECRET}"), BusyError, "is busy"),
        (sqlite3.IntegrityError(f"UNIQUE constraint failed: {SECRET}"), RefusedError, "refuses a change"),
        (sqlite3.OperationalError("unable to open database file"), StoreError, "(OperationalError)"),
    ],
)
def test_a_driver_s_error_is_one_of_ours(error: BaseException, kind: type[StoreError], said: str) -> None:
    """By its code where it has one, else by its words or its name."""
    ours = told(error)
    assert type(ours) is kind
    assert said in ours.message
    assert 'the database "shop"' in ours.message
    assert ours.hint
    assert SECRET not in str(ours)


@pytest.mark.parametrize("code", CODES)
def test_what_is_busy_is_never_taken_for_a_loss(code: str) -> None:
    """Whoever holds the row may still give it back, so nobody is told that a link is used up or a code was wrong."""
    error = of_postgres(code) if not code.isdecimal() or len(code) == 5 else DriverError(int(code))
    assert isinstance(told(error), ConflictError) is (CODES[code] == "conflict")


def test_a_missing_table_says_what_makes_it() -> None:
    """Each framework has a command of its own."""
    assert told(DriverError(1146)).hint == "make them"
