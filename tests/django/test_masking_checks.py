"""The checks of admins over sealed values: which do not mask, what they need not show, and titles that tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.filters import EmptyFieldListFilter
from django.contrib.auth import get_user_model
from django.core import checks

from consentguard_django.masking import SealedAdminMixin
from tests.django.masked.models import Named, Patient, Remark
from tests.django.masked.office import RemarkInline


class Masked(SealedAdminMixin, admin.ModelAdmin):
    """An admin that masks."""


@pytest.fixture
def site() -> Iterator[admin.AdminSite]:
    """A site that is forgotten with its test."""
    made = admin.AdminSite(name="checked")
    yield made
    made._registry.clear()


def messages() -> list[checks.CheckMessage]:
    """What Django's checks of admins and ours say."""
    return checks.run_checks(tags=["admin", "privacy"])


def found(number: str) -> list[tuple[Any, str]]:
    """What the checks say under an id."""
    return [(each.obj, each.msg) for each in messages() if each.id == f"consentguard.{number}"]


@pytest.mark.parametrize(
    ("model", "options", "named"),
    [
        (Patient, {}, "masked.Patient.phone"),
        (Remark, {}, "masked.Remark.text"),
        (Remark, {"list_display": ("patient__email",)}, "masked.Remark.text, masked.Patient.email"),
        (get_user_model(), {"list_display": ("username",)}, ""),
    ],
)
def test_an_admin_that_does_not_mask_is_named(
    site: admin.AdminSite, model: Any, options: dict[str, Any], named: str
) -> None:
    """With the fields that it shows, also those that its list reaches; one of a model without any is not."""
    made = type("Plain", (admin.ModelAdmin,), options)
    site.register(model, made)
    assert [(kind, named in words) for kind, words in found("W020")] == ([(made, True)] if named else [])


def test_an_admin_whose_inline_is_sealed_is_named(site: admin.AdminSite) -> None:
    """The mixin of the page masks its inlines too."""

    class Inlined(admin.ModelAdmin):
        inlines = [RemarkInline]

    class OfUser(RemarkInline):
        model = Patient

    site.register(get_user_model(), type("Users", (admin.ModelAdmin,), {"inlines": [OfUser]}))
    site.register(Patient, type("Patients", (Masked,), {"inlines": [RemarkInline]}))
    assert [kind.__name__ for kind, _ in found("W020")] == ["Users"]


def test_an_admin_that_masks_is_left_alone(site: admin.AdminSite) -> None:
    """By nobody else either."""
    site.register([Patient, Remark], Masked)
    assert [each for each in messages() if each.obj is Masked] == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"list_display": ("pk", "phone"), "list_editable": ("phone",)}, ["`list_editable` names `phone`"]),
        ({"list_filter": ("ward", "blood")}, ["`list_filter` names `blood`"]),
        ({"list_filter": [("blood", admin.AllValuesFieldListFilter)]}, ["`list_filter` names `blood`"]),
        ({"list_filter": [("email", EmptyFieldListFilter), ("ward", admin.AllValuesFieldListFilter)]}, []),
        ({"list_filter": [admin.RelatedOnlyFieldListFilter]}, []),
        ({"date_hierarchy": "born_on"}, ["`date_hierarchy` names `born_on`"]),
        ({"history_list_display": ["phone"]}, ["`history_list_display` names `phone`"]),
    ],
)
def test_an_option_that_needs_what_is_sealed_is_an_error(
    site: admin.AdminSite, options: dict[str, Any], named: list[str]
) -> None:
    """To change it unseen in a list, or to say which values there are; whether one is NULL may be asked."""
    made = type("Optional", (Masked,), options)
    site.register(Patient, made)
    assert [words.partition(",")[0] for kind, words in found("E022") if kind is made] == named


def test_a_title_that_is_sealed_is_named(site: admin.AdminSite) -> None:
    """No mixin can mask what an object calls itself."""
    site.register(Named, Masked)
    ((model, words),) = found("W021")
    assert (model, "`name`" in words) == (Named, True)


def test_so_is_a_user_who_is_called_by_what_is_sealed(site: admin.AdminSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Django's users are by the field that they sign in with."""
    monkeypatch.setattr(Named, "__str__", get_user_model().__str__)
    site.register(Named, Masked)
    assert found("W021") == []
    monkeypatch.setattr(Named, "USERNAME_FIELD", "name", raising=False)
    assert [model for model, _ in found("W021")] == [Named]
