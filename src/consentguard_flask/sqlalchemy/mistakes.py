"""The errors of a database as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from consentguard.ports import StoreError, mistakes

MAKE_TABLES = "make consentguard's with `flask consentguard create-tables`, or by a migration of your own"


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raise StoreError for what the database called `name` refuses; it never says which values were refused."""
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise mistake(name, error) from None


def mistake(name: str, error: exc.SQLAlchemyError) -> StoreError:
    """The error of ours that stands for one of the database's."""
    return mistakes.mistake(name, getattr(error, "orig", None) or error, make_tables=MAKE_TABLES)
