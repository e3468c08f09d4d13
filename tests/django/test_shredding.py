"""What finds a person's values goes with their key, from the digests that Django's databases take out themselves."""

from __future__ import annotations

import pytest
from django.db import transaction

from consentguard.crypto import installed
from consentguard.crypto.erased import ERASED
from consentguard.encryption import Encryption
from consentguard.records import SubjectRef
from consentguard.shredding import Shredding
from consentguard.testing.clock import FrozenClock
from consentguard_django.fields.search import search
from consentguard_django.host import DjangoHost
from consentguard_django.stores import DjangoStores
from tests.django.databases import emptied
from tests.django.searched.kit import alias, migrated, ring  # noqa: F401 - fixtures
from tests.django.searched.models import Letter


@pytest.fixture
def stores(alias: str) -> DjangoStores:  # noqa: F811 - the fixture's name
    """The stores of a database with letters of 1 and 2, and the keys that they are under."""
    emptied(alias)
    made = DjangoStores(alias)
    installed.install_data_keys(lambda: made.data_keys)
    for user, text in ((1, "Hello"), (1, "Help"), (2, "hello")):
        Letter.objects.using(alias).create(user=user, text=text)
    return made


def shredding(stores: DjangoStores) -> Shredding:
    """The shredding of the database."""
    clock = FrozenClock()
    return Encryption(DjangoHost(), installed.current(), stores.name, clock=clock, data_keys=stores.name).shredding


def found(stores: DjangoStores, text: str) -> list[int]:
    """Whose letters a search finds."""
    return list(Letter.objects.using(stores.name).filter(text=text).order_by("pk").values_list("user", flat=True))


def test_a_shredded_person_is_found_by_nothing(stores: DjangoStores) -> None:
    """Neither by the whole value nor by its beginning; another's values are."""
    assert found(stores, "HELLO") == [1, 2]
    done = shredding(stores).shred(SubjectRef("user", "1"))
    assert (done.keys, dict(done.cleared)) == (1, {"searched.Letter.text": 2, "searched.Letter.both": 2})
    assert found(stores, "HELLO") == [2]
    assert [letter.user for letter in search(Letter.objects.using(stores.name), text__prefix="he")] == [2]
    texts = Letter.objects.using(stores.name).order_by("pk")
    assert [letter.text for letter in texts] == [ERASED, ERASED, "hello"]


def test_what_is_undone_is_found_again(stores: DjangoStores) -> None:
    """Generated columns follow."""
    with transaction.atomic(using=stores.name):
        shredding(stores).shred(SubjectRef("user", "1"))
        assert found(stores, "hello") == [2]
        transaction.set_rollback(True, using=stores.name)
    assert found(stores, "hello") == [1, 2]


def test_a_second_shredding_finds_nothing_to_clear(stores: DjangoStores) -> None:
    """And changes nothing; what is written afterwards is found and read."""
    shredding(stores).shred(SubjectRef("user", "1"))
    done = shredding(stores).shred(SubjectRef("user", "1"))
    assert (done.keys, dict(done.cleared)) == (0, {"searched.Letter.text": 0, "searched.Letter.both": 0})
    Letter.objects.using(stores.name).create(user=1, text="Again")
    assert found(stores, "again") == [1]
