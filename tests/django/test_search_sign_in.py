"""People sign in by an address that the table holds sealed, and no two of them by one address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.tokens import default_token_generator
from django.core.management import CommandError, call_command
from django.forms import modelform_factory
from django.test import RequestFactory, override_settings

from consentguard.crypto.keyring import Keyring
from consentguard.testing import races
from tests.django.searched.kit import alias, migrated, ring  # noqa: F401 - fixtures
from tests.django.searched.models import Login, LoginManager
from tests.django.searched.racing import sign_up

PASSWORD = "correct horse battery staple"


@pytest.fixture
def site(alias: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:  # noqa: F811
    """A site whose people are in that database, and one of them."""
    monkeypatch.setattr(LoginManager, "get_queryset", lambda manager: manager._queryset_class(Login, using=alias))
    monkeypatch.setattr(LoginManager, "db", alias)
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(AUTH_USER_MODEL="searched.Login", PASSWORD_HASHERS=quick):
        made = Login(email="Ada@Example.com")
        made.set_password(PASSWORD)
        made.save(using=alias)
        yield alias


def test_somebody_signs_in_whatever_the_case_of_their_address(site: str) -> None:
    """By the form, which asks for exactly what Django's own backend does."""
    request = RequestFactory().post("/")
    assert authenticate(request, username="ADA@example.com", password=PASSWORD).email == "Ada@Example.com"
    assert authenticate(request, username="ada@example.com", password="wrong") is None
    assert authenticate(request, username="eve@example.com", password=PASSWORD) is None
    form = AuthenticationForm(request, {"username": "ada@EXAMPLE.com", "password": PASSWORD})
    assert form.is_valid()
    assert form.get_user().pk == Login.objects.get_by_natural_key("ada@example.com").pk


def test_a_new_password_is_sent_to_the_address_that_is_stored(site: str) -> None:
    """And to nobody whose address only looks alike."""
    form = PasswordResetForm({"email": "ADA@example.COM"})
    assert form.is_valid()
    assert [each.email for each in form.get_users("ADA@example.COM")] == ["Ada@Example.com"]
    assert not list(form.get_users("ada@examplé.com"))
    user = Login.objects.get(email__iexact="ada@example.com")
    assert default_token_generator.check_token(user, default_token_generator.make_token(user))


def test_a_form_says_that_an_address_is_taken(site: str) -> None:
    """As of any unique field, and to its owner not at all."""
    kind = modelform_factory(Login, fields=["email"])
    assert kind({"email": "ADA@example.com"}).errors == {"email": ["Login with this Email already exists."]}
    assert kind({"email": "eve@example.com"}).is_valid()
    assert kind({"email": "ada@example.com"}, instance=Login.objects.get()).is_valid()
    with pytest.raises(Exception, match="already exists"):
        Login(email="aDa@example.com", password="x").full_clean()


def test_a_superuser_is_made_once(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By Django's command, which looks whether the name is taken."""
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    options: dict[str, Any] = {"interactive": False, "database": site, "verbosity": 0, "stdout": StringIO()}
    call_command(createsuperuser.Command(), email="root@example.com", **options)
    assert Login.objects.get(email="ROOT@example.com").check_password(PASSWORD)
    with pytest.raises(CommandError, match="already taken"):
        call_command(createsuperuser.Command(), email="Root@example.com", **options)


@pytest.fixture(scope="module")
def race() -> Iterator[races.Race]:
    """Processes, which connect as they are told."""
    with races.Processes(nullcontext) as race:  # type: ignore[arg-type]  # they need no stores
        yield race


ON_SERVERS = [
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
]


@pytest.mark.parametrize("database", ON_SERVERS, indirect=True)
def test_of_eight_who_take_an_address_at_once_one_gets_it(
    alias: str,  # noqa: F811
    database: tuple[str, str],
    ring: Keyring,  # noqa: F811
    race: races.Race,
) -> None:
    """The table itself holds the digests to be unique, whoever looked before."""
    assert race(partial(sign_up, ring.dumps(), database)).count(True) == 1
    assert Login.objects.using(alias).filter(email="ada@example.com").count() == 1
    assert Login.objects.using(alias).count() == 1
