"""Demo data: deterministic, obviously synthetic, inserted in bulk."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select

from sms_gateway.extensions import db
from sms_gateway.models import Base, Customer
from sms_gateway.seed.accounts import DEMO_LOGINS, account_rows
from sms_gateway.seed.billing import billing_rows
from sms_gateway.seed.desk import open_cases
from sms_gateway.seed.marketing import marketing_rows, write_uploads
from sms_gateway.seed.messaging import messaging_rows
from sms_gateway.seed.operations import operation_rows
from sms_gateway.seed.source import Row, Source

__all__ = ["DEMO_LOGINS", "is_seeded", "open_cases", "seed_all"]


def is_seeded() -> bool:
    """Whether any account exists."""
    return db.session.scalar(select(Customer.id).limit(1)) is not None


def seed_all(rows: int, now: datetime, uploads: Path) -> Iterator[tuple[str, int]]:
    """Insert at least `rows` rows in one transaction; yields each table's name and count as it is done."""
    source = Source(rows, now)
    for model, table_rows in all_rows(source):
        db.session.execute(insert(model), table_rows)
        yield str(model.__tablename__), len(table_rows)
    write_uploads(source, uploads)
    db.session.commit()


def all_rows(source: Source) -> Iterator[tuple[type[Base], list[Row]]]:
    """The rows of every table, parents before children."""
    yield from account_rows(source)
    yield from marketing_rows(source)
    yield from messaging_rows(source)
    yield from billing_rows(source)
    yield from operation_rows(source)
