"""A Django site with every package that keeps a history; prints as JSON what they keep and give back. Run as a script.

Values that must nowhere be kept hold the word SECRET.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import uuid
from typing import Any

import django
from django.apps import apps
from django.conf import settings

SECRET, GONE = "Lovelace", "Hopper"
APPS = "admin auth contenttypes messages sessions sites"

settings.configure(
    SECRET_KEY="tests only",
    INSTALLED_APPS=[f"django.contrib.{name}" for name in APPS.split()]
    + ["auditlog", "reversion", "simple_history", "consentguard_django"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    STATIC_URL="static/",
    ALLOWED_HOSTS=["localhost"],
)
django.setup()

import reversion  # noqa: E402 - these look at the settings when they are imported
from auditlog.models import LogEntry  # noqa: E402
from auditlog.registry import auditlog  # noqa: E402
from django.contrib import admin  # noqa: E402
from django.contrib.admin.models import CHANGE  # noqa: E402
from django.contrib.admin.models import LogEntry as LogEntryOfAdmin  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core import checks  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402
from lxml import html  # noqa: E402
from reversion.admin import VersionAdmin  # noqa: E402
from reversion.models import Revision, Version  # noqa: E402
from simple_history.admin import SimpleHistoryAdmin  # noqa: E402
from simple_history.models import HistoricalRecords  # noqa: E402

from consentguard.crypto import installed  # noqa: E402
from consentguard.crypto.errors import ErasedError  # noqa: E402
from consentguard.memory.stores import MemoryStores  # noqa: E402
from consentguard.records import Selection, SubjectRef  # noqa: E402
from consentguard.testing.keys import keyring  # noqa: E402
from consentguard_django.fields import Encrypted  # noqa: E402
from consentguard_django.masking import SealedAdminMixin  # noqa: E402
from consentguard_django.stores import DjangoStores  # noqa: E402

DATA_KEYS = MemoryStores().data_keys
installed.install(keyring())
installed.install_data_keys(lambda: DATA_KEYS)


class Note(models.Model):
    """Values of several types, one under the key of its owner, one found by an index."""

    plain = models.CharField(max_length=20, default="", blank=True)
    text = Encrypted(models.CharField(max_length=40))
    data = Encrypted(models.JSONField(null=True, blank=True))
    made = Encrypted(models.DateTimeField(auto_now_add=True))
    email = Encrypted(models.EmailField(unique=True), search="email")
    mine = Encrypted(models.CharField(max_length=40), bound_to={"user": "owner_id"})
    owner = models.ForeignKey(User, models.CASCADE)
    history = HistoricalRecords(app="sites")

    class Meta:
        app_label = "sites"


class Leaf(models.Model):
    """A value that is bound to its row, in a history whose rows have keys of their own before they are stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    text = Encrypted(models.CharField(max_length=40), bound_to="row")
    history = HistoricalRecords(app="sites", history_id_field=models.UUIDField(default=uuid.uuid4))

    class Meta:
        app_label = "sites"


class Late(models.Model):
    """The same, in a history that gives keys too late."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    text = Encrypted(models.CharField(max_length=40), bound_to="row")
    history = HistoricalRecords(app="sites")

    class Meta:
        app_label = "sites"


class Topic(models.Model):
    """What rows are related to, many to many."""

    class Meta:
        app_label = "sites"


class Plain(models.Model):
    """Values that are not encrypted, so that all packages keep them as they are."""

    name = models.CharField(max_length=40, unique=True)
    words = models.TextField()
    topics = models.ManyToManyField(Topic)
    history = HistoricalRecords(app="sites", m2m_fields=[topics])

    class Meta:
        app_label = "sites"

    def __str__(self) -> str:
        return self.name


class NoteAdmin(SealedAdminMixin, SimpleHistoryAdmin):
    """With the pages of django-simple-history."""


class NoteVersionAdmin(SealedAdminMixin, VersionAdmin):
    """With the pages of django-reversion."""


versions = admin.AdminSite(name="versions")
admin.site.register(Note, NoteAdmin)
versions.register(Note, NoteVersionAdmin)
urlpatterns = [path("admin/", admin.site.urls), path("versions/", versions.urls)]


def set_up() -> User:
    """The tables, and somebody who may do everything."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    with connection.schema_editor() as editor:
        for model in (Note, Note.history.model, Leaf, Leaf.history.model, Topic, Plain, Plain.history.model):
            editor.create_model(model)
        editor.create_model(apps.get_model("sites", "HistoricalPlain_topics"))
    auditlog.register(Note)
    auditlog.register(Leaf, serialize_data=True)
    auditlog.register(Plain, serialize_data=True)
    reversion.register(Plain)
    return User.objects.create_superuser("ada")


def changed(owner: User) -> Note:
    """A note that was made and then changed, on the record of all three packages."""
    with reversion.create_revision():
        note = Note(text=f"{SECRET} 1", data=[SECRET], mine=f"{SECRET} 1", email=f"{SECRET}@example.org", owner=owner)
        note.save()
    with reversion.create_revision():
        note.text, note.data, note.mine, note.plain = f"{SECRET} 2", None, f"{SECRET} 2", "seen"
        note.save()
    leaf = Leaf.objects.create(text=SECRET)
    leaf.delete()
    return note


def whole_database() -> str:
    """Every row of every table."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - a table of this site
            found.append(repr(cursor.fetchall()))
    return "\n".join(found)


def seen(note: Note) -> Note:
    """The note as it is in the database."""
    return Note.objects.get(pk=note.pk)


def simple_history(note: Note) -> dict[str, Any]:
    """What its records open as, what differs between two, and what comes of restoring the old one."""
    new, old = note.history.all()
    delta = {change.field: [change.old, change.new] for change in new.diff_against(old).changes}
    old.instance.save()
    return {
        "opened": [[each.text, each.data, each.mine, each.email] for each in (old, new)],
        "made": old.made == new.made == note.made,
        "delta": delta,
        "restored": [seen(note).text, seen(note).mine],
        "leaf": [each.text for each in Leaf.history.all()],
        "as_of": Note.history.as_of(old.history_date + dt.timedelta(microseconds=1)).get().text,
    }


def reverted(note: Note) -> dict[str, Any]:
    """What comes of going back to a version, of an object that is there and of one that is not."""
    new, old = Version.objects.get_for_object(note)
    found = {"fields": old.field_dict["text"][:7]}
    new.revision.revert()
    found["new"] = [seen(note).text, seen(note).mine]
    Note.objects.filter(pk=note.pk).delete()
    old.revision.revert()
    return found | {"old": [seen(note).text, seen(note).data, seen(note).mine]}


def audited() -> dict[str, Any]:
    """What is on record of the last change of a note."""
    entry = LogEntry.objects.get_for_model(Note).filter(action=LogEntry.Action.UPDATE).latest("pk")
    serialized = LogEntry.objects.get_for_model(Leaf).filter(serialized_data__isnull=False).latest("pk").serialized_data
    return {"changes": entry.changes, "serialized": serialized["fields"]["text"][:7]}


def pages(note: Note, owner: User) -> dict[str, Any]:
    """The pages of both packages: whether they show a value, and what comes of restoring by their forms."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(owner)
    record, version = note.history.last(), Version.objects.get_for_object(note).last()
    assert record is not None
    assert version is not None
    addresses = {
        "history": f"/admin/sites/note/{note.pk}/history/",
        "record": f"/admin/sites/note/{note.pk}/history/{record.pk}/",
        "versions": f"/versions/sites/note/{note.pk}/history/",
        "version": f"/versions/sites/note/{note.pk}/history/{version.pk}/",
    }
    bodies = {name: client.get(address).content.decode() for name, address in addresses.items()}
    restored = {}
    for name in ("record", "version"):
        Note.objects.filter(pk=note.pk).update(text="now", data=None)
        form = html.document_fromstring(bodies[name]).xpath("//form[contains(@id, 'note_form')]")[0]
        answer = client.post(addresses[name], {key: value.strip() for key, value in form.form_values()})
        restored[name] = [answer.status_code, seen(note).text, seen(note).data]
    return {
        "shown": [name for name, body in bodies.items() if SECRET in body],
        "masked": [name for name, body in bodies.items() if "•" in body],
        "links": [name for name, body in bodies.items() if "unmask" in body],
        "restored": restored,
    }


def shredded(note: Note, owner: User) -> bool:
    """Whether every old value of somebody is gone with their key."""
    installed.subject_keys().destroy([SubjectRef("user", str(owner.pk))])
    for record in note.history.all():
        try:
            _ = record.mine
        except ErasedError:
            continue
        return False
    return True


def forgotten(owner: User) -> dict[str, Any]:
    """What is left of a row that is erased, and of one whose columns are, on the record of every package."""
    dataset, label = DjangoStores("default").dataset, "sites.Plain"
    rows = []
    for number in range(3):
        with reversion.create_revision():
            rows.append(Plain.objects.create(name=f"{GONE} {number}", words=f"{GONE} {number}"))
            rows[-1].topics.add(Topic.objects.create())
        LogEntryOfAdmin.objects.log_actions(owner.pk, rows[-1:], CHANGE, change_message=str(rows[-1]))
    before = {
        name: whole_database().count(f"{GONE} {number}") for number, name in enumerate(("row", "columns", "other"))
    }
    row, columns, _ = ([str(each.pk)] for each in rows)
    touched = [dict(dataset.forget(label, row)), dict(dataset.forget(label, columns, ["name", "words"]))]
    for keys in (row, columns):
        dataset.clear(Selection.of(label, keys), ["name", "words"])
    dataset.change(Selection.of(label, columns), {"words": "new"})
    dataset.delete(Selection(label="sites.Plain_topics", path="plain", root=label, keys=tuple(row)))
    dataset.delete(Selection.of(label, row))
    dataset.insert(label, [{"id": 77, "name": "added", "words": "added"}])
    left = whole_database()
    return {
        "histories": sorted(dataset.histories(label)),
        "touched": touched,
        "there": all(before.values()),
        "left": [left.count(f"{GONE} {number}") for number in range(2)],
        "of_another": left.count(f"{GONE} 2") == before["other"],
        "noticed": Plain.history.filter(id=77).count() + Plain.history.filter(words="new").count(),
        "revisions": Revision.objects.filter(version__isnull=True).count(),
    }


def main() -> None:
    """Print it all."""
    owner = set_up()
    found = checks.run_checks(tags=["models", "signals"])
    note = changed(owner)
    facts = {
        "checks": [[str(each.id), str(each.obj.model._meta.object_name)] for each in found],
        "kept": SECRET in whole_database(),
        "simple_history": simple_history(note),
        "auditlog": audited(),
        "reversion": reverted(note),
        "pages": pages(note, owner),
    }
    facts["forgotten"] = forgotten(owner)
    json.dump({**facts, "kept_by_pages": SECRET in whole_database(), "shredded": shredded(note, owner)}, sys.stdout)


main()
