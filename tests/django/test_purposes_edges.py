"""Where a purpose ends: what is ours, what cannot be limited, models of migrations, databases without marks."""

from __future__ import annotations

import datetime as dt

import pytest
from django.apps import apps
from django.db import connections
from django.db.migrations.state import ProjectState
from django.db.models import Count
from django.test.utils import CaptureQueriesContext, override_settings

import consentguard
from consentguard import PurposeLimitationError, SubjectRef
from consentguard.records import Selection, Test
from consentguard_django.stores import DjangoStores
from tests.django.people.models import Label, Note, Person, Reply, Ticket
from tests.django.test_purposes import NOW, happening, mark
from tests.django.test_purposes import anna as anna
from tests.django.test_purposes import clock as clock


def test_corrections_and_opposites_see_every_row_too(stores: DjangoStores, anna: Person) -> None:
    """An import adds what a purpose may not use, and what does not hold of hidden rows is found as well."""
    Label.objects.using(stores.name).update(day=dt.date(2020, 1, 1))
    test = Test("labels.day", "since", NOW)
    stores.happenings.add(happening(anna))
    assert stores.dataset.count(Selection(label="people.Note", where=(test,))) == 0
    with consentguard.purpose("service"):
        assert stores.dataset.insert("people.Label", [{"day": None}]) == 1


def test_an_outer_join_that_finds_nothing_leaves_nobody_out(stores: DjangoStores, anna: Person) -> None:
    """A person whose note nobody answered is counted, while those who did are marked; nothing is asked beforehand."""
    ben = Person.objects.using(stores.name).get(name="Ben")
    Note.objects.using(stores.name).create(person=ben, text="Alone", written=NOW)
    mark(stores, None, subject=SubjectRef("sender", str(anna.pk)))
    with consentguard.purpose("analytics"):
        answered = Note.objects.using(stores.name).annotate(n=Count("reply"))
        assert sorted(answered.values_list("text", "n")) == [("Alone", 0), ("Anna", 1)]
        with CaptureQueriesContext(connections[stores.name]) as asked:
            Reply.objects.using(stores.name).query.get_compiler(stores.name).as_sql()
    assert not asked.captured_queries


def test_what_cannot_be_limited_is_refused(stores: DjangoStores, anna: Person) -> None:
    """An insert that writes over rows, and a table that is joined past Django's own joins."""
    people = Person.objects.using(stores.name)
    with consentguard.purpose("analytics"):
        with pytest.raises(PurposeLimitationError, match="written over"):
            people.bulk_create([anna], update_conflicts=True, update_fields=["name"], unique_fields=_unique(stores))
        with pytest.raises(PurposeLimitationError, match="extra"):
            list(Ticket.objects.using(stores.name).extra(tables=["people_person"]))


def _unique(stores: DjangoStores) -> list[str] | None:
    """MariaDB finds out by itself."""
    return None if connections[stores.name].vendor == "mysql" else ["id"]


def test_a_migration_sees_its_models_as_they_were(stores: DjangoStores, anna: Person) -> None:
    """The data map knows nothing of their columns."""
    mark(stores, anna)
    past = ProjectState.from_apps(apps).apps.get_model("people", "Person")
    with consentguard.purpose("analytics"):
        assert past._base_manager.using(stores.name).count() == 2


class Elsewhere:
    """A router that keeps our tables out of a database."""

    def allow_migrate(self, db: str, app_label: str, **_: object) -> bool | None:
        """Django's question."""
        return False if app_label == "consentguard_django" else None


def test_a_database_without_our_tables_is_not_asked_for_marks(stores: DjangoStores, anna: Person) -> None:
    """What is for one purpose is still used for no other."""
    mark(stores, anna)
    with override_settings(DATABASE_ROUTERS=[Elsewhere()]), consentguard.purpose("analytics"):
        assert Person.objects.using(stores.name).count() == 2
        with pytest.raises(PurposeLimitationError):
            Label.objects.using(stores.name).count()
