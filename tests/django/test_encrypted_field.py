"""`Encrypted`: what is written comes back, what is stored says nothing, and no query compares what it cannot read."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connections, models
from django.db.migrations.writer import MigrationWriter
from django.db.models import F, Q, QuerySet
from django.forms import modelform_factory
from django.test import override_settings

from consentguard.crypto import installed
from consentguard.crypto.errors import DecryptionError
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE, Keyring, KeyringError
from consentguard.errors import ConsentGuardError
from consentguard_django.fields import Encrypted
from consentguard_django.introspect import tables
from consentguard_django.stores import DjangoStores
from tests.django.people.models import Sealed, Secret

MOMENT = dt.datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=dt.UTC)
VALUES: list[tuple[str, object]] = [
    ("text", "Ωñ漢字😀 'quoted' % _ \x00"),
    ("text", ""),
    ("text", None),
    ("long", "x" * 100_000),
    ("email", "Ada@example.com"),
    ("integer", 0),
    ("integer", -(2**40)),
    ("decimal", Decimal("12345678.9000")),
    ("decimal", Decimal("0.0000")),
    ("number", 0.1),
    ("date", dt.date(1815, 12, 10)),
    ("time", dt.time(23, 59, 59, 999999)),
    ("moment", MOMENT),
    ("lasted", dt.timedelta(days=-1, microseconds=1)),
    ("boolean", False),
    ("boolean", True),
    ("code", uuid.UUID(int=1)),
    ("json", {"a": [1, None, "ü"]}),
    ("json", []),
    ("json", 0),
    ("json", ""),
    ("binary", b"\x00\xff"),
    ("binary", b""),
    ("address", "2001:db8::1"),
    ("size", "l"),
    ("kept", "name"),
]


@pytest.fixture(autouse=True)
def ring() -> Iterator[Keyring]:
    """A keyring of the process."""
    made = Keyring.generate()
    installed.install(made)
    yield made
    installed.uninstall()


@pytest.fixture
def secrets(stores: DjangoStores) -> QuerySet[Secret]:
    """The table, without rows."""
    return Secret.objects.using(stores.name)


def stored(secrets: QuerySet[Secret], column: str) -> Any:
    """What the database holds in the only row."""
    with connections[secrets.db].cursor() as cursor:
        column = connections[secrets.db].ops.quote_name(column)
        cursor.execute(f"SELECT {column} FROM people_secret")  # noqa: S608 - columns of this file
        (value,) = cursor.fetchone()
    return None if value is None else bytes(value)


@pytest.mark.parametrize(("column", "value"), VALUES)
def test_what_was_written_comes_back(secrets: QuerySet[Secret], column: str, value: object) -> None:
    """Every type, with its own nothing: NULL, an empty text, zero and False are four things."""
    made = secrets.create(**{column: value})
    found = secrets.get(pk=made.pk)
    assert getattr(found, column) == value
    assert type(getattr(found, column)) is type(value)
    assert secrets.values_list(column, flat=True).get() == value


@pytest.mark.parametrize(("column", "value"), [("text", "Ada Lovelace"), ("json", {"name": "Ada Lovelace"})])
def test_the_database_holds_none_of_it(secrets: QuerySet[Secret], column: str, value: object) -> None:
    """Sealed bytes, another time other ones, and NULL for None."""
    secrets.create(**{column: value})
    first = stored(secrets, column)
    assert b"Lovelace" not in first
    secrets.update(**{column: value})
    assert stored(secrets, column) != first
    assert stored(secrets, "email") is None


@pytest.mark.parametrize("zone", [True, False])
def test_a_moment_is_what_the_site_s_settings_make_of_it(secrets: QuerySet[Secret], zone: bool) -> None:
    """Aware with USE_TZ, naive without, and readable after the setting was changed."""
    secrets.create(moment=MOMENT)
    with override_settings(USE_TZ=zone, TIME_ZONE="Europe/Madrid"):
        moment = secrets.values_list("moment", flat=True).get()
        assert (moment.utcoffset() is not None) is zone
        assert moment == (MOMENT if zone else dt.datetime(2026, 3, 29, 3, 30, 0, 123456))  # noqa: DTZ001


def test_every_way_to_write_seals(secrets: QuerySet[Secret]) -> None:
    """Many at once, an update of a queryset, and an update of several objects."""
    made = secrets.bulk_create([Secret(text="one"), Secret(text="two")])
    assert sorted(secrets.values_list("text", flat=True)) == ["one", "two"]
    for secret, text in zip(made, ("three", "four"), strict=True):
        secret.text = text
    secrets.bulk_update(made, ["text"])
    assert sorted(secrets.values_list("text", flat=True)) == ["four", "three"]
    assert secrets.update(text="five") == 2
    assert set(secrets.values_list("text", flat=True)) == {"five"}


@pytest.mark.parametrize(
    "query",
    [
        Q(text="x"),
        Q(text__exact="x"),
        Q(text__iexact="x"),
        Q(text__in=["x"]),
        Q(text__contains="x"),
        Q(text__lt="x"),
        Q(text__gt="x"),
        Q(text__range=("a", "b")),
        Q(text__regex="x"),
        Q(text=F("email")),
        Q(moment__year=2026),
        Q(json__name="x"),
        Q(text__nonsense="x"),
        ~Q(text="x"),
    ],
)
def test_a_query_that_only_plaintext_can_answer_is_refused(secrets: QuerySet[Secret], query: Q) -> None:
    """As it is built, by an error that says why: nothing would be found, which reads like an answer."""
    with pytest.raises(FieldError, match="encrypted") as caught:
        secrets.filter(query)
    assert isinstance(caught.value, ConsentGuardError)
    assert caught.value.hint


def test_whether_a_value_is_null_can_be_asked(secrets: QuerySet[Secret]) -> None:
    """In each of Django's spellings."""
    secrets.create(text=None)
    secrets.create(text="")
    assert secrets.filter(text=None).count() == secrets.filter(text__isnull=True).count() == 1
    assert secrets.exclude(text=None).get().text == ""


def test_a_value_of_another_row_s_column_does_not_open(secrets: QuerySet[Secret]) -> None:
    """It is bound to its own column."""
    secrets.create(text="Ada", email="ada@example.com")
    with connections[secrets.db].cursor() as cursor:
        cursor.execute("UPDATE people_secret SET text = email")
    found = secrets.get()
    with pytest.raises(DecryptionError, match=r"people_secret\.text"):
        assert found.text
    with pytest.raises(DecryptionError):
        secrets.values_list("text").get()


def test_a_value_opens_under_the_names_it_was_sealed_with(secrets: QuerySet[Secret], ring: Keyring) -> None:
    """A column that was renamed says what it was called before."""
    secrets.create(kept="Ada")
    before = Encrypted(models.CharField(max_length=20), name="people_before.name_before")
    assert before.from_db_value(stored(secrets, "kept")) == "Ada"


def test_a_new_key_seals_and_the_old_one_still_opens(secrets: QuerySet[Secret], ring: Keyring) -> None:
    """Whoever installs another keyring need not start the process anew."""
    made = secrets.create(text="Ada")
    installed.install(ring.with_new_key())
    assert secrets.get().text == "Ada"
    made.save()
    assert stored(secrets, "text")[1:5] == b"\x00\x00\x00\x02"
    installed.install(Keyring.generate())
    with pytest.raises(DecryptionError):
        assert secrets.get().text


def test_without_a_keyring_nothing_is_written(secrets: QuerySet[Secret], monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says how to make one."""
    installed.uninstall()
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    with pytest.raises(KeyringError, match="keys new"):
        secrets.create(text="Ada")
    assert secrets.count() == 0


def test_a_migration_holds_the_inner_field_and_no_key() -> None:
    """Written as it stands in the model, so that nothing is to migrate."""
    text, imports = MigrationWriter.serialize(Secret._meta.get_field("kept"))
    assert "name='people_before.name_before'" in text
    assert "models.CharField(max_length=20, null=True)" in text
    assert imports >= {"import consentguard_django.fields"}
    assert "consentguard_django.fields.Encrypted(" in text


def test_no_key_is_pickled_with_a_row_or_a_query(secrets: QuerySet[Secret], ring: Keyring) -> None:
    """Caches and queues of tasks take both."""
    made = secrets.create(text="Ada")
    dumped = pickle.dumps([made, secrets.filter(text=None).query, Secret._meta.get_field("text")])
    assert ring.enabled.secret not in dumped
    assert pickle.loads(dumped)[0] == made  # noqa: S301 - dumped a line above


def test_forms_show_plaintext_and_hold_it_to_the_inner_field() -> None:
    """Labels, help, choices and validation are those of the field inside."""
    form = modelform_factory(Secret, fields=["text", "email", "size"])({"text": "x" * 201, "email": "no", "size": "m"})
    assert form.fields["text"].help_text == "Anything"
    assert set(form.errors) == {"text", "email", "size"}
    assert Secret(size="l").get_size_display() == "large"
    with pytest.raises(Exception, match="at most 200"):
        Secret(text="x" * 201).full_clean(exclude={"email"})


def test_a_dump_is_sealed_and_loads_again(secrets: QuerySet[Secret], ring: Keyring) -> None:
    """Every type, and the very bytes: a fixture is worth as much as a copy of the table."""
    values = {"text": "Ada", "integer": 7, "moment": MOMENT, "json": {"a": 1}, "binary": b"\xff", "boolean": False}
    secrets.create(**values)
    before = {column: stored(secrets, column) for column in values}
    dumped = serializers.serialize("json", secrets.all())
    fields = json.loads(dumped)[0]["fields"]
    assert all(fields[column].startswith("sealed:") for column in values)
    assert fields["email"] is None
    secrets.all().delete()
    for loaded in serializers.deserialize("json", dumped):
        loaded.save(using=secrets.db)
        assert loaded.object.text == "Ada"
    assert {column: stored(secrets, column) for column in values} == before
    found = secrets.get()
    assert {column: getattr(found, column) for column in values} == values


@pytest.mark.parametrize(
    "inner",
    [
        models.ForeignKey(Secret, models.CASCADE),
        models.FileField(),
        models.BigAutoField(primary_key=True),
        models.CharField(max_length=9, unique=True),
        models.CharField(max_length=9, primary_key=True),
        models.SlugField(),
        Encrypted(models.TextField()),
    ],
)
def test_what_cannot_be_encrypted_is_refused(inner: models.Field[Any, Any]) -> None:
    """Where the model is written."""
    with pytest.raises(TypeError):
        Encrypted(inner)


def test_a_name_has_a_table_and_a_column() -> None:
    """A slip would bind values to names that nobody finds again."""
    with pytest.raises(TypeError, match=r"table\.column"):
        Encrypted(models.TextField(), name="phone")


def test_an_encrypted_column_is_in_the_data_map_as_what_it_seals() -> None:
    """The database's bytes are no type that a developer thinks in."""
    columns = next(table for table in tables() if table.label == "people.Secret").by_name
    found = {name: columns[name].type for name in ("text", "email", "date", "json", "address")}
    assert found == {"text": "text", "email": "email", "date": "date", "json": "json", "address": "ip"}


def test_a_dataset_reads_and_empties_encrypted_columns(stores: DjangoStores, secrets: QuerySet[Secret]) -> None:
    """An export is plaintext, an erasure leaves nothing, and nobody is looked for by what is sealed."""
    from consentguard.records import Selection

    made = secrets.create(text="Ada", long="Lovelace")
    selection = Selection(label="people.Secret", keys=(str(made.pk),))
    assert [dict(row) for row in stores.dataset.rows(selection, ["text", "long"])] == [
        {"text": "Ada", "long": "Lovelace"}
    ]
    assert stores.dataset.clear(selection, ["text", "long"]) == 1
    assert stored(secrets, "text") is None
    assert secrets.get().long == ""
    with pytest.raises(ConsentGuardError, match="encrypted"):
        stores.dataset.match("people.Secret", "email", "ada@example.com")


def test_each_child_of_an_abstract_base_has_a_field_of_its_own() -> None:
    """Else the last child's table would be the one that every child's values are bound to."""
    field, handed_down = Secret._meta.get_field("text"), Sealed._meta.get_field("text")
    assert field.inner is not handed_down.inner
    assert (field.model, field.inner.model) == (Secret, Secret)
