"""Values that are bound to their row, or sealed under the key of the data subject that it names."""

from __future__ import annotations

import pickle
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Mapped, mapped_column

from consentguard.crypto import installed
from consentguard.crypto.erased import ERASED
from consentguard.crypto.errors import ErasedError, TamperedError, UnboundError
from consentguard.memory import MemoryStores
from consentguard.records import SubjectRef
from consentguard_flask.sqlalchemy.encrypted import Encrypted, EncryptedColumnError, sealed_for
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from consentguard_flask.sqlalchemy.tables import attach
from tests.sqlalchemy.encrypted.site import Base, Letter, Owner, Ticket, stored

letter, ticket = Base.metadata.tables["sealed_letter"], Base.metadata.tables["ticket"]


class Counted:
    """Data keys that count the questions that they are asked."""

    def __init__(self, stores: MemoryStores) -> None:
        self._keys = stores.data_keys
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self._keys, name)


@pytest.fixture
def counted(stores: MemoryStores) -> Counted:
    """The data keys of this process, counted."""
    made = Counted(stores)
    installed.install_data_keys(lambda: made)  # type: ignore[arg-type, return-value]
    return made


def owners(session: orm.Session, count: int = 1) -> None:
    """Owners with a letter each, in the database, and none of them in the session."""
    session.add_all(Owner(id=n, letters=[Letter(id=n, text=f"text {n}", extra=b"extra")]) for n in range(1, count + 1))
    session.commit()
    session.expunge_all()


def test_a_value_is_sealed_under_the_key_of_the_one_whom_its_row_names(everywhere: orm.Session) -> None:
    """On every database: known by the relation as the row is written, and opened by its object."""
    owners(everywhere)
    found = everywhere.scalars(sa.select(Letter)).one()
    assert (found.text, found.extra) == ("text 1", b"extra")
    assert stored(everywhere, "extra", "sealed_letter")[0][0] == 2
    assert everywhere.scalars(sa.select(Letter.id).where(Letter.text == "text 1")).all() == [1]


def test_keys_may_stand_beside_what_they_seal(everywhere: orm.Session) -> None:
    """In the same database and session: they are made and found while that flushes, and go with what is rolled back."""
    tables = attach(sa.MetaData())
    everywhere.execute(sa.delete(tables.data_keys))
    everywhere.commit()
    installed.install_data_keys(lambda: SQLAlchemyStores(everywhere, tables).data_keys)
    owners(everywhere, 3)
    for each in everywhere.scalars(sa.select(Letter)):
        each.text = f"{each.text} more"
    everywhere.add(Owner(id=4, letters=[Letter(id=4, text="new")]))
    everywhere.flush()
    everywhere.rollback()
    owners_again = [Owner(id=4, letters=[Letter(id=4, text="again")])]
    everywhere.add_all(owners_again)
    everywhere.commit()
    texts = [each.text for each in everywhere.scalars(sa.select(Letter).order_by(Letter.id))]
    assert texts == ["text 1", "text 2", "text 3", "again"]
    everywhere.execute(sa.delete(tables.data_keys))
    everywhere.commit()


def test_a_value_does_not_open_in_the_row_of_another(session: orm.Session) -> None:
    """Though it is the same column."""
    owners(session, 2)
    session.execute(sa.text("UPDATE sealed_letter SET text = (SELECT text FROM sealed_letter WHERE id = 1)"))
    with pytest.raises(TamperedError, match=r"letter\.text"):
        _ = session.get_one(Letter, 2).text


def test_destroying_a_key_erases_what_was_sealed_under_it(session: orm.Session) -> None:
    """An error or a mark, as the column says; the mark is never written back."""
    owners(session, 2)
    assert installed.subject_keys().destroy([SubjectRef("owner", "1")]) == 1
    found = session.get_one(Letter, 1)
    with pytest.raises(ErasedError, match=r"letter\.text"):
        _ = found.text
    assert found.extra is ERASED
    before = stored(session, "extra", "sealed_letter")
    found.extra = found.extra
    session.commit()
    assert stored(session, "extra", "sealed_letter") == before
    other = session.get_one(Letter, 2)
    with pytest.raises(EncryptedColumnError, match=r"Letter\.extra"):
        other.extra = ERASED  # type: ignore[assignment]
    assert (other.text, other.extra) == ("text 2", b"extra")
    session.refresh(found)
    assert pickle.loads(pickle.dumps(found)).extra is ERASED  # noqa: S301 - our own


def test_objects_are_loaded_without_what_opens_their_values(session: orm.Session) -> None:
    """A missing keyring, and a value that was cut off, are an error where it is read."""
    owners(session, 2)
    session.execute(sa.text("UPDATE sealed_letter SET text = X'1220' WHERE id = 1"))
    first, second = session.scalars(sa.select(Letter).order_by(Letter.id))
    with pytest.raises(TamperedError):
        _ = first.text
    assert second.text == "text 2"


def test_the_keys_of_a_result_are_loaded_with_one_query(session: orm.Session, counted: Counted) -> None:
    """When the first value is read; those of objects that are loaded later with another."""
    owners(session, 5)
    counted.asked.clear()
    found = session.scalars(sa.select(Owner).options(orm.joinedload(Owner.letters))).unique().all()
    assert [each.letters[0].text for each in found] == [f"text {n}" for n in range(1, 6)]
    assert counted.asked == ["find"]
    session.expire_all()
    assert session.get_one(Letter, 1).text == "text 1"
    assert counted.asked == ["find", "find"]


def test_the_keys_of_a_flush_are_made_with_one_question(session: orm.Session, counted: Counted) -> None:
    """Whose objects they are is known by then; objects that were not changed are not asked about."""
    owners(session, 5)
    assert counted.asked == ["of", "put"]
    for each in session.scalars(sa.select(Letter)):
        each.text = f"{each.text} more"
    counted.asked.clear()
    session.commit()
    assert counted.asked == ["of"]
    counted.asked.clear()
    session.execute(sa.update(Owner).where(Owner.id == 99).values(id=98))
    session.add(Owner(id=7))
    session.commit()
    assert counted.asked == []


def test_keys_that_a_flush_made_go_with_it(session: orm.Session, stores: MemoryStores) -> None:
    """One that is rolled back may take the new keys along, so the next makes sure of them."""
    session.add(Owner(id=1, letters=[Letter(id=1, text="a"), Letter(id=1, text="b")]))
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()
    session.rollback()
    fresh = MemoryStores()  # as if the database had forgotten them
    installed.install_data_keys(lambda: fresh.data_keys)
    owners(session)
    assert session.get_one(Letter, 1).text == "text 1"


def test_a_row_that_goes_to_another_has_its_values_sealed_anew(session: orm.Session) -> None:
    """Read or not, loaded or not, by the attribute or by the relation."""
    owners(session, 4)
    for number, way in enumerate(("unread", "read", "deferred", "relation"), 1):
        options = [orm.defer(Letter.text)] if way == "deferred" else []
        found = session.scalars(sa.select(Letter).where(Letter.id == number).options(*options)).one()
        if way == "read":
            assert found.text
        if way == "relation":
            found.owner = session.get_one(Owner, 1)
        else:
            found.owner_id = 4
        session.commit()
        session.expunge_all()
        assert session.get_one(Letter, number).text == f"text {number}", way


def test_a_row_without_values_may_go_to_another(session: orm.Session) -> None:
    """And one that goes to nobody may not keep any."""
    session.add_all([Owner(id=1), Owner(id=2), Letter(id=1, owner_id=1)])
    session.commit()
    found = session.get_one(Letter, 1)
    found.owner_id = 2
    session.commit()
    found.text = "a"
    session.commit()
    found.owner_id = None
    with pytest.raises(UnboundError, match=r"letter\.text"):
        session.flush()


def test_what_was_erased_stays_with_whom_it_was(session: orm.Session) -> None:
    """It cannot be sealed for anybody else."""
    owners(session, 2)
    installed.subject_keys().destroy([SubjectRef("owner", "1")])
    found = session.get_one(Letter, 1)
    with pytest.raises((ErasedError, UnboundError), match=r"text|extra"):
        found.owner_id = 2


def test_an_object_without_an_owner_cannot_hold_a_value(session: orm.Session) -> None:
    """Neither be saved nor pickled with one."""
    made = Letter(text="secret")
    session.add(made)
    with pytest.raises(UnboundError, match=r"letter\.text") as caught:
        session.flush()
    assert "secret" not in f"{caught.value}"
    session.rollback()
    with pytest.raises(UnboundError):
        pickle.dumps(Letter(text="secret"))
    assert b"secret" not in pickle.dumps(Letter(text="secret", owner_id=1))


def test_statements_say_whose_a_value_is(session: orm.Session) -> None:
    """With `sealed_for`; without it they are refused, and no value is shown."""
    owners(session, 2)
    session.execute(sa.insert(letter), [{"id": 3, "owner_id": 1, "text": sealed_for(1, "by a statement")}])
    session.execute(sa.insert(Letter), [{"id": 4, "owner_id": 2, "text": sealed_for(2, "in bulk")}])
    session.execute(sa.update(Letter).where(Letter.id == 1).values(text=sealed_for(1, "changed")))
    session.bulk_insert_mappings(sa.inspect(Letter), [{"id": 5, "owner_id": 1, "text": sealed_for(1, "mapped")}])
    texts = [each.text for each in session.scalars(sa.select(Letter).order_by(Letter.id))]
    assert texts == ["changed", "text 2", "by a statement", "in bulk", "mapped"]
    for write in (
        lambda: session.execute(sa.insert(letter), [{"id": 6, "owner_id": 1, "text": "secret"}]),
        lambda: session.execute(sa.insert(Letter), [{"id": 6, "owner_id": 1, "text": "secret"}]),
        lambda: session.execute(sa.update(Letter).values(text="secret")),
        lambda: session.bulk_insert_mappings(sa.inspect(Letter), [{"id": 6, "owner_id": 1, "text": "secret"}]),
    ):
        with pytest.raises(UnboundError, match=r"letter\.text") as caught:
            write()
        assert "secret" not in f"{caught.value}"
    assert "by a" not in repr(sealed_for(1, "by a statement"))


LEFT_BEHIND: dict[str, Any] = {
    "update": lambda: (sa.update(Letter).values(owner_id=2),),
    "update of the table": lambda: (sa.update(letter).where(letter.c.id == 1).values(owner_id=2),),
    "with parameters": lambda: (sa.update(letter).where(letter.c.id == 1), {"owner_id": 2}),
    "by keys": lambda: (sa.update(Letter), [{"id": 1, "owner_id": 2}]),
    "one of two": lambda: (sa.update(letter).values(owner_id=2, text=sealed_for(2, "a")),),
    "upsert": lambda: (
        sqlite.insert(letter)
        .values(id=1, owner_id=2)
        .on_conflict_do_update(index_elements=["id"], set_={"owner_id": 2}),
    ),
    "upsert of a value": lambda: (
        (made := sqlite.insert(letter).values(id=1, owner_id=2, text=sealed_for(2, "a"))).on_conflict_do_update(
            index_elements=["id"], set_={"text": made.excluded.text}
        ),
    ),
    "copy": lambda: (sa.insert(letter).from_select(["id", "text"], sa.select(letter.c.id + 10, letter.c.text)),),
    "key of the row": lambda: (sa.update(ticket).values(id=uuid4()),),
}


@pytest.mark.parametrize("statement", LEFT_BEHIND.values(), ids=LEFT_BEHIND)
def test_a_statement_leaves_no_value_behind(session: orm.Session, statement: Any) -> None:
    """That nobody could open in its row any more."""
    owners(session, 2)
    with pytest.raises(UnboundError, match=r"letter\.(text|extra)|ticket\.code"):
        session.execute(*statement())
    session.rollback()
    assert session.get_one(Letter, 1).text == "text 1"


def test_a_statement_may_change_both(session: orm.Session) -> None:
    """Whose a row is, and every value that is bound to it."""
    owners(session, 2)
    both = {"owner_id": 2, "text": sealed_for(2, "new"), "extra": None}
    session.execute(sa.update(Letter).where(Letter.id == 1).values(both))
    assert session.get_one(Letter, 1).text == "new"
    made = sqlite.insert(letter).values(id=2, owner_id=2, text=sealed_for(2, "upserted"))
    given = {"owner_id": made.excluded.owner_id, "text": made.excluded.text, "extra": None}
    session.execute(made.on_conflict_do_update(index_elements=["id"], set_=given))
    assert session.get_one(Letter, 2).text == "upserted"


@pytest.mark.parametrize(
    "query",
    [
        sa.select(Letter.text),
        sa.select(letter),
        sa.select(Letter.text.label("t")),
        sa.select(sa.select(Letter.text).subquery()),
        sa.insert(letter).values(id=1).returning(letter.c.text),
    ],
    ids=["attribute", "table", "label", "subquery", "returning"],
)
def test_a_value_cannot_be_selected_without_its_object(session: orm.Session, query: Any) -> None:
    """It is said before the database is asked; the sealed bytes may be had."""
    with pytest.raises(UnboundError, match=r"letter\.text|\.text"):
        session.execute(query)
    assert session.scalars(sa.select(sa.type_coerce(Letter.text, sa.LargeBinary))).all() == []


def test_a_value_that_is_bound_to_its_row_opens_nowhere_else(everywhere: orm.Session) -> None:
    """The key of the row is known before it is inserted, by its default."""
    everywhere.add_all([Ticket(code="one"), Ticket(id=UUID(int=7), code="two")])
    everywhere.commit()
    assert sorted(each.code or "" for each in everywhere.scalars(sa.select(Ticket))) == ["one", "two"]
    seven = everywhere.get_one(Ticket, UUID(int=7))
    seven.id, seven.code = UUID(int=8), "three"
    everywhere.commit()
    eight = everywhere.get_one(Ticket, UUID(int=8))
    eight.id = UUID(int=9)
    everywhere.commit()
    assert everywhere.get_one(Ticket, UUID(int=9)).code == "three"
    everywhere.execute(sa.insert(Ticket), [{"id": UUID(int=4), "code": sealed_for(UUID(int=4), "four")}])
    assert everywhere.get_one(Ticket, UUID(int=4)).code == "four"


def test_a_sealed_value_is_not_moved_to_another_row(session: orm.Session) -> None:
    """It would open in no other."""
    session.add_all([Ticket(id=UUID(int=1), code="one"), Ticket(id=UUID(int=2), code="two")])
    session.commit()
    session.expunge_all()
    session.execute(sa.text("UPDATE ticket SET code = (SELECT max(code) FROM ticket)"))
    opened = []
    for number in (1, 2):
        try:
            opened.append(session.get_one(Ticket, UUID(int=number)).code)
        except TamperedError:
            opened.append(None)
    assert sorted(map(str, opened)) in (["None", "one"], ["None", "two"])


def test_a_merged_object_keeps_what_it_is_bound_to(session: orm.Session) -> None:
    """Sealed or read, also where the row in the database is another's by now."""
    owners(session, 2)
    for is_read in (False, True):
        found = session.get_one(Letter, 1)
        assert not is_read or found.text
        session.expunge_all()
        there = session.get_one(Letter, 1)
        there.owner_id = 2
        session.commit()
        session.expunge_all()
        session.merge(found)
        session.commit()
        session.expunge_all()
        assert session.get_one(Letter, 1).owner_id == 1
        assert session.get_one(Letter, 1).text == "text 1"


def declared(bound_to: Any, **columns: Any) -> type:
    """A class whose values are bound so."""
    base: Any = orm.declarative_base()
    text = sa.Column(Encrypted(sa.String, bound_to=bound_to))
    return type("Declared", (base,), {"__tablename__": "declared", "text": text, **columns})


@pytest.mark.parametrize(
    ("bound_to", "columns"),
    [
        ("row", {"id": sa.Column(sa.Integer, primary_key=True)}),
        ("row", {"id": sa.Column(sa.Uuid, primary_key=True, server_default=sa.text("gen_random_uuid()"))}),
        ("row", {"a": sa.Column(sa.String, primary_key=True), "b": sa.Column(sa.String, primary_key=True)}),
        ({"user": "id"}, {"id": sa.Column(sa.Integer, primary_key=True)}),
        ({"user": "owner_id"}, {"id": sa.Column(sa.Integer, primary_key=True)}),
    ],
    ids=["counted", "made by the database", "several", "counted subject", "missing"],
)
def test_what_cannot_be_known_before_a_row_is_inserted_is_refused(bound_to: Any, columns: Any) -> None:
    """As the classes are mapped."""
    made: Any = declared(bound_to, **columns)
    with pytest.raises(EncryptedColumnError, match="bound to"):
        made.registry.configure()
    made.registry.dispose()


@pytest.mark.parametrize("bound_to", ["table", {}, {"user": ""}, {"user": "a.b"}, {"a": "b", "c": "d"}], ids=repr)
def test_a_binding_is_said_in_one_of_three_ways(bound_to: Any) -> None:
    """Anything else is a mistake that is named."""
    with pytest.raises(TypeError, match="bound_to="):
        Encrypted(sa.String, bound_to=bound_to)
    with pytest.raises(TypeError, match="lazy=False"):
        Encrypted(sa.String, bound_to="row", lazy=False)
    with pytest.raises(TypeError, match="on_erased="):
        Encrypted(sa.String, on_erased="nothing")  # type: ignore[arg-type]


def test_children_of_a_class_bind_alike(session: orm.Session) -> None:
    """Whatever the attribute's name, and in the table of the parent."""

    class Bases(orm.DeclarativeBase):
        pass

    class Paper(Bases):
        __tablename__ = "paper"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str] = mapped_column(sa.String(9))
        whose: Mapped[str] = mapped_column("person", sa.String(9))
        text: Mapped[str | None] = mapped_column(Encrypted(sa.String, bound_to={"person": "whose"}))
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "paper"}

    class Report(Paper):
        more: Mapped[str | None] = mapped_column(Encrypted(sa.String, bound_to={"person": "whose"}))
        __mapper_args__ = {"polymorphic_identity": "report"}

    Bases.metadata.create_all(session.connection())
    session.add_all([Paper(whose="ada", text="a"), Report(whose="bob", text="b", more="c")])
    session.commit()
    session.expunge_all()
    found = session.scalars(sa.select(Paper).order_by(Paper.id)).all()
    assert [each.text for each in found] == ["a", "b"]
    assert found[1].more == "c"  # type: ignore[attr-defined]
    found[1].whose = "eve"
    session.commit()
    session.expunge_all()
    assert session.scalars(sa.select(Report)).one().more == "c"
    with pytest.raises(UnboundError, match="paper"):
        session.execute(sa.update(Paper).values(whose="eve"))
