"""Encrypted columns behind an async engine, where reading a value never waits for a database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from consentguard.crypto.errors import KeysNotLoadedError
from consentguard_flask.sqlalchemy.encrypted import (
    EncryptedColumnError,
    aheld,
    aprefetch,
    asearch,
    sealed_for,
)
from tests.sqlalchemy.encrypted.site import Customer, Letter, Owner, empty_tables

Act = Callable[[AsyncSession], Awaitable[None]]
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}


@pytest.fixture
def run(database: str) -> Callable[[Act], None]:
    """Runs what is asked of a session on empty tables, in an event loop; MariaDB has no async driver here."""
    url = sa.make_url(database)
    if url.get_backend_name() not in DRIVERS:
        url = sa.make_url("sqlite://")
    with empty_tables(url.render_as_string(hide_password=False)):
        pass

    @asynccontextmanager
    async def opened() -> AsyncIterator[AsyncSession]:
        engine = create_async_engine(url.set(drivername=DRIVERS[url.get_backend_name()]), poolclass=sa.StaticPool)
        async with engine.begin() as connection:
            await connection.run_sync(Customer.metadata.create_all)
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session
        await engine.dispose()

    def run(act: Act) -> None:
        async def work() -> None:
            async with opened() as session:
                await act(session)

        asyncio.run(work())

    return run


def test_values_go_in_and_come_out(run: Callable[[Act], None]) -> None:
    """By objects, columns and statements; questions are answered, and others refused."""

    async def act(session: AsyncSession) -> None:
        session.add(Customer(id=1, email="ada@x.example", phone="1"))
        await session.commit()
        await session.execute(sa.insert(Customer), [{"id": 2, "email": "bob@x.example"}])
        session.expunge_all()
        found = (await session.scalars(sa.select(Customer).order_by(Customer.id))).all()
        assert [each.email for each in found] == ["ada@x.example", "bob@x.example"]
        found[0].email = "new@x.example"
        await session.commit()
        assert (await session.scalars(sa.select(Customer.id).where(Customer.email == "NEW@x.example"))).all() == [1]
        assert (await session.scalars(sa.select(Customer.phone).order_by(Customer.id))).all() == ["1", None]
        streamed = [each.id async for each in await session.stream_scalars(sa.select(Customer).order_by(Customer.id))]
        assert streamed == [1, 2]
        assert [each.id for each in await asearch(session, sa.select(Customer), Customer.email.prefix("bob"))] == [2]
        with pytest.raises(EncryptedColumnError):
            await session.execute(sa.select(sa.func.lower(Customer.email)))

    run(act)


def test_keys_of_data_subjects_are_loaded_before_they_are_needed(run: Callable[[Act], None]) -> None:
    """For reading and for writing; without that it is an error, and not a query that stops everything else."""

    async def act(session: AsyncSession) -> None:
        session.add_all([Owner(id=1), Owner(id=2)])
        await session.flush()
        letters = [Letter(id=n, owner_id=n, text=f"text {n}") for n in (1, 2)]
        session.add_all(letters)
        with pytest.raises(KeysNotLoadedError):
            await session.flush()
        await session.rollback()
        session.add_all([Owner(id=1), Owner(id=2), *letters])
        async with aheld(letters):
            await session.commit()
        session.expunge_all()
        found = (await session.scalars(sa.select(Letter).order_by(Letter.id))).all()
        with pytest.raises(KeysNotLoadedError):
            _ = found[0].text
        await aprefetch(found)
        assert [each.text for each in found] == ["text 1", "text 2"]
        session.expunge_all()
        query = sa.select(Owner).options(orm.selectinload(Owner.letters)).order_by(Owner.id)
        owners = (await session.scalars(query)).all()
        await aprefetch(letter for each in owners for letter in each.letters)
        assert [each.letters[0].text for each in owners] == ["text 1", "text 2"]

    run(act)


def test_statements_and_searches_have_their_keys_too(run: Callable[[Act], None]) -> None:
    """A value that says whose it is, and objects that are looked at."""

    async def act(session: AsyncSession) -> None:
        session.add(Owner(id=1))
        letter = Letter(id=1, owner_id=1, text="text", extra=b"x")
        async with aheld([letter]):
            session.add(letter)
            await session.flush()
            await session.execute(sa.update(Letter).values(text=sealed_for(1, "changed")))
        session.expunge_all()
        question: Any = Letter.text == "changed"
        found = (await session.scalars(sa.select(Letter).where(question))).one()
        await aprefetch([found])
        assert (found.text, found.extra) == ("changed", b"x")

    run(act)
