"""Acts in the host's own session: whose transaction it is, what outlasts it, and what a database refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import NullPool, orm

from consentguard.ports import InsideTransactionError, StoreError
from consentguard.records import RightsRequest, Selection, Token
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from tests.sqlalchemy.site import TABLES, Person, opened

NOW = dt.datetime(2026, 5, 4, 3, 2, 1, tzinfo=dt.UTC)
TOKEN = Token(digest="d" * 64, purpose="confirm", about="request", expires_at=NOW + dt.timedelta(days=1))


def ada(**values: str) -> Person:
    """Somebody in the host's table."""
    return Person(**{"email": "ada@example.com", "name": "Ada", "joined": NOW} | values)


def unused(database: str, subject: str = "ada") -> int:
    """What another connection sees of a subject's codes."""
    with opened(database) as stores:
        return stores.recovery_codes.left(subject)


def flushed(session: orm.Session) -> None:
    session.add(ada())
    session.flush()


def bulk(session: orm.Session) -> None:
    session.bulk_save_objects([ada()])


CHANGES: dict[str, Callable[[orm.Session], object]] = {
    "begun": lambda session: session.begin(),
    "savepoint": lambda session: session.begin_nested(),
    "pending": lambda session: session.add(ada()),
    "flushed": flushed,
    "bulk": bulk,
    "statement": lambda session: session.execute(sa.update(Person).values(name="Bob")),
    "core": lambda session: session.execute(Person.__table__.delete()),
    "text": lambda session: session.execute(sa.text("UPDATE person SET name = 'Bob'")),
    "locked": lambda session: session.execute(sa.select(Person).with_for_update()).all(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_session_with_changes_is_a_transaction(
    session: orm.Session, stores: SQLAlchemyStores, change: Callable[[orm.Session], object], database: str
) -> None:
    """What must outlast it is refused; what is joined goes with it."""
    change(session)
    with pytest.raises(InsideTransactionError):
        stores.recovery_codes.spend("ada", "digest", NOW)
    stores.recovery_codes.replace("ada", ["digest"])
    assert stores.recovery_codes.left("ada") == 1
    session.rollback()
    assert stores.recovery_codes.left("ada") == 0
    stores.transactions.outside()


@pytest.mark.parametrize("end", [orm.Session.commit, orm.Session.rollback, orm.Session.close])
def test_a_session_is_clean_again_when_its_transaction_ends(
    session: orm.Session, stores: SQLAlchemyStores, end: Callable[[orm.Session], None]
) -> None:
    """However it ends."""
    flushed(session)
    end(session)
    stores.transactions.outside()


def test_a_savepoint_that_ends_does_not_end_the_caller_s_transaction(
    session: orm.Session, stores: SQLAlchemyStores
) -> None:
    """Its changes are still to be committed."""
    flushed(session)
    session.begin_nested().rollback()
    with pytest.raises(InsideTransactionError):
        stores.transactions.outside()


@pytest.mark.parametrize("query", [sa.select(Person), sa.text("SELECT 1")], ids=["select", "text"])
def test_a_session_that_was_read_from_is_none(
    session: orm.Session, stores: SQLAlchemyStores, query: sa.Executable, database: str
) -> None:
    """What is done then is committed at once, and the session is usable as before."""
    session.add(ada())
    session.commit()
    found = session.scalars(sa.select(Person)).one()
    session.execute(query)
    stores.recovery_codes.replace("ada", ["one", "two"])
    assert stores.recovery_codes.spend("ada", "one", NOW)
    assert not session.in_transaction()
    assert unused(database) == 1
    assert found.name == "Ada"


def test_what_the_host_keeps_after_a_commit_is_kept(database: str, stores: SQLAlchemyStores) -> None:
    """Objects of a session that does not expire them stay as they were read, for the host to go on with."""
    engine = sa.create_engine(database, poolclass=NullPool)
    with orm.Session(engine, expire_on_commit=False) as session:
        session.add(ada())
        session.commit()
        found = session.scalars(sa.select(Person)).one()
        SQLAlchemyStores(session, TABLES).recovery_codes.replace("ada", ["digest"])
        assert "name" in vars(found)


def test_a_caller_s_changes_are_not_committed_by_an_act(
    session: orm.Session, stores: SQLAlchemyStores, database: str
) -> None:
    """Whoever began commits."""
    session.add(ada())
    stores.recovery_codes.replace("ada", ["digest"])
    session.flush()
    session.commit()
    assert unused(database) == 1


def test_an_act_that_fails_leaves_the_caller_s_changes(session: orm.Session, stores: SQLAlchemyStores) -> None:
    """It goes back to its savepoint, and no further."""
    session.add(ada())
    with suppress(RuntimeError), stores.transactions.atomic():
        stores.recovery_codes.replace("ada", ["digest"])
        raise RuntimeError
    session.commit()
    assert stores.recovery_codes.left("ada") == 0
    assert session.scalars(sa.select(Person)).one().name == "Ada"


def test_a_savepoint_is_undone_with_the_transaction_around_it(
    session: orm.Session, stores: SQLAlchemyStores, database: str
) -> None:
    """Also as the first thing in it, where Python's sqlite3 has not begun one, and releasing would commit."""
    with suppress(RuntimeError), session.begin():
        with stores.transactions.atomic():
            stores.recovery_codes.replace("ada", ["digest"])
        raise RuntimeError
    assert unused(database) == 0


def test_reading_again_sees_what_others_have_done(stores: SQLAlchemyStores, database: str) -> None:
    """No reading of ours holds on to the database as it was: a sealer that waits would wait for ever."""
    assert stores.recovery_codes.left("ada") == 0
    with opened(database) as others:
        others.recovery_codes.replace("ada", ["digest"])
    assert stores.recovery_codes.left("ada") == 1


def test_a_claim_that_another_transaction_wins_is_lost_and_no_error(database: str, stores: SQLAlchemyStores) -> None:
    """Under a stricter isolation than usual too; the caller's transaction goes on."""
    stores.tokens.add(TOKEN)
    # SQLite lets nobody else write meanwhile, so there the claim comes first
    first = database.startswith("sqlite")
    engine = sa.create_engine(database, poolclass=NullPool, isolation_level=None if first else "REPEATABLE READ")
    with orm.Session(engine) as session:
        late = SQLAlchemyStores(session, TABLES)
        if first:
            assert stores.tokens.claim(TOKEN.digest, "confirm", NOW)
        with session.begin():
            assert late.recovery_codes.left("ada") == 0
            assert first or stores.tokens.claim(TOKEN.digest, "confirm", NOW)
            assert late.tokens.claim(TOKEN.digest, "confirm", NOW) is None
            late.recovery_codes.replace("ada", ["digest"])
    assert unused(database) == 1


def test_two_who_replace_nothing_do_not_wait_for_each_other(database: str, stores: SQLAlchemyStores) -> None:
    """MariaDB would lock the gap where either found nothing, and refuse one of them."""
    if database.startswith("sqlite"):
        return  # one writer at a time
    with opened(database) as others, stores.transactions.atomic(), others.transactions.atomic():
        stores.recovery_codes.replace("ada", [])
        others.recovery_codes.replace("bob", [uuid4().hex])
        stores.recovery_codes.replace("ada", [uuid4().hex])
    assert (unused(database, "ada"), unused(database, "bob")) == (1, 1)


def test_a_sessionmaker_gives_each_thread_a_session(database: str, stores: SQLAlchemyStores) -> None:
    """One session never serves two threads."""
    engine = sa.create_engine(database, poolclass=NullPool)
    shared = SQLAlchemyStores(orm.sessionmaker(engine), TABLES)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: shared.recovery_codes.replace(name, [uuid4().hex]), ["ada", "bob"]))
    assert (unused(database, "ada"), unused(database, "bob")) == (1, 1)


def test_a_session_without_autobegin_serves_too(database: str, stores: SQLAlchemyStores) -> None:
    """Some hosts want every transaction to be begun by hand."""
    engine = sa.create_engine(database, poolclass=NullPool)
    with orm.Session(engine, autobegin=False) as session:
        strict = SQLAlchemyStores(session, TABLES)
        strict.recovery_codes.replace("ada", ["digest"])
        with session.begin():
            strict.recovery_codes.replace("bob", ["digest"])
        assert strict.recovery_codes.spend("ada", "digest", NOW)
        assert strict.recovery_codes.left("bob") == 1


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[SQLAlchemyStores]:
    """Stores on a database without a table."""
    with opened(f"sqlite:///{tmp_path / 'empty.sqlite3'}") as stores:
        yield stores


def test_a_database_without_our_tables_says_what_makes_them(empty: SQLAlchemyStores) -> None:
    """Whatever is asked of it."""
    asks: tuple[Callable[[], object], ...] = (
        lambda: empty.entries.about("consent.decided", ["ada"]),
        lambda: empty.tokens.add(TOKEN),
        lambda: empty.recovery_codes.spend("ada", "digest", NOW),
        lambda: empty.dataset.match("Person", "email", "ada@example.com"),
    )
    for ask in asks:
        with pytest.raises(StoreError, match="flask consentguard create-tables"):
            ask()
        empty.transactions.outside()


def test_every_database_knows_when_a_table_is_missing(database: str) -> None:
    """Each says it in words of its own."""
    metadata = sa.MetaData()
    sa.Table("gone", metadata, sa.Column("id", sa.Integer, primary_key=True))
    with orm.Session(sa.create_engine(database, poolclass=NullPool)) as session:
        stores = SQLAlchemyStores(session, TABLES, models=Models.of(metadata))
        with pytest.raises(StoreError, match="lacks a table"):
            stores.dataset.match("gone", "id", "1")


def test_a_database_that_cannot_be_reached_is_an_error_of_ours(tmp_path: Path) -> None:
    """Nothing is half-done, and nobody's address is in it."""
    with opened(f"sqlite:///{tmp_path / 'nowhere' / 'site.sqlite3'}") as stores:
        with pytest.raises(StoreError, match="cannot be reached"):
            stores.suppressions.among(["ada"], "news")
        with pytest.raises(StoreError, match="cannot be reached"):
            stores.tokens.add(TOKEN)


@pytest.mark.postgres
def test_what_a_commit_refuses_is_an_error_of_ours(postgres_url: str) -> None:
    """A host's constraint may be checked as late as that; what a block itself raises stays as it is."""
    with opened(postgres_url) as stores, orm.Session(sa.create_engine(postgres_url, poolclass=NullPool)) as session:
        late = SQLAlchemyStores(session, TABLES)
        TABLES.entries.metadata.create_all(session.connection())
        session.execute(sa.text("CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        session.commit()
        try:
            with pytest.raises(StoreError, match="refuses a change"), late.transactions.atomic():  # noqa: PT012
                session.execute(sa.text("INSERT INTO late VALUES (1), (1)"))
                late.recovery_codes.replace("ada", ["digest"])
            with pytest.raises(sa.exc.ProgrammingError), late.transactions.atomic():
                session.execute(sa.text("INSERT INTO nowhere VALUES (1)"))
            assert stores.recovery_codes.left("ada") == 0
        finally:
            session.execute(sa.text("DROP TABLE late"))
            session.commit()


IMPATIENT = {
    "sqlite": "PRAGMA busy_timeout = 0",
    "postgresql": "SET lock_timeout = '1ms'",
    "mysql": "SET innodb_lock_wait_timeout = 0",
}
"""How a connection is told not to wait for a row that another one has."""


def test_a_row_that_another_transaction_holds_is_busy_and_not_lost(stores: SQLAlchemyStores, database: str) -> None:
    """Whoever holds it may still roll back, so nobody is told that their link is used up."""
    stores.tokens.add(TOKEN)
    engine = sa.create_engine(database, poolclass=NullPool)
    impatient = IMPATIENT[engine.dialect.name]
    sa.event.listen(engine, "connect", lambda raw, _: raw.cursor().execute(impatient))
    with orm.Session(engine) as other, stores.transactions.atomic():
        assert stores.tokens.claim(TOKEN.digest, "confirm", NOW)
        with pytest.raises(StoreError, match="is busy"):
            SQLAlchemyStores(other, TABLES).tokens.claim(TOKEN.digest, "confirm", NOW)


def test_no_value_stands_in_an_error(stores: SQLAlchemyStores) -> None:
    """A driver's error would show the row; ours does not, nor does what led to it."""
    request = RightsRequest(
        id="r", right="access", state="received", received_at=NOW, due_on=NOW.date(), language="en",
        jurisdiction="", contact=b"secret-contact", contact_ref="secret-ref", owes="",
    )  # fmt: skip
    stores.requests.add(request)
    with pytest.raises(StoreError) as caught:
        stores.requests.add(request)
    assert "secret" not in f"{caught.value} {caught.value.args}"
    assert caught.value.__suppress_context__


def test_rows_of_the_host_that_changed_are_read_anew(session: orm.Session, stores: SQLAlchemyStores) -> None:
    """The session's objects do not keep what was emptied."""
    session.add(ada())
    session.commit()
    (key,) = stores.dataset.match("Person", "name", "ADA")
    found = session.get_one(Person, int(key))
    with stores.transactions.atomic():
        assert found.name == "Ada"
        stores.dataset.clear(Selection(label="Person", root="Person", keys=(key,)), ["name"])
        assert found.name == ""
