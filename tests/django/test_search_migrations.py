"""Indexes come, move and go by migrations that Django writes: read back as they were written, and run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django
import pytest
from django.apps import apps
from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, models
from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RemoveField
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter

from consentguard.crypto.index.kinds import Exact, Prefix
from consentguard_django.fields import Encrypted
from consentguard_django.fields.search import UniqueTogether, search
from tests.django.searched.kit import ring  # noqa: F401 - a fixture
from tests.django.searched.models import Customer

APP = "searched"
BEGINS = Prefix(2, bits=8)


def model(constraints: tuple[models.BaseConstraint, ...] = (), **fields: models.Field[Any, Any]) -> Any:
    """A model of an app of its own."""
    meta = type("Meta", (), {"app_label": APP, "apps": Apps(), "constraints": constraints})
    named = {"id": models.BigAutoField(primary_key=True), **fields, "Meta": meta, "__module__": __name__}
    return type("Person", (models.Model,), named)


def sealed(search: Any = None, name: str = "", **options: Any) -> Any:
    """A searched column."""
    return Encrypted(models.CharField(max_length=40, **options), search=search, name=name)


class Database:
    """The table of one model on a database, which changes as the model does."""

    def __init__(self, alias: str) -> None:
        self.alias, self.state, self.run = alias, ProjectState(), list[tuple[Migration, ProjectState]]()

    def change(self, to: Any = None, questioner: MigrationQuestioner | None = None) -> list[str]:
        """Write the migration to a model, read it back and run it; what it does, in short."""
        state = ProjectState()
        if to is not None:
            state.add_model(ModelState.from_model(to))
        asked = questioner or MigrationQuestioner(specified_apps={APP})
        found = MigrationAutodetector(self.state.clone(), state, asked).changes(MigrationGraph())
        if not found:
            return []
        (written,) = found[APP]
        if questioner is not None:  # as the how-to guide says
            written.operations.sort(key=lambda operation: not isinstance(operation, RemoveField))
        names: dict[str, Any] = {}
        exec(MigrationWriter(written).as_string(), names)  # noqa: S102 - as Django itself reads a migration
        migration = names["Migration"](written.name, APP)
        self.run.append((migration, self.state.clone()))
        with connections[self.alias].schema_editor() as editor:
            self.state = migration.apply(self.state, editor)
        return [operation.describe() for operation in migration.operations]

    def undo(self) -> None:
        """Run the last migration backwards."""
        migration, self.state = self.run.pop()
        with connections[self.alias].schema_editor() as editor:
            migration.unapply(self.state.clone(), editor)

    def rows(self, kind: Any) -> Any:
        """The rows of the table, as a model sees it."""
        return models.QuerySet(kind, using=self.alias)

    def saved(self, kind: Any) -> Any:
        """The rows, each read and saved, as `consentguard keys rotate` brings it up to date."""
        for row in self.rows(kind):
            assert row.name
            row.save()
        return self.rows(kind)


@pytest.fixture
def moving(database: tuple[str, str], ring: Any) -> Iterator[Database]:  # noqa: F811
    """A database without the table."""
    made = Database(database[0])
    yield made
    made.change()


def test_nothing_is_left_to_migrate() -> None:
    """The migration of these tests' tables says all that is in their models."""
    loader = MigrationLoader(None)
    found = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(loader.graph)
    assert APP not in found


def test_an_index_comes_to_a_column_that_holds_values(moving: Database) -> None:
    """Two columns, and none of the stored values is touched: those get digests as they are written again."""
    before = model(name=sealed())
    moving.change(before)
    moving.rows(before).create(name="Ada")
    after = model(name=sealed("casefold"))
    assert moving.change(after) == [
        "Add field name_exact_casefold_a to person",
        "Add field name_exact_casefold_b to person",
        "Alter field name on person",
    ]
    assert moving.change(after) == []
    assert not moving.rows(after).filter(name="ada")
    assert moving.rows(after).get().name == "Ada"
    assert moving.saved(after).get(name="ada")
    moving.undo()
    assert moving.rows(before).get().name == "Ada"


def test_indexes_are_appended_made_unique_and_taken_away(moving: Database) -> None:
    """What stands behind one that goes is another column, since its digests move."""
    first = model(name=sealed("casefold"))
    moving.change(first)
    moving.rows(first).create(name="Ada")
    second = model(name=sealed([Exact("casefold"), BEGINS]))
    assert moving.change(second) == [
        "Add field name_prefix_2_8_casefold_a16 to person",
        "Add field name_prefix_2_8_casefold_b16 to person",
        "Alter field name on person",
    ]
    assert moving.rows(second).get(name="ada")
    assert not search(moving.rows(second), name__prefix="ad")
    assert search(moving.saved(second), name__prefix="ad")
    unique = model(name=sealed([Exact("casefold"), BEGINS], unique=True))
    assert moving.change(unique) == [
        "Alter field name_exact_casefold_a on person",
        "Alter field name_exact_casefold_b on person",
    ]
    with pytest.raises(IntegrityError):
        moving.rows(unique).create(name="ADA")
    third = model(name=sealed(BEGINS))
    assert sorted(moving.change(third)) == [
        "Add field name_prefix_2_8_casefold_a to person",
        "Add field name_prefix_2_8_casefold_b to person",
        "Alter field name on person",
        "Remove field name_exact_casefold_a from person",
        "Remove field name_exact_casefold_b from person",
        "Remove field name_prefix_2_8_casefold_a16 from person",
        "Remove field name_prefix_2_8_casefold_b16 from person",
    ]
    assert search(moving.saved(third), name__prefix="ad")
    moving.rows(third).create(name="ADA")
    assert len(moving.change(model(name=sealed()))) == 3


def test_a_column_with_an_index_changes_as_any_other(moving: Database) -> None:
    """Whether it may be NULL, and what else is in the table."""
    moving.change(model(name=sealed("casefold")))
    after = model(name=sealed("casefold", null=True), age=models.IntegerField(default=0, db_index=True))
    moving.change(after)
    moving.rows(after).create(name=None)
    moving.rows(after).create(name="Ada")
    assert moving.rows(after).get(name="ada", age=0)
    assert moving.rows(after).filter(name=None).count() == 1


def test_a_searched_column_is_removed(moving: Database) -> None:
    """After those that are made of it, which Django 5.2 does not know and has to be told in two steps."""
    age = {"age": models.IntegerField(default=0)}
    moving.change(model(name=sealed("casefold"), **age))
    if django.VERSION < (6,):
        moving.change(model(name=sealed(), **age))
    assert moving.change(model(**age))[-1] == "Remove field name from person"


def test_several_fields_are_unique_together(moving: Database) -> None:
    """By the digests of the one that is sealed, in either slot; forms say so too."""
    fields = {"name": sealed("casefold", null=True), "house": models.IntegerField(default=0)}
    before, after = (
        model(constraints, **{name: field.clone() for name, field in fields.items()})
        for constraints in ((), (UniqueTogether(fields=["house", "name"], name="one_name_in_a_house"),))
    )
    moving.change(before)
    assert moving.change(after) == ["Create constraint one_name_in_a_house on model person"]
    assert moving.change(after) == []
    rows = moving.rows(after)
    for house, name in ((1, "Ada"), (2, "Ada"), (1, None), (1, None)):
        rows.create(house=house, name=name)
    with pytest.raises(IntegrityError):
        rows.create(house=1, name="ADA")
    new = after(house=2, name="aDA")
    new._state.db = moving.alias
    with pytest.raises(ValidationError, match="already exists"):
        new.validate_constraints()
    new.house = 3
    new.validate_constraints()
    assert moving.change(before) == ["Remove constraint one_name_in_a_house from model person"]
    rows.create(house=1, name="ADA")


class Renamed(MigrationQuestioner):
    """Somebody who renamed a column, but not its digests."""

    def ask_rename(self, model_name: str, old_name: str, new_name: str, field_instance: Any) -> bool:
        """Whether one was renamed to the other."""
        return (old_name, new_name) == ("name", "called")


def test_a_searched_column_is_renamed(moving: Database) -> None:
    """Its digests are taken away first, and made anew under the new name."""
    before, after = (model(**{name: sealed("casefold", name=f"{APP}_person.name")}) for name in ("name", "called"))
    moving.change(before)
    moving.rows(before).create(name="Ada")
    assert moving.change(after, Renamed(specified_apps={APP})) == [
        "Remove field name_exact_casefold_a from person",
        "Remove field name_exact_casefold_b from person",
        "Rename field name on person to called",
        "Add field called_exact_casefold_a to person",
        "Add field called_exact_casefold_b to person",
    ]
    assert moving.rows(after).get(called="ada").called == "Ada"


def test_the_models_of_migrations_find_rows_too(moving: Database) -> None:
    """As a step of a migration in Python needs."""
    kind = model(name=sealed([Exact("casefold"), BEGINS]))
    moving.change(kind)
    historical = moving.state.apps.get_model(APP, "Person")
    moving.rows(historical).create(name="Ada")
    assert moving.rows(historical).get(name="ADA").name == "Ada"
    assert moving.rows(kind).get(name="ada").name == "Ada"


def test_a_table_is_made_without_migrations(database: tuple[str, str], ring: Any) -> None:  # noqa: F811
    """As a test runner does that skips them: the constraint stands on the digests all the same."""
    kind = model(name=sealed("casefold", unique=True))
    with connections[database[0]].schema_editor() as editor:
        editor.create_model(kind)
    try:
        rows = models.QuerySet(kind, using=database[0])
        rows.create(name="Ada")
        with pytest.raises(IntegrityError):
            rows.create(name="ADA")
        with connections[database[0]].cursor() as cursor:
            constraints = connections[database[0]].introspection.get_constraints(cursor, kind._meta.db_table)
    finally:
        with connections[database[0]].schema_editor() as editor:
            editor.delete_model(kind)
    columns = [each["columns"] for each in constraints.values() if each["unique"]]
    assert ["name"] not in columns
    assert ["name_exact_casefold_a"] in columns


def test_a_migration_holds_no_key() -> None:
    """It names the index, and nothing of the keyring."""
    text, imports = MigrationWriter.serialize(Customer._meta.get_field("surname"))
    assert "search=[kinds.Prefix(n=2, bits=4, normalise='casefold')" in text
    assert "from consentguard.crypto.index import kinds" in imports
