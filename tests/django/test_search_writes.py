"""Digests follow every statement that writes a value, and the indexes move to another key while the site serves."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from django.core import serializers
from django.db import IntegrityError, connections, transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.forms import model_to_dict, modelform_factory

from consentguard.crypto import installed
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.keyring import Keyring
from consentguard.records import Selection
from consentguard_django.fields import EncryptedFieldError
from consentguard_django.fields.search import search
from consentguard_django.stores import DjangoStores
from tests.django import live
from tests.django.searched.kit import alias, migrated, ring  # noqa: F401 - fixtures
from tests.django.searched.models import Customer, Letter, Login, Supplier

Rows = QuerySet[Customer]
BORN = dt.date(1815, 12, 10)


@pytest.fixture
def rows(alias: str) -> Rows:  # noqa: F811
    """Ada and Bob."""
    Customer.objects.using(alias).create(name="ada", email="ada@example.com", surname="Lovelace", born=BORN)
    Customer.objects.using(alias).create(name="bob", email="bob@example.com", phone="55550000")
    return Customer.objects.using(alias).order_by("id")


def _save(rows: Rows, email: str | None) -> None:
    one = rows.get(name="ada")
    one.email = email
    one.save()


def _save_some(rows: Rows, email: str | None) -> None:
    one = rows.defer("email").get(name="ada")
    one.email = email
    one.save(update_fields=["email"])


def _bulk_update(rows: Rows, email: str | None) -> None:
    one = rows.get(name="ada")
    one.email = email
    rows.bulk_update([one], ["email"])


def _bulk_create(rows: Rows, email: str | None) -> None:
    rows.filter(name="ada").delete()
    rows.bulk_create([Customer(name="ada", email=email)])


def _upsert(rows: Rows, email: str | None) -> None:
    one = rows.get(name="ada")
    by = {"unique_fields": ["id"]} if rows.db != "mariadb" else {}
    rows.bulk_create(
        [Customer(id=one.pk, name="ada", email=email)], update_conflicts=True, update_fields=["email"], **by
    )


def _raw(rows: Rows, email: str | None) -> None:
    """Another row's bytes, as a dump or an UPDATE by hand moves them."""
    made = rows.create(name="other", email=email)
    with connections[rows.db].cursor() as cursor:
        cursor.execute("SELECT email FROM searched_customer WHERE id = %s", [made.pk])
        (stored,) = cursor.fetchone()
        cursor.execute("DELETE FROM searched_customer WHERE id = %s", [made.pk])
        cursor.execute("UPDATE searched_customer SET email = %s WHERE name = 'ada'", [stored])


def _fixture(rows: Rows, email: str | None) -> None:
    _save(rows, email)
    dumped = serializers.serialize("json", rows.filter(name="ada"))
    rows.filter(name="ada").delete()
    for loaded in serializers.deserialize("json", dumped, using=rows.db):
        loaded.save(using=rows.db)


def _pickle(rows: Rows, email: str | None) -> None:
    _save(rows, email)
    one = pickle.loads(pickle.dumps(rows.get(name="ada")))  # noqa: S301 - dumped here
    rows.filter(name="ada").delete()
    one.save(using=rows.db, force_insert=True)


WAYS: dict[str, Callable[[Rows, str | None], Any]] = {
    "save": _save,
    "save of some fields": _save_some,
    "update": lambda rows, email: rows.filter(name="ada").update(email=email),
    "update by cases": lambda rows, email: rows.update(
        email=Case(When(name="ada", then=Value(email)), default=F("email"))
    ),
    "bulk_update": _bulk_update,
    "bulk_create": _bulk_create,
    "upsert": _upsert,
    "update_or_create": lambda rows, email: rows.update_or_create(name="ada", defaults={"email": email}),
    "raw SQL": _raw,
    "fixture": _fixture,
    "pickle": _pickle,
}


@pytest.mark.parametrize("way", WAYS)
def test_digests_follow_every_way_to_write(rows: Rows, way: str) -> None:
    """The row is found by its new value and no more by the old, and by none once it is NULL."""
    WAYS[way](rows, "eve@example.net")
    assert rows.get(email="EVE@example.net").name == "ada"
    assert [each.name for each in search(rows, email__domain="example.net")] == ["ada"]
    assert not rows.filter(email="ada@example.com").exists()
    WAYS[way](rows, None)
    assert rows.get(email=None).name == "ada"
    assert not rows.filter(email="eve@example.net").exists()
    assert rows.get(email="bob@example.com").name == "bob"


def test_an_erasure_takes_the_digests_along(rows: Rows, alias: str) -> None:  # noqa: F811
    """NULL has none, and an empty text is no text that anybody looks for; what was copied elsewhere goes too."""
    selection = Selection(label="searched.Customer", keys=tuple(str(each.pk) for each in rows))
    dataset = DjangoStores(alias).dataset
    assert dataset.match("searched.Customer", "email", "ADA@example.com") == [selection.keys[0]]
    assert dataset.clear(selection, ["email", "phone", "born"]) == 2
    assert dataset.match("searched.Customer", "email", "ada@example.com") == []
    assert rows.filter(email=None, phone="").count() == 2
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT email_exact_email_a, email_domain_8_a16, known_by FROM searched_customer")
        assert list(cursor.fetchall()) == [(None, None, None)] * 2


def test_a_unique_value_is_erased_and_stays_unique(alias: str, ring: Keyring) -> None:  # noqa: F811
    """Where it may not be NULL, the key of its row stands for nothing."""
    Login.objects.using(alias).bulk_create([Login(email="ada@example.com"), Login(email="bob@example.com")])
    keys = [str(each.pk) for each in Login.objects.using(alias).order_by("pk")]
    assert DjangoStores(alias).dataset.clear(Selection(label="searched.Login", keys=tuple(keys)), ["email"]) == 2
    assert [each.email for each in Login.objects.using(alias).order_by("pk")] == keys
    assert not Login.objects.using(alias).filter(email="ada@example.com").exists()


def test_a_person_is_found_by_a_sealed_address(alias: str, ring: Keyring) -> None:  # noqa: F811
    """Of a bound column too; by an index that tells case apart nobody is found, and it is said."""
    Letter.objects.using(alias).create(user=7, text="Ada@Example.com")
    dataset = DjangoStores(alias).dataset
    assert len(dataset.match("searched.Letter", "text", "ADA@example.COM")) == 1
    with pytest.raises(EncryptedFieldError):
        dataset.match("searched.Customer", "born", "1815-12-10")


def test_a_compound_follows_its_parts(rows: Rows) -> None:
    """It is made as an object is saved, by whatever means that is."""
    ask = {"surname": "LOVELACE", "born": BORN}
    assert [each.name for each in search(rows, known_by__compound=ask)] == ["ada"]
    one = rows.get(name="ada")
    one.born = dt.date(1815, 12, 11)
    one.save()
    assert not search(rows, known_by__compound=ask)
    one.born = BORN
    one.save(update_fields=["born", "known_by"])
    assert search(rows, known_by__compound=ask)
    rows.bulk_create([Customer(name="eve", surname="Lovelace", born=BORN)])
    assert [each.name for each in search(rows, known_by__compound=ask)] == ["ada", "eve"]


def test_a_compound_is_never_left_behind(rows: Rows) -> None:
    """A statement that would write a part without it is refused, with what to do."""
    one = rows.get(name="ada")
    one.surname = "Byron"
    for act in (
        lambda: rows.update(surname="Byron"),
        lambda: rows.update(born=None),
        lambda: rows.update(known_by=["x", "y"]),
        lambda: rows.bulk_update([one], ["surname"]),
        lambda: rows.bulk_update([one], ["surname", "known_by"]),
        lambda: one.save(update_fields=["surname"]),
        lambda: rows.only("surname").get(name="ada").save(),
    ):
        with pytest.raises(EncryptedFieldError, match="known_by") as caught:
            act()
        assert caught.value.hint
    assert search(rows, known_by__compound={"surname": "lovelace", "born": BORN})


def test_nobody_sees_the_digests_but_by_name(rows: Rows) -> None:
    """Neither in an object, nor a form, a fixture, or a query that names none; nor can they be written."""
    one = rows.get(name="ada")
    names = {field.name for field in Customer._meta.concrete_fields}
    shown = [
        one.__dict__,
        model_to_dict(one),
        rows.values().first(),
        modelform_factory(Customer, fields="__all__")().fields,
        json.loads(serializers.serialize("json", [one]))[0]["fields"],
        pickle.loads(pickle.dumps(one)).__dict__,  # noqa: S301 - dumped here
        copy.deepcopy(one).__dict__,
        names,
    ]
    assert "email" in names
    assert not any("_exact_" in name or "_domain_" in name for each in shown for name in each)
    assert one == rows.get(pk=one.pk)
    one.refresh_from_db()
    assert one.get_deferred_fields() == set()
    assert len(rows.values_list("email_exact_email_a", flat=True).get(name="ada")) == 16
    assert rows.filter(email_exact_email_b=None).count() == 2
    assert one.email_exact_email_a is None
    assert rows.filter(name="ada").update(name="Ada") == 1
    with pytest.raises(TypeError, match="no_such"):
        Customer(no_such=1)


def rotate(database: str, keys: Keyring) -> None:
    """What `consentguard keys rotate` does to the table."""
    rotation = live.encryption(database, keys).rotation
    (table,) = (table for table in rotation.tables() if table.label == "searched.Customer")
    assert rotation.run(table).refusals == 0


def test_a_rotation_gives_digests_to_rows_of_before(rows: Rows, ring: Keyring) -> None:  # noqa: F811
    """Those that were there when the index came, and those that hold several fields at once."""
    (before,) = rows.filter(name="ada")
    columns = {name: Customer._meta.get_field(name) for name in ("email", "known_by")}
    sealed = {
        name: Column(Declaration(context=field.declared.context), ring, installed.subject_keys).seal(
            field.form.dump(getattr(before, name))
        )
        for name, field in columns.items()
    }
    with connections[rows.db].cursor() as cursor:
        for name, value in sealed.items():
            cursor.execute(f"UPDATE searched_customer SET {name} = %s WHERE id = %s", [value, before.pk])  # noqa: S608
    asked = {"surname": "Lovelace", "born": BORN}
    assert not rows.filter(email="ada@example.com").exists()
    assert before in rows.exclude(email="ada@example.com"), "what is not found is left over, as of a plain column"
    assert not search(rows, known_by__compound=asked)
    rotate(rows.db, ring)
    assert rows.get(email="ADA@example.com") == before
    assert search(rows, known_by__compound=asked)


def test_the_indexes_move_to_another_key_while_rows_are_found(rows: Rows, ring: Keyring) -> None:  # noqa: F811
    """At each step every row is found by its value, and no value is taken twice, whoever wrote it."""
    moved = ring.with_new_key()
    begun = moved.with_slots(moved.slots.begun(2))
    switched = begun.with_slots(begun.slots.switched())
    for step, keys in enumerate((moved, begun, begun, switched, switched.with_slots(switched.slots.ended()))):
        installed.install(keys)
        if step in (2, 4):
            rotate(rows.db, keys)
        made = rows.create(name=f"n{step}", email=f"n{step}@example.com")
        assert rows.get(email=f"N{step}@example.com") == made
        assert rows.get(email="ADA@example.com").name == "ada"
        for taken in ("Ada@example.com", *(f"N{n}@example.com" for n in range(step))):
            with pytest.raises(IntegrityError), transaction.atomic(rows.db):
                rows.create(email=taken)
    assert rows.filter(email_exact_email_a=None).count() == rows.count()


def test_a_child_writes_its_parent_s_compound(alias: str, ring: Keyring) -> None:  # noqa: F811
    """Which stands in the parent's table."""
    made = Supplier.objects.using(alias).create(surname="Lovelace", born=BORN, code="c")
    assert search(Supplier.objects.using(alias), known_by__compound={"surname": "lovelace", "born": BORN})
    made.born = None
    made.save()
    assert not search(Customer.objects.using(alias), known_by__compound={"surname": "lovelace", "born": BORN})
