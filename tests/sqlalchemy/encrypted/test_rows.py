"""Encrypted columns as rights requests see them: people are found by their index, values are copied and emptied."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from consentguard.crypto import installed
from consentguard.ports import StoreError
from consentguard.records import Selection, SubjectRef
from consentguard_flask.sqlalchemy.dataset import SQLAlchemyDataset
from consentguard_flask.sqlalchemy.encrypted import Encrypted, search
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from consentguard_flask.sqlalchemy.tables import attach
from tests.sqlalchemy.encrypted.site import Base, Customer, Letter, Owner, Patient, Ticket


class Member(Base):
    """Values that may not be NULL, of which some differ from row to row."""

    __tablename__ = "full_member"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(sa.String(9))
    email: Mapped[str] = mapped_column(Encrypted(sa.String, search="email"), unique=True)
    text: Mapped[str] = mapped_column(Encrypted(sa.String, bound_to={"owner": "owner_id"}))


@pytest.fixture
def data(everywhere: orm.Session) -> SQLAlchemyDataset:
    """The rows of a site with people in them."""
    Base.metadata.create_all(everywhere.connection())
    everywhere.execute(sa.delete(Member))
    everywhere.add_all(
        [
            Customer(id=1, email="Ada@x.example", phone="1", photo=b"p", notes={"a": 1}),
            Customer(id=2, email="bob@x.example"),
            Owner(id=1, letters=[Letter(id=1, text="one", extra=b"x")]),
            Owner(id=2, letters=[Letter(id=2, text="two", extra=b"y")]),
            Ticket(id=UUID(int=1), code="a code"),
            Member(id=1, owner_id="1", email="m1@x.example", text="t1"),
            Member(id=2, owner_id="2", email="m2@x.example", text="t2"),
            Patient(id=1, surname="Ada"),
        ]
    )
    everywhere.commit()
    return SQLAlchemyStores(everywhere, attach(sa.MetaData()), models=Models.of(Base)).dataset


def every(label: str, *keys: str) -> Selection:
    """Rows of one table by their keys."""
    return Selection(label=label, path="self", root=label, keys=keys)


def test_people_are_found_by_an_encrypted_address(data: SQLAlchemyDataset) -> None:
    """By its index, upper and lower case alike; without one that takes these for alike nobody is."""
    assert data.match("Customer", "email", "ADA@X.example") == ["1"]
    assert data.match("Customer", "email", "eve@x.example") == []
    for label, column in (("Customer", "phone"), ("Letter", "text"), ("Customer", "visits")):
        with pytest.raises(StoreError, match=f"{label}.{column}.*encrypted"):
            data.match(label, column, "1")


def test_values_are_copied_in_clear(data: SQLAlchemyDataset) -> None:
    """Those that are bound, too; what was erased is nothing."""
    columns = ["id", "email", "phone", "photo", "notes"]
    assert list(data.rows(every("Customer", "1"), columns)) == [
        {"id": 1, "email": "Ada@x.example", "phone": "1", "photo": b"p", "notes": {"a": 1}}
    ]
    assert list(data.rows(every("Letter", "1", "2"), ["text", "extra"])) == [
        {"text": "one", "extra": b"x"},
        {"text": "two", "extra": b"y"},
    ]
    assert list(data.rows(every("Ticket", str(UUID(int=1))), ["code"])) == [{"code": "a code"}]
    installed.subject_keys().destroy([SubjectRef("owner", "1")])
    assert list(data.rows(every("Letter", "1", "2"), ["text", "extra"])) == [
        {"text": None, "extra": None},
        {"text": "two", "extra": b"y"},
    ]


def test_values_are_emptied(data: SQLAlchemyDataset, everywhere: orm.Session) -> None:
    """With their digests; a text that must be there is an empty one, sealed for its row."""
    assert data.clear(every("Customer", "1"), ["email", "phone"]) == 1
    assert data.match("Customer", "email", "ada@x.example") == []
    assert data.clear(every("Letter", "1"), ["text"]) == 1
    assert data.clear(every("Member", "1", "2"), ["email", "text"]) == 2
    found = everywhere.scalars(sa.select(Member).order_by(Member.id)).all()
    assert [(each.email, each.text) for each in found] == [("1", ""), ("2", "")]
    assert everywhere.get_one(Letter, 1).text is None


def test_what_holds_a_value_to_be_searched_is_emptied_with_it(data: SQLAlchemyDataset, everywhere: orm.Session) -> None:
    """Nobody is found any more by what was erased."""
    everywhere.get_one(Patient, 1).surname = "Eve"
    everywhere.commit()
    assert data.clear(every("Patient", "1"), ["surname"]) == 1
    found = everywhere.get_one(Patient, 1)
    assert (found.surname, found.both) == (None, None)
    assert list(search(everywhere, sa.select(Patient), Patient.both.compound("eve", None))) == []


def test_the_data_map_asks_for_no_generated_column() -> None:
    """They belong to the column that they are made of, which is what its values are."""
    (described,) = (table for table in Models.of(Base).tables() if table.label == "Customer")
    names = {column.name: column.type for column in described.columns}
    assert names["email"] == "text"
    assert set(names) == {"id", "name", "email", "visits", "number", "notes", "photo", "phone"}
