"""The admin of the clinic's office: lists, pages and inlines that mask, and its staff."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from lxml import html

from consentguard.crypto import installed
from consentguard.guard import Guard
from consentguard.testing.keys import keyring
from consentguard_django import conf
from consentguard_django.masking import SealedAdminMixin
from tests.django import settings
from tests.django.masked.models import Patient, Remark

SECRETS = (
    "+44 1224 555 0188",
    "ada@example.org",
    "1815-12-10",
    "71.5",
    "penicillin",
    "Example Mutual",
    "a remark that nobody reads",
)
"""What of a patient no page may show."""
SEALED = ("phone", "email", "born_on", "operated_at", "weight", "smokes", "blood", "findings", "insurer")


class RemarkInline(admin.TabularInline):
    """Remarks, on the page of their patient."""

    model = Remark
    extra = 1


class PatientAdmin(SealedAdminMixin, admin.ModelAdmin):
    """Patients."""

    list_display = ("ward", "phone", "email", "member")
    search_fields = ("ward",)
    inlines = [RemarkInline]


class RemarkAdmin(SealedAdminMixin, admin.ModelAdmin):
    """Remarks, beside the number of whom they are about."""

    list_display = ("day", "patient__phone", "text")
    fieldsets = [(None, {"fields": [("day", "text"), "patient"]})]
    readonly_fields = ("text",)
    autocomplete_fields = ("patient",)


@pytest.fixture
def clinic(tmp_path: Path, db: None) -> Iterator[Guard]:
    """The clinic, with a keyring."""
    keyring().write(tmp_path / "keyring.json")
    options = {"manifest": settings.BASE_DIR / "privacy.toml", "keyring": tmp_path / "keyring.json"}
    with override_settings(CONSENTGUARD=options):
        yield conf.guards().at()
    installed.uninstall()


office = admin.AdminSite(name="office")
office.register(Patient, PatientAdmin)
office.register(Remark, RemarkAdmin)
urlpatterns = [path("office/", office.urls), path("privacy/", include("consentguard_django.urls"))]


def patient(**values: Any) -> Patient:
    """A patient with a remark, of the first member."""
    member, _ = get_user_model().objects.get_or_create(username="ada")
    facts = {
        "ward": "North",
        "phone": SECRETS[0],
        "email": SECRETS[1],
        "born_on": SECRETS[2],
        "weight": SECRETS[3],
        "blood": "ab",
        "findings": {"allergy": SECRETS[4]},
        "insurer": SECRETS[5],
    }
    made = Patient.objects.create(member=member, **{**facts, **values})
    Remark.objects.create(patient=made, text=SECRETS[6])
    return Patient.objects.get(pk=made.pk)


def staff(*permissions: str) -> Client:
    """A signed-in member of the staff with these permissions; a client of `office`."""
    user = get_user_model().objects.create(username=f"staff{get_user_model().objects.count()}", is_staff=True)
    found = Permission.objects.filter(
        content_type__app_label__in=["masked", "consentguard_django"], codename__in=permissions
    )
    assert len(found) == len(permissions)
    user.user_permissions.set(found)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def editor(*more: str) -> Client:
    """Somebody who may view and change patients and their remarks."""
    acts = ("view", "change", "add", "delete")
    return staff(*(f"{act}_{model}" for act in acts for model in ("patient", "remark")), *more)


def viewer(*more: str) -> Client:
    """Somebody who may only view them."""
    return staff("view_patient", "view_remark", *more)


def page(model: str, row: Any = None, name: str = "") -> str:
    """The address of a page of the office: of a row, or of the whole list."""
    if row is None:
        return f"/office/masked/{model}/{name and f'{name}/'}"
    return f"/office/masked/{model}/{row.pk}/{name or 'change'}/"


def sent(answer: HttpResponse, form: str = "") -> dict[str, str]:
    """What a browser sends of the form on a page."""
    found = html.document_fromstring(answer.content.decode())
    (one,) = found.xpath(f"//form[@id='{form}']" if form else "//form[contains(@id, '_form')]")
    for empty in one.xpath(".//input[not(@value)]"):
        empty.set("value", "on" if empty.get("type") == "checkbox" else "")
    # the line break after the tag of a text area is none of its text
    return {name: value.removeprefix("\n") for name, value in one.form_values() if "__prefix__" not in name}


def stored(row: Any) -> dict[str, bytes]:
    """What the database holds of a row's sealed columns."""
    names = [name for name in (*SEALED, "text") if hasattr(type(row), name)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(names)} FROM {row._meta.db_table} WHERE id = %s", [row.pk])  # noqa: S608
        return dict(zip(names, cursor.fetchone(), strict=True))
