"""Our migrations make the tables that the models describe, and take them away again, on every database."""

from __future__ import annotations

from dataclasses import fields

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections, models

from consentguard import records
from consentguard.datamap.own import TAGS

OURS = [model for model in apps.get_app_config("consentguard_django").get_models() if not model._meta.proxy]
RECORDS = {"EvidenceSeal": "Seal", "EvidenceCheckpoint": "Checkpoint"}
"""Models that are not called as their record is."""
BARE = {
    "ArchivedSubject": ["id", "row", "subject"],
    "FactorEpoch": ["subject", "epoch"],
    "RecoveryCode": ["id", "subject", "digest", "used_at"],
    "Suppression": ["id", "address", "purpose", "at"],
}
"""Models of which there is no record: only verdicts and counts leave their stores."""
JOINED = {"Hold", "Mark"}
"""Models of which a data subject is two columns, since the site's own tables are joined with them."""


def test_there_is_nothing_to_migrate(database: tuple[str, str]) -> None:
    """A site's own `makemigrations` writes none for us, whatever DEFAULT_AUTO_FIELD it has."""
    call_command("makemigrations", "consentguard_django", check=True, dry_run=True, verbosity=0)


def test_tables_come_and_go(database: tuple[str, str]) -> None:
    """From nothing, and back to nothing."""
    alias, _ = database
    connection = connections[alias]

    def there() -> set[str]:
        return {name for name in connection.introspection.table_names() if name.startswith("consentguard_")}

    expected = {model._meta.db_table for model in OURS}
    assert there() == expected
    call_command("migrate", "consentguard_django", "zero", database=alias, verbosity=0)
    assert there() == set()
    call_command("migrate", "consentguard_django", database=alias, verbosity=0)
    assert there() == expected


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_a_table_s_columns_are_its_record_s_fields(model: type[models.Model]) -> None:
    """Under the same names; a data subject may be two."""
    record = getattr(records, RECORDS.get(model.__name__, model.__name__), None)
    expected = [field.name for field in fields(record)] if record else BARE[model.__name__]
    if model.__name__ in JOINED:
        expected = [*(name for name in expected if name != "subject"), "subject_kind", "subject_key"]
    assert sorted(field.column for field in model._meta.concrete_fields) == sorted(expected)


def test_every_table_of_ours_has_a_ready_made_tag() -> None:
    """None is left out of the data map."""
    assert {model._meta.db_table for model in OURS} == set(TAGS)


@pytest.mark.parametrize("database", [pytest.param("mariadb", marks=pytest.mark.mariadb)], indirect=True)
def test_texts_are_told_apart_to_the_letter(database: tuple[str, str]) -> None:
    """Whatever characters and collation the host's database has by default."""
    with connections[database[0]].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = DATABASE()"
            " AND table_name LIKE 'consentguard%%' AND collation_name IS NOT NULL"
        )
        assert cursor.fetchall() == (("utf8mb4_bin",),)
