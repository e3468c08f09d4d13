"""System checks of searched columns: what is declared wrongly, tells too much, or asks for what no index answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django
import pytest
from django.apps.registry import Apps
from django.contrib.admin import ModelAdmin, site
from django.contrib.auth.checks import check_user_model
from django.core import checks
from django.db import models
from django.test import override_settings
from django.test.utils import isolate_apps

from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.kinds import Compound, Exact, Prefix
from consentguard_django.fields import Encrypted
from consentguard_django.fields.search import UniqueTogether
from consentguard_django.fields.search.checks import check_admins
from consentguard_django.introspect import tables
from tests.django.searched.models import Customer, Letter

TEXT = {"max_length": 20}


def model(meta: Any = None, **body: Any) -> type[models.Model]:
    """A model of an app of its own."""
    options = type("Meta", (), {"app_label": "searched", "apps": Apps(), **(meta or {})})
    named = {"id": models.BigAutoField(primary_key=True), **body, "Meta": options, "__module__": __name__}
    return type("Checked", (models.Model,), named)


def found(kind: type[models.Model]) -> dict[str, str]:
    """The hint of each of our findings, by its id."""
    ours = [each for each in kind.check() if str(each.id).startswith(("consentguard", "models"))]
    return {str(each.id): str(each.hint) for each in ours}


def sealed(search: Any = "casefold", **options: Any) -> Any:
    """A searched column."""
    return Encrypted(models.CharField(max_length=20, **options), search=search)


def test_the_models_of_these_tests_are_without_fault() -> None:
    """So that each finding below is of what it says."""
    assert found(Customer) == found(Letter) == {}


def test_the_data_map_asks_for_no_digests() -> None:
    """They are no columns of personal data of their own."""
    columns = next(table for table in tables() if table.label == "searched.Customer").by_name
    assert "email" in columns
    assert not [name for name in columns if "_exact_" in name or "_prefix_" in name]


def test_a_name_that_is_taken_is_found() -> None:
    """By a method, of which Django knows nothing, and by a field, which Django finds itself."""
    assert "consentguard.E023" in found(model(name=sealed(), name_exact_casefold_a=lambda self: 1))
    assert "models.E006" in found(model(name=sealed(), name_exact_casefold_a=models.IntegerField()))


def test_a_long_name_is_cut_and_stays() -> None:
    """At what PostgreSQL keeps of one; two of one beginning are still two."""
    long = "x" * 50
    names = [
        each.name
        for each in model(**{long: sealed([Exact("casefold"), Prefix(2, bits=4)])})._meta.local_fields
        if each.generated
    ]
    assert len(set(names)) == 4
    assert all(len(name) == 63 for name in names)


def test_a_compound_is_of_encrypted_fields() -> None:
    """An update of a plain one would leave it behind, and nobody would see."""
    pair = Compound(("name", "city"), normalise=("exact", "exact"))
    holder = Encrypted(models.JSONField(null=True), search=pair)
    assert "consentguard.E024" in found(model(name=sealed(), city=models.CharField(**TEXT), both=holder))
    assert "consentguard.E024" in found(model(name=sealed(), both=holder))
    assert found(model(name=sealed(), city=sealed(), both=holder)) == {}


def test_a_foreign_key_to_a_sealed_column_is_found() -> None:
    """Django takes it for a unique column, as it is, and would compare sealed bytes."""
    with isolate_apps("tests.django.searched") as apps:
        kind = model({"apps": apps}, name=sealed(unique=True))
        options = type("Meta", (), {"app_label": "searched", "apps": apps})
        key = models.ForeignKey(kind, models.CASCADE, to_field="name")
        type("Pointing", (models.Model,), {"key": key, "Meta": options, "__module__": __name__})
        assert "consentguard.E026" in found(kind)


@pytest.mark.parametrize(
    "inner",
    [
        models.BooleanField(default=False),
        models.CharField(max_length=1, choices=[("f", "female"), ("m", "male")]),
        models.IntegerField(choices=[(n, str(n)) for n in range(250)]),
    ],
)
def test_few_different_values_are_found(inner: Any) -> None:
    """As the planner says: how often each comes tells which it is."""
    kind = model(few=Encrypted(inner, search="exact"))
    (warning,) = [each for each in kind.check() if each.id == "consentguard.W027"]
    assert "how often each comes" in str(warning.msg)
    assert found(model(few=Encrypted(inner.clone()))) == {}


def test_sealed_values_are_not_held_to_be_unique_by_the_table() -> None:
    """Nor put in order by it; it says what to do instead."""
    unique = models.UniqueConstraint(fields=["name"], name="unique_name")
    together = UniqueTogether(fields=["id", "name"], name="together")
    assert found(model({"constraints": [together]}, name=sealed())) == {}
    assert "consentguard.E012" in found(model({"constraints": [together]}, name=sealed(None)))
    for meta in ({"constraints": [unique]}, {"unique_together": [("id", "name")]}, {"ordering": ["name"]}):
        assert "unique=True" in found(model(meta, name=sealed()))["consentguard.E012"]


DECLARED: dict[str, Callable[[], Any]] = {
    "no index": lambda: sealed(["casefold"]),
    "two exact ones": lambda: sealed([Exact(), Exact("casefold")]),
    "unique without one": lambda: sealed(None, unique=True),
    "unique by a short one": lambda: sealed(Prefix(2, bits=4), unique=True),
    "JSON": lambda: Encrypted(models.JSONField(null=True), search="exact"),
    "a compound that may not be NULL": lambda: Encrypted(
        models.JSONField(), search=Compound(("a", "b"), normalise=("exact", "exact"))
    ),
    "a compound of a text": lambda: sealed(Compound(("a", "b"), normalise=("exact", "exact"))),
}


@pytest.mark.parametrize("case", DECLARED)
def test_what_cannot_be_declared_is_refused(case: str) -> None:
    """Where the model is written."""
    with pytest.raises(TypeError):
        DECLARED[case]()


def test_a_normalisation_that_is_none_is_refused() -> None:
    """With those that there are."""
    with pytest.raises(SearchError, match="no normalisation"):
        sealed("e-mail")


def test_a_declaration_is_the_same_however_it_is_written() -> None:
    """So that writing it in another way is nothing to migrate."""
    ways = [sealed(given).deconstruct()[3] for given in ("email", Exact("email"), [Exact("email")], (Exact("email"),))]
    assert all(way == {"search": "email"} for way in ways)


@pytest.fixture
def admin() -> Callable[..., list[checks.CheckMessage]]:
    """What is found of an admin of customers with these options."""

    def found(**options: Any) -> list[checks.CheckMessage]:
        site.register(Customer, type("CustomerAdmin", (ModelAdmin,), options))
        try:
            return [each for each in check_admins() if "CustomerAdmin" in repr(each.obj)]
        finally:
            site.unregister(Customer)

    return found


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"search_fields": ["email"]}, 'write "=email"'),
        ({"search_fields": ["supplier__email"]}, 'write "=supplier__email"'),
        ({"search_fields": ["email__icontains"]}, "="),
        ({"search_fields": ["^surname"]}, "whole value"),
        ({"search_fields": ["surname"]}, "whole value"),
        ({"search_fields": ["=born"]}, "casefold"),
        ({"list_filter": ["email"]}, "another column"),
        ({"ordering": ["-email"]}, "another column"),
        ({"date_hierarchy": "born"}, "another column"),
    ],
)
def test_an_admin_whose_pages_would_fail_is_found(admin: Any, options: dict[str, Any], hint: str) -> None:
    """By its name, with what to write instead."""
    (message,) = admin(**options)
    assert message.id == "consentguard.E025"
    assert hint in message.hint


def test_an_admin_that_an_index_answers_is_not_found(admin: Any) -> None:
    """Nor one of plain columns."""
    assert admin(search_fields=["=email", "phone__iexact", "=supplier__code", "name"], ordering=["name"]) == []
    if django.VERSION >= (6, 1):  # which before that compares such a column as a text
        assert admin(search_fields=["email__exact"]) == []


@override_settings(AUTH_USER_MODEL="searched.Login")
def test_people_may_sign_in_by_a_sealed_address() -> None:
    """Django wants it to be unique, as it is."""
    assert check_user_model(None) == []
