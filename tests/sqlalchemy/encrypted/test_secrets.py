"""No plaintext is in what SQLAlchemy logs, in the text of an error, or in what a traceback keeps of our own frames."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

import consentguard
import consentguard_flask
from consentguard.crypto import installed
from consentguard.errors import ConsentGuardError
from consentguard_flask.sqlalchemy.encrypted import Encrypted, search
from consentguard_flask.sqlalchemy.encrypted.held import Held
from tests.sqlalchemy.encrypted.site import Base, Customer, Letter

customer = Base.metadata.tables["customer"]
SECRET = "s3cret"
OURS = tuple(module.__path__[0] for module in (consentguard, consentguard_flask))


def frames(error: BaseException) -> Iterator[FrameType]:
    """The frames that the traceback of an error, and of those that it was raised from, keeps."""
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        left += [each.__cause__, each.__context__]
        trace = each.__traceback__
        while trace is not None:
            yield trace.tb_frame
            trace = trace.tb_next


def shown(error: BaseException) -> str:
    """All that an error shows of itself, and the locals of our frames, as a reporter would send them."""
    ours = [frame for frame in frames(error) if frame.f_code.co_filename.startswith(OURS)]
    return " ".join([str(error), repr(error), *(repr(frame.f_locals) for frame in ours)])


class Picky(TypeDecorator[str]):
    """A type of the host's whose errors show what they were given."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        if value == SECRET:
            raise RuntimeError(f"{value} is not wanted")
        return value

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        return value


class Moody(Base):
    """A class with columns that refuse some values."""

    __tablename__ = "moody"
    id: Mapped[int] = mapped_column(primary_key=True)
    picky: Mapped[str | None] = mapped_column(Encrypted(Picky))
    number: Mapped[int | None] = mapped_column(Encrypted(sa.Integer))
    named: Mapped[str | None] = mapped_column(Encrypted(sa.String, name="moody.number"))
    born: Mapped[dt.date | None]


def flush(*objects: Any) -> Callable[[orm.Session], Any]:
    """An act that saves objects."""

    def act(session: orm.Session) -> None:
        session.add_all(objects)
        session.flush()

    return act


ACTS: dict[str, Callable[[orm.Session], Any]] = {
    "another type": lambda s: s.execute(sa.insert(customer), [{"visits": SECRET}]),
    "another type of an object": flush(Customer(visits=SECRET)),
    "bytes": lambda s: s.execute(sa.insert(customer), [{"phone": SECRET.encode()}]),
    "half a surrogate": lambda s: s.execute(sa.insert(customer), [{"phone": f"{SECRET}\ud800"}]),
    "half a surrogate that is searched": lambda s: s.execute(sa.insert(customer), [{"mail": f"{SECRET}\ud800"}]),
    "a type of the host's": lambda s: s.execute(sa.insert(Moody.__table__), [{"picky": SECRET}]),
    "no owner": flush(Letter(text=SECRET)),
    "no owner of a row": lambda s: s.execute(sa.insert(Letter), [{"text": SECRET}]),
    "question": lambda s: s.execute(sa.select(Customer).where(Customer.phone == SECRET)),
    "question of another type": lambda s: s.execute(sa.select(Customer).where(Customer.visits == SECRET)),
    "questions": lambda s: s.execute(sa.select(Customer).where(Customer.visits.in_([1, SECRET]))),
    "like": lambda s: s.execute(sa.select(Customer).where(Customer.email.like(f"{SECRET}%"))),
    "turned": lambda s: s.execute(sa.select(Customer).where(sa.literal(SECRET) == Customer.email)),
    "short": lambda s: list(search(s, sa.select(Customer), Customer.number.last(SECRET))),
    "prefix": lambda s: list(search(s, sa.select(Customer), Customer.phone.prefix(SECRET))),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_an_error_shows_no_value(session: orm.Session, act: Any) -> None:
    """Neither its text nor the locals of our frames."""
    with pytest.raises(ConsentGuardError) as caught:
        act(session)
    assert SECRET not in shown(caught.value)


def test_a_missing_key_shows_no_value(session: orm.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is to seal, to open or to look for one."""
    for name in ("CONSENTGUARD_KEYRING", "CONSENTGUARD_KEYRING_FILE"):
        monkeypatch.delenv(name, raising=False)
    session.add(Customer(email=SECRET, phone=SECRET))
    session.commit()
    found = session.scalars(sa.select(Customer)).one()
    installed.uninstall()
    for act in (
        flush(Customer(phone=SECRET)),
        lambda s: s.execute(sa.insert(customer), [{"phone": SECRET}]),
        lambda s: s.execute(sa.select(Customer).where(Customer.email == SECRET)),
        lambda s: found.phone,
        lambda s: s.scalars(sa.select(Customer.phone)).all(),
    ):
        with pytest.raises(ConsentGuardError, match="keyring") as caught:
            act(session)
        assert SECRET not in shown(caught.value)
        session.rollback()


def test_a_value_that_was_sealed_as_another_type_is_not_shown(session: orm.Session) -> None:
    """Where a text is read as a number."""
    session.execute(sa.insert(Moody.__table__), [{"named": SECRET}])
    session.execute(sa.text("UPDATE moody SET number = named"))
    reads = (sa.select(Moody.number), sa.select(Moody))
    for act in (lambda: session.scalars(reads[0]).one(), lambda: session.scalars(reads[1]).one().number):
        with pytest.raises(ConsentGuardError, match=r"moody\.number") as caught:
            act()
        assert SECRET not in shown(caught.value)


def test_the_log_shows_what_is_sent_and_not_what_was_given(
    session: orm.Session, caplog: pytest.LogCaptureFixture
) -> None:
    """Sealed bytes and digests, as they go to the database."""
    engine: Any = session.get_bind()
    engine.echo = True
    try:
        with caplog.at_level(logging.INFO, "sqlalchemy.engine"):
            session.add(Customer(email=f"{SECRET}@x.example", phone=SECRET))
            session.flush()
            session.execute(sa.insert(customer), [{"phone": SECRET}])
            session.scalars(sa.select(Customer).where(Customer.email == f"{SECRET}@x.example")).all()
    finally:
        engine.echo = False
    assert "INSERT INTO customer" in caplog.text
    assert "SELECT" in caplog.text
    assert SECRET not in caplog.text


def test_an_error_of_the_database_shows_sealed_parameters(session: orm.Session) -> None:
    """As they were sent."""
    session.execute(sa.insert(customer), [{"id": 1, "phone": SECRET, "mail": SECRET}])
    for parameters in ({"id": 1, "phone": SECRET}, {"id": 2, "mail": SECRET.upper()}):
        with pytest.raises(sa.exc.IntegrityError) as caught:
            session.connection().execute(sa.insert(customer), [parameters])
        assert "parameters" in str(caught.value)
        assert SECRET not in str(caught.value).lower()
        assert SECRET not in repr(caught.value.params).lower()


def test_an_error_before_the_database_shows_no_parameters(session: orm.Session) -> None:
    """Where the value of another column cannot be bound, those beside it are not sealed yet."""
    moody = Base.metadata.tables["moody"]
    for act in (
        lambda: session.connection().execute(sa.insert(moody), [{"number": 12345, "named": SECRET, "born": "x"}]),
        lambda: flush(Moody(named=SECRET, born="x"))(session),
    ):
        with pytest.raises(sa.exc.StatementError) as caught:
            act()
        assert SECRET not in f"{caught.value!s} {caught.value!r} {caught.value.params!r}"
        session.rollback()


def test_what_an_object_holds_is_not_printed(session: orm.Session) -> None:
    """Read, assigned or loaded."""
    made = Customer(email=SECRET)
    assert SECRET not in repr(vars(made))
    assert isinstance(vars(made)["email"], Held)
    session.add(made)
    session.commit()
    assert made.email == SECRET
    assert SECRET not in repr(vars(made))
