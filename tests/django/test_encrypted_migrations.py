"""Encrypted columns in migrations: written without a key, stable, altered only where the column is, and in the past."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connections, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from consentguard.crypto.keyring import Keyring
from consentguard_django.fields import Encrypted
from tests.django.sealed.kit import alias, ring, tables  # noqa: F401 - fixtures
from tests.django.sealed.models import Letter, Owner, Sheet

DECLARED: dict[str, Any] = {
    "plain": lambda: Encrypted(models.CharField(max_length=9)),
    "named": lambda: Encrypted(models.TextField(blank=True, default="x"), name="shop.phone"),
    "bound to its row": lambda: Encrypted(models.DateField(null=True), bound_to="row"),
    "bound to a person": lambda: Encrypted(models.JSONField(), bound_to={"user": "owner_id"}, on_erased="marker"),
    "strict": lambda: Encrypted(models.TextField(db_column="kept"), batch=1),
}


@pytest.mark.parametrize("name", DECLARED)
def test_a_declaration_is_written_as_it_stands(name: str, ring: Keyring) -> None:  # noqa: F811 - a fixture
    """And read again, it is the same; no key is in it."""
    field = DECLARED[name]()
    text, imports = MigrationWriter.serialize(field)
    assert ring.enabled.secret.hex() not in text
    found: dict[str, Any] = {}
    exec("\n".join(sorted(imports)) + f"\nfield = {text}", found)  # noqa: S102 - as a migration does
    assert MigrationWriter.serialize(found["field"]) == (text, imports)
    assert MigrationWriter.serialize(field.clone()) == (text, imports)
    assert (found["field"].binding, found["field"].batch) == (field.binding, field.batch)


def test_nothing_is_to_migrate_twice() -> None:
    """The tables as they are declared are those of their own migrations."""
    before, after = (ProjectState.from_apps(apps) for _ in range(2))
    assert MigrationAutodetector(before, after)._detect_changes() == {}


def _altered(alias: str, **changes: Any) -> list[str]:  # noqa: F811 - an argument
    """The SQL that changes the column of one declaration to another's."""
    old = Sheet._meta.get_field("a")
    new = Encrypted(**{"inner": old.inner.clone(), **changes})
    new.set_attributes_from_name("a")
    new.model = Sheet
    new.inner.set_attributes_from_name("a")
    with connections[alias].schema_editor(collect_sql=True) as editor:
        editor.alter_field(Sheet, old, new)
    return [line for line in editor.collected_sql if not line.startswith("--")]


@pytest.mark.parametrize(
    "changes",
    [
        {"inner": models.CharField(max_length=50, default="y", blank=True, help_text="?", choices=[("a", "b")])},
        {"inner": models.IntegerField(default=0)},
        {"on_erased": "marker"},
        {"batch": 1, "name": "before.a"},
        {"bound_to": "row"},
    ],
    ids=str,
)
def test_a_change_of_what_python_alone_sees_touches_no_table(alias: str, changes: Any) -> None:  # noqa: F811
    """On no database: the column is one of bytes before and after."""
    assert _altered(alias, **copy.deepcopy(changes)) == []


def test_whether_a_column_may_be_null_is_its_own(alias: str) -> None:  # noqa: F811 - a fixture
    """That the database holds it to."""
    assert _altered(alias, inner=models.CharField(max_length=20, null=True, blank=True, default=""))


def test_a_model_of_a_migration_reads_and_writes(alias: str) -> None:  # noqa: F811 - a fixture
    """As a data migration does, bound values too."""
    past = ProjectState.from_apps(apps).apps
    owner = past.get_model("sealed", "Owner").objects.using(alias).create(name="ada")
    past.get_model("sealed", "Letter").objects.using(alias).create(owner=owner, text="by ada")
    letter = Letter.objects.using(alias).get()
    assert letter.text == "by ada"
    assert past.get_model("sealed", "Letter").objects.using(alias).get().text == "by ada"
    assert Owner.objects.using(alias).count() == 1


def test_a_list_of_postgresql_s_is_sealed_anywhere() -> None:
    """It is written as text, as a fixture has it."""
    field: Any = Encrypted(ArrayField(models.IntegerField(), null=True))
    field.inner.set_attributes_from_name("numbers")
    assert field.form.load(field.form.dump([1, 2, None])) == [1, 2, None]


def test_a_default_of_the_database_is_refused() -> None:
    """It would stand in the table's definition in plain."""
    with pytest.raises(TypeError, match="default"):
        Encrypted(models.CharField(max_length=9, db_default="Ada"))
