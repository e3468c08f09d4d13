"""Age in Django: as in every framework, and in the sign-up of django-allauth."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import patch

import pytest
from asgiref.sync import async_to_sync
from django import forms
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from django.db import connection
from django.http import HttpRequest
from django.test import AsyncClient, override_settings
from django.views.debug import ExceptionReporter

from consentguard.age import AgeError
from consentguard.errors import SettingsError
from consentguard.ports import StoreError
from consentguard.testing.keys import keyring
from consentguard.web.privacy import Privacy
from consentguard_django import conf
from consentguard_django.forms import AgeFormMixin
from consentguard_django.stores.proofs import DjangoAgeClaims
from consentguard_django.visit import DjangoVisit
from tests.django import settings
from tests.django.age_site import SignUp, function
from tests.django.app.models import Member
from tests.django.test_forms import request_of
from tests.web_ages import SCREEN, Ages, Build, Site
from tests.web_guardians import EVA, GUARDED, KIM, Guarded, agreed

MIDDLEWARE = [
    "consentguard_django.middleware.PrivacyMiddleware",
    *(name for name in settings.MIDDLEWARE if "Csrf" not in name and "Privacy" not in name),
]


@pytest.fixture
def build(tmp_path: Path, transactional_db: None) -> Iterator[Build]:
    """Makes a site of a section `[age]`."""
    keyring().write(tmp_path / "keyring.json")
    cache.clear()
    with ExitStack() as stack:

        def site(section: str) -> Site:
            (tmp_path / "privacy.toml").write_text((settings.BASE_DIR / "privacy.toml").read_text("utf-8") + section)
            options = {
                "manifest": tmp_path / "privacy.toml",
                "keyring": tmp_path / "keyring.json",
                "subject": "tests.django.age_site.signed_in",
            }
            changed = {"CONSENTGUARD": options, "MIDDLEWARE": MIDDLEWARE, "ROOT_URLCONF": "tests.django.age_site"}
            stack.enter_context(override_settings(**changed))
            return Site(WSGIHandler(), lambda: conf.guards().at(), dump, "member")

        yield site


def dump() -> str:
    """All that stands in the database, and what the sessions in it hold."""
    connection.ensure_connection()
    sessions = [session.get_decoded() for session in Session.objects.all()]
    return "\n".join(connection.connection.iterdump()) + repr(sessions)


class TestAges(Ages):
    """A Django site whose pages a cache keeps where they may be kept."""

    @pytest.fixture
    def build(self, build: Build) -> Build:
        return build


class TestGuarded(Guarded):
    """The same site, where guardians may agree."""

    @pytest.fixture
    def build(self, build: Build) -> Build:
        return build


@pytest.mark.parametrize("path", ["/coroutine", "/async-class", "/function"])
def test_coroutines_are_kept_for_who_is_old_enough(build: Build, path: str) -> None:
    """Under ASGI the database is asked in a thread of its own, in front of functions, coroutines and classes."""
    build(SCREEN)
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        async_to_sync(_visits)(path)


async def _visits(path: str) -> None:
    client, sent = AsyncClient(), {"accept": "text/html", "sec-fetch-site": "same-origin"}
    refused = await client.get(path, headers=sent)
    assert (refused.status_code, refused["Location"]) == (303, f"/privacy/en/age?next=%2F{path[1:]}")
    await client.post("/privacy/en/age", {"month": "3", "year": "1980"}, headers=sent)
    seen = await client.get(path, headers=sent)
    assert (seen.status_code, seen.content) == (200, b"Welcome")
    assert "private" in seen["Cache-Control"]


def test_no_birth_date_is_in_a_report_of_an_error(build: Build) -> None:
    """As Django mails one, with every variable of every frame: of an error in a view, in a form, and of our page."""
    reports: list[str] = []

    def report(request: HttpRequest, **_: object) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info())
        reports.extend((reporter.get_traceback_html(), reporter.get_traceback_text()))

    site = build(SCREEN)
    got_request_exception.connect(report)
    form = {"name": "fail", "birth_month": "7", "birth_year": "1931"}
    broken = patch.object(DjangoAgeClaims, "add", side_effect=StoreError("away"))
    try:
        assert site.visitor().post("/sign-up", data=form).status_code == 500
        with broken:
            assert site.visitor().post("/sign-up", data=form | {"name": "Ada"}).status_code == 500
            page = site.visitor().post("/privacy/en/age", data={"month": "7", "year": "1931"})
    finally:
        got_request_exception.disconnect(report)
    assert page.status_code == 503
    assert len(reports) == 4
    assert [each for each in reports if re.search(r"(?<![0-9a-zA-Z.])1931(?![0-9a-zA-Z])", each)] == []


def test_without_the_middleware_nothing_is_open(build: Build) -> None:
    """Neither a view nor a form goes on without what tells caches and sets the cookie; the error says what to do."""
    build(SCREEN)
    request = request_of()
    with pytest.raises(SettingsError, match="no `privacy`"):
        function(request)
    with pytest.raises(SettingsError):
        SignUp(None, request=request)
    with pytest.raises(AgeError) as caught:
        SignUp(None)
    assert "request=request" in caught.value.hint


class Named(AgeFormMixin, forms.ModelForm):
    """A form of a model, which finds names that are taken after everything else."""

    email = forms.EmailField()

    class Meta:
        model = Member
        fields = ("username",)


def test_a_name_that_is_taken_tells_nothing_of_an_address(build: Build) -> None:
    """Nor does a weak password: whether a guardian agreed is looked up where a model has no mistake left."""
    site = build(GUARDED)
    agreed(site, KIM)
    Member.objects.create(username="kim")
    told = []
    for name, address in (("kim", KIM), ("kim", EVA), ("eva", EVA), ("eva", KIM)):
        sent = {"username": name, "email": address, "birth_month": "7", "birth_year": "2019"}
        request = request_of()
        request.session = {}
        request.privacy = Privacy(DjangoVisit(request))
        form = Named(sent, request=request)
        told.append((form.is_valid(), sorted(form.errors)))
    assert told == [(False, ["username"]), (False, ["username"]), (False, ["__all__"]), (True, [])]


@pytest.mark.skipif(find_spec("allauth") is None, reason="no allauth: pip install 'consentguard[dev]'")
def test_the_sign_up_of_allauth_asks_and_refuses(tmp_path: Path) -> None:
    """An adult's account has the claim on record; a child has none, and none by sending the form again either; they
    have one, with the claim on record that they are too young, where a guardian agreed for the address. By a password
    as by an account elsewhere; a check warns of each way on which allauth would ask nobody anything.
    """
    site = Path(__file__).with_name("allauth_age_site.py")
    done = subprocess.run([sys.executable, str(site), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expected = {
        "adult": [True, 302, True, "over"],
        "adult cookie": True,
        "child": [True, 200, False, None],
        "child cookie": True,
        "replayed": [False, 200, False, None],
        "replayed cookie": True,
        "guarded": [False, 302, True, "under"],
        "guarded cookie": True,
    }
    warned = {"asks": 0, "without a form": 1, "form that does not ask": 1, "by programs": 1, "asks nobody": 0}
    told = expected | {f"social {name}": said for name, said in expected.items()}
    assert json.loads(done.stdout) == told | {f"W042 {name}": number for name, number in warned.items()}
