"""Columns of mapped classes that are rotated, and that move in and out of encryption, on each database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import NullPool, orm

from consentguard.crypto import installed
from consentguard.crypto.column import Column
from consentguard.crypto.keyring import Keyring
from consentguard.reencryption import Conversion, Progress
from consentguard.testing.keys import keyring
from tests.processes import running, wait_for
from tests.sqlalchemy.moving import Base, Moving, Searched, backfill, encryption

ROWS = 200
DAY = dt.date(2026, 3, 27)


@pytest.fixture(autouse=True)
def ring() -> Iterator[Keyring]:
    """A keyring of the process."""
    made = keyring()
    installed.install(made)
    yield made
    installed.uninstall()


@pytest.fixture
def moving(database: str) -> Iterator[orm.Session]:
    """The session of a site of its own, whose tables are empty, and without triggers in the end."""
    engine = sa.create_engine(database, poolclass=NullPool)
    tables = [table for table in Base.metadata.sorted_tables if "moving" in table.name or "column_job" in table.name]
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for table in tables:
            connection.execute(table.delete())
    with orm.Session(engine) as session:
        yield session
        session.rollback()
        for column, way in (("phone", "encrypt"), ("due", "encrypt"), ("note", "decrypt")):
            converting(session, keyring(), column, way).end()


def converting(session: orm.Session, ring: Keyring, column: str = "phone", way: Any = "encrypt") -> Conversion:
    """The conversion of a column of the table."""
    return encryption(session, ring).conversion(f"Moving.{column}", way)


def short(progress: Progress) -> tuple[str, int, list[str]]:
    """The phase, how many rows have no copy, and the rows that had to be left alone."""
    return progress.phase, progress.left, [each.key for each in progress.refused]


def plain(session: orm.Session, *phones: str | None) -> None:
    """Rows as code wrote them that knew of no sealed column."""
    session.execute(sa.insert(Moving.__table__).values([{"phone": phone} for phone in phones]))
    session.commit()


def phones(session: orm.Session) -> list[tuple[str | None, str | None]]:
    """Both columns, by row."""
    session.expire_all()
    found = [(row.phone, row.phone_sealed) for row in session.scalars(sa.select(Moving).order_by(Moving.id))]
    session.commit()
    return found


def test_an_object_that_is_flushed_has_both(moving: orm.Session) -> None:
    """A new one, a changed one; what the database makes has no copy."""
    one = Moving(phone="one", due=Decimal("1.50"), note="n")
    moving.add(one)
    moving.commit()
    assert (one.phone_sealed, one.due_sealed, one.note_plain) == ("one", Decimal("1.50"), "n")
    one.phone, one.note = "other", None
    moving.commit()
    assert (phones(moving), one.note_plain) == ([("other", "other")], None)
    one.phone = sa.func.upper(Moving.phone)  # type: ignore[assignment]
    moving.commit()
    assert phones(moving) == [("OTHER", None)]


@pytest.mark.parametrize("phone", ["changed", "ADA", "ada ", None])
def test_a_copy_whose_original_changes_alone_is_emptied(moving: orm.Session, ring: Keyring, phone: str | None) -> None:
    """By a statement that knows of no copy; then it is made anew."""
    conversion = converting(moving, ring)
    conversion.expand()
    moving.add(Moving(phone="ada"))
    moving.commit()
    moving.execute(sa.update(Moving.__table__).values(due=3))
    moving.commit()
    assert phones(moving) == [("ada", "ada")]
    moving.execute(sa.update(Moving.__table__).values(phone=phone))
    moving.commit()
    assert phones(moving) == [(phone, None)]
    assert short(conversion.backfill()) == ("backfilled", 0, [])
    assert short(conversion.verify()) == ("verified", 0, [])
    assert phones(moving) == [(phone, phone)]


def test_a_column_goes_in(moving: orm.Session, ring: Keyring) -> None:
    """In the end the database refuses what writes one of the two alone, and lets the rest through."""
    plain(moving, "one", None, "", "+502 Ω")
    conversion = converting(moving, ring)
    conversion.expand()
    assert short(conversion.backfill()) == ("backfilled", 0, [])
    assert short(conversion.verify()) == ("verified", 0, [])
    conversion.enforce()
    assert [sealed for _, sealed in phones(moving)] == ["one", None, "", "+502 Ω"]
    with pytest.raises(sa.exc.DBAPIError):
        moving.execute(sa.update(Moving.__table__).values(phone="changed"))
    moving.rollback()
    moving.add(Moving(phone="new"))
    moving.commit()


def test_numbers_go_in(moving: orm.Session, ring: Keyring) -> None:
    """As the values that the type has."""
    moving.execute(sa.insert(Moving.__table__).values([{"due": Decimal("1.50")}, {"due": Decimal(0)}]))
    moving.commit()
    conversion = converting(moving, ring, "due_sealed")
    conversion.expand()
    assert short(conversion.backfill()) == ("backfilled", 0, [])
    assert short(conversion.verify()) == ("verified", 0, [])
    assert list(moving.scalars(sa.select(Moving.due_sealed).order_by(Moving.id))) == [Decimal("1.50"), Decimal(0)]


def test_a_column_comes_out(moving: orm.Session, ring: Keyring) -> None:
    """A copy whose original changes alone is emptied, and made anew."""
    moving.add_all([Moving(note="one"), Moving(note=None), Moving(note="")])
    moving.commit()
    moving.execute(sa.update(Moving.__table__).values(note_plain=None))
    moving.commit()
    conversion = converting(moving, ring, "note", "decrypt")
    conversion.expand()
    assert short(conversion.backfill()) == ("backfilled", 0, [])
    moving.execute(sa.update(Moving.__table__).where(Moving.note_plain == "one").values(note="changed"))
    moving.commit()
    assert short(conversion.progress()) == ("backfilled", 1, [])
    conversion.backfill()
    assert short(conversion.verify()) == ("verified", 0, [])
    assert list(moving.scalars(sa.select(Moving.note_plain).order_by(Moving.id))) == ["changed", None, ""]


@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_backfill_that_is_killed_goes_on_where_it_stopped(
    moving: orm.Session, database: str, ring: Keyring, tmp_path: Path
) -> None:
    """What it kept of how far it is, is how far it is."""
    plain(moving, *(f"phone {number}" for number in range(ROWS)))
    ring.write(tmp_path / "ring.keys")
    conversion, jobs = converting(moving, ring), encryption(moving, ring).stores.column_jobs
    conversion.expand()
    with running(backfill, database, tmp_path / "ring.keys", 100.0):
        wait_for(lambda: any(job.done for job in jobs.all()))
    (job,) = jobs.all()
    assert (job.phase, conversion.progress().left) == ("backfilling", ROWS - job.done)
    done = conversion.backfill()
    assert (short(done), done.done) == (("backfilled", 0, []), ROWS)
    assert short(conversion.verify()) == ("verified", 0, [])


def test_a_rotation_finds_rows_by_keys_of_several_columns(moving: orm.Session, ring: Keyring) -> None:
    """Of a text and a date; values are found by their new digests afterwards."""
    moving.add_all(
        Searched(code=f"c{number}", day=DAY + dt.timedelta(days=number % 3), email=f"{number}@example.com")
        for number in range(40)
    )
    moving.commit()
    later = ring.with_new_key()
    rotation = encryption(moving, later).rotation
    (table,) = rotation.tables("Searched.email")
    rotated = rotation.run(table)
    assert (dict(rotated.after[0].keys), rotated.refusals) == ({2: 40}, 0)
    installed.install(later)
    assert moving.scalars(sa.select(Searched.code).where(Searched.email == "7@EXAMPLE.com")).all() == ["c7"]


def test_a_value_that_a_rule_of_the_table_forbids_is_named(moving: orm.Session, ring: Keyring) -> None:
    """Two that are equal cannot both have the digests of a unique column; all others get theirs."""
    unsearched = encryption(moving, ring).columns
    (column,) = (column for column in unsearched if str(column) == "Searched.email")
    bare = Column(replace(column.declared, indexes=()), ring, lambda: encryption(moving, ring).subject_keys)
    texts = [*(f"{number}@example.com" for number in range(20)), "7@example.COM"]
    rows = [
        {"code": f"c{number:02}", "day": DAY, "email": sa.type_coerce(bare.seal(text.encode()), sa.LargeBinary)}
        for number, text in enumerate(texts)
    ]
    for row in rows:
        moving.execute(sa.insert(Searched.__table__).values(row))
    moving.commit()
    rotation = encryption(moving, ring).rotation
    (table,) = rotation.tables("Searched.email")
    rotated = rotation.run(table)
    assert [(each.column, each.key) for each in rotated.refused] == [("Searched", '["c20", "2026-03-27"]')]
    assert (rotated.refusals, rotated.after[0].behind) == (1, 1)
