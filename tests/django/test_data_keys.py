"""Keys of data subjects in Django's databases: joined to transactions, past routers and snapshots, and shredded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import override_settings

from consentguard.crypto import installed
from consentguard.crypto.erased import ERASED
from consentguard.crypto.errors import ErasedError
from consentguard.encryption import Encryption
from consentguard.records import DataKey, NewDataKey, Selection, SubjectRef, Test
from consentguard.shredding import Shredding
from consentguard.testing.clock import MOMENT, FrozenClock
from consentguard_django.host import DjangoHost
from consentguard_django.stores import DjangoStores
from tests.django.databases import connected, emptied
from tests.django.sealed.kit import alias, ring, stored, tables  # noqa: F401 - fixtures
from tests.django.sealed.models import Letter, Owner
from tests.django.test_stores_in_django import Elsewhere, other

KEY = NewDataKey(subject="a" * 32, key_id=1, wrapped=b"wrapped", created_at=MOMENT)
TODAY = MOMENT.date()


@pytest.fixture
def stores(alias: str) -> DjangoStores:  # noqa: F811 - the fixture's name
    """The stores of the database, whose table holds the data keys of this process."""
    made = DjangoStores(alias)
    emptied(alias)
    installed.install_data_keys(lambda: made.data_keys)
    return made


@pytest.fixture
def ada(stores: DjangoStores) -> Owner:
    """Somebody with two letters; somebody else has one."""
    people = [Owner.objects.using(stores.name).create(name=name) for name in ("ada", "bob")]
    for owner, text in ((people[0], "one"), (people[0], "two"), (people[1], "three")):
        Letter.objects.using(stores.name).create(owner=owner, text=text, mark=[text] if text == "one" else None)
    return people[0]


def enabled(stores: DjangoStores) -> int:
    """How many keys there are."""
    return sum(stores.wrapped_keys.under().values())


def shredding(stores: DjangoStores) -> Shredding:
    """The shredding of the database's columns."""
    host = DjangoHost()
    return Encryption(host, installed.current(), stores.name, clock=FrozenClock(), data_keys=stores.name).shredding


def test_a_key_is_made_in_the_transaction_of_what_it_seals(stores: DjangoStores) -> None:
    """Where that is undone there is neither."""
    owner = Owner.objects.using(stores.name).create(name="ada")
    with transaction.atomic(using=stores.name):
        Letter.objects.using(stores.name).create(owner=owner, text="one")
        assert enabled(stores) == 1
        transaction.set_rollback(True, using=stores.name)
    assert (enabled(stores), Letter.objects.using(stores.name).count()) == (0, 0)
    Letter.objects.using(stores.name).create(owner=owner, text="two")
    assert (enabled(stores), Letter.objects.using(stores.name).get().text) == (1, "two")


def test_what_is_undone_leaves_an_unused_key_in_another_database(
    stores: DjangoStores,
    tmp_path: Path,
    ring: object,  # noqa: F811 - the fixture's name
) -> None:
    """No harm in it: it is what the next value is sealed under."""
    owner = Owner.objects.using(stores.name).create(name="ada")
    with connected("keys", f"sqlite:{tmp_path / 'keys.sqlite3'}"):
        keys = DjangoStores("keys")
        installed.install_data_keys(lambda: keys.data_keys)
        with pytest.raises(ZeroDivisionError), transaction.atomic(using=stores.name):
            _ = Letter.objects.using(stores.name).create(owner=owner, text="one").pk / 0
        assert (enabled(keys), enabled(stores)) == (1, 0)
        Letter.objects.using(stores.name).create(owner=owner, text="two")
        assert Letter.objects.using(stores.name).get().text == "two"
        assert (enabled(keys), enabled(stores)) == (1, 0)


def test_no_router_sends_a_key_elsewhere(stores: DjangoStores) -> None:
    """Such as to a replica that is behind: a key is read where it was written."""
    with override_settings(DATABASE_ROUTERS=[Elsewhere()]):
        (made,) = stores.data_keys.put([KEY])
        assert stores.data_keys.find([made.id]) == [made]
        assert stores.data_keys.destroy([KEY.subject], TODAY) == [made.id]


@pytest.fixture
def repeatable(stores: DjangoStores, database: tuple[str, str]) -> Iterator[DjangoStores]:
    """Stores on a connection whose transactions see MariaDB as it was when they began to read.

    The others refuse then what was changed since, or let nobody change it.
    """
    with other(database, OPTIONS={"isolation_level": "repeatable read"}) as there:
        yield there


@pytest.mark.parametrize("database", [pytest.param("mariadb", marks=pytest.mark.mariadb)], indirect=True)
def test_a_key_that_was_made_since_is_not_made_twice(stores: DjangoStores, repeatable: DjangoStores) -> None:
    """Though the transaction sees the table as it was before."""
    with repeatable.transactions.atomic():
        assert list(repeatable.data_keys.of([KEY.subject])) == []
        (made,) = stores.data_keys.put([KEY])
        assert list(repeatable.data_keys.put([KEY])) == [made]
    assert enabled(stores) == 1


@pytest.mark.parametrize("database", [pytest.param("mariadb", marks=pytest.mark.mariadb)], indirect=True)
def test_a_key_that_was_made_since_is_destroyed(stores: DjangoStores, repeatable: DjangoStores) -> None:
    """Nothing that was sealed a moment before stays readable."""
    with repeatable.transactions.atomic():
        assert list(repeatable.data_keys.of([KEY.subject])) == []
        (made,) = stores.data_keys.put([KEY])
        assert repeatable.data_keys.destroy([KEY.subject], TODAY) == [made.id]
    assert enabled(stores) == 0


def test_retention_takes_tombstones_alone(stores: DjangoStores) -> None:
    """A key in use has no day to count from; and no id comes back, though its tombstone is gone."""
    kept, *gone = [stores.data_keys.put([_of(number)])[0] for number in range(3)]
    stores.data_keys.destroy([_of(1).subject, _of(2).subject], TODAY)
    later = MOMENT + dt.timedelta(days=2)
    old = Selection(label="consentguard_django.DataKey", where=(Test("destroyed_on", "before", later),))
    assert (stores.dataset.count(old), stores.dataset.delete(old)) == (2, 2)
    assert list(stores.data_keys.find([kept.id, *(key.id for key in gone)])) == [kept]
    (new,) = stores.data_keys.put([_of(4)])
    assert new.id > gone[-1].id


def _of(number: int) -> NewDataKey:
    return NewDataKey(subject=f"{number:032x}", key_id=1, wrapped=b"wrapped", created_at=MOMENT)


def test_a_shredded_person_s_values_are_gone_everywhere(stores: DjangoStores, ada: Owner) -> None:
    """In objects that were loaded before too; by the column's policy a marker, and never another's."""
    letters = Letter.objects.using(stores.name)
    before = list(letters.filter(owner=ada).order_by("pk"))
    assert before[0].text == "one"
    shred = shredding(stores)
    subject = SubjectRef("user", str(ada.pk))
    assert shred.outlook(subject) == {"sealed.Letter.text": 2, "sealed.Letter.mark": 1}
    assert shred.shred(subject).keys == 1
    for letter in [before[1], *letters.filter(owner=ada)]:
        with pytest.raises(ErasedError):
            _ = letter.text
    assert letters.filter(owner=ada).order_by("pk")[0].mark is ERASED
    assert letters.exclude(owner=ada).get().text == "three"
    assert [entry.act for entry in stores.entries.unsealed(None, 9)] == ["subject.shredded"]


def test_a_shredding_is_part_of_the_caller_s_transaction(stores: DjangoStores, ada: Owner) -> None:
    """Where that is undone everything is readable."""
    with pytest.raises(ZeroDivisionError), transaction.atomic(using=stores.name):
        _ = shredding(stores).shred(SubjectRef("user", str(ada.pk))).keys / 0
    assert [letter.text for letter in Letter.objects.using(stores.name).order_by("pk")] == ["one", "two", "three"]
    assert stores.entries.waiting() == 0


def test_the_data_alone_is_readable_by_nobody(stores: DjangoStores, ada: Owner) -> None:
    """A restored dump without the table of keys: an unknown key is told from an erased one."""
    with connections[stores.name].cursor() as cursor:
        cursor.execute("DELETE FROM consentguard_data_key")
    with pytest.raises(Exception, match="unknown data key"):
        _ = Letter.objects.using(stores.name).filter(owner=ada)[0].text


def test_the_host_says_what_columns_are_bound_to(stores: DjangoStores) -> None:
    """By the attribute, and the database's name of it; of an alias, those whose tables it has."""
    named = {str(each): each for each in DjangoHost().sealed_columns() if each.label == "sealed.Letter"}
    assert {each.subject for each in named.values()} == {"owner_id"}
    assert {each.db_subject for each in named.values()} == {"owner_id"}
    assert named["sealed.Letter.text"].declared.subject == "user"
    here = {each.label for each in DjangoHost().sealed_columns(stores.name)}
    assert "sealed.Letter" in here
    assert {each.database for each in DjangoHost().sealed_columns(stores.name)} == {stores.name}
    assert "clinic.Patient" not in here


def test_a_row_of_a_key_shows_no_key(stores: DjangoStores) -> None:
    """Neither in a log nor on a page."""
    from consentguard_django.models import DataKey as Row

    stores.data_keys.put([KEY])
    row: Any = Row.objects.using(stores.name).get(subject=KEY.subject)
    assert f"{row} {row!r}" == f"data key {row.pk} <DataKey: data key {row.pk}>"
    assert isinstance(stores.data_keys.of([KEY.subject])[0], DataKey)
    assert stored(stores.name, "consentguard_data_key", "wrapped", row.pk) == b"wrapped"
