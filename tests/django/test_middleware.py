"""`request.privacy` in a Django site: there for every view, sync or async, and free until it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.handlers.asgi import ASGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path

from consentguard.records import SubjectRef
from consentguard.testing.keys import keyring
from consentguard_django import checks, conf
from consentguard_django.middleware import PrivacyMiddleware
from tests.django import settings
from tests.web_doors import FROM_OUR_PAGE, SECTIONS

OURS_FIRST = ["consentguard_django.middleware.PrivacyMiddleware", *settings.MIDDLEWARE]


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain", headers={"Cache-Control": "public, max-age=60"})


async def plain_async(request: HttpRequest) -> HttpResponse:
    return plain(request)


def asked(request: Any) -> HttpResponse:
    allowed = request.privacy.allows("analytics")
    return HttpResponse(str(allowed), headers={"Cache-Control": "public, max-age=60"})


async def asked_async(request: Any) -> HttpResponse:
    return await sync_to_async(asked)(request)


def who(request: Any) -> HttpResponse:
    return HttpResponse(str(request.privacy.subject))


urlpatterns = [
    path("plain", plain),
    path("plain-async", plain_async),
    path("asked", asked),
    path("asked-async", asked_async),
    path("who", who),
]


def include_ours() -> None:
    from django.urls import include

    urlpatterns.append(path("privacy/", include("consentguard_django.urls")))


@pytest.fixture(autouse=True)
def site(tmp_path: Path) -> Iterator[None]:
    """The clinic with every section, and the middleware where it belongs."""
    if len(urlpatterns) == 5:
        include_ours()
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    options = {"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "keyring.json"}
    with override_settings(CONSENTGUARD=options, MIDDLEWARE=OURS_FIRST, ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="clinic.example.com")


def accept(browser: Client) -> None:
    """Send what the banner sends when everything is accepted."""
    policy = conf.site().consent_policy
    decision = {"accepted": list(policy.purposes), "policy": policy.id, "method": "accept", "nonce": "a1" * 16}
    answer = browser.post("/privacy/api/choice", decision, content_type="application/json", headers=FROM_OUR_PAGE)
    assert answer.status_code == 200


def test_a_request_that_reads_nothing_is_left_as_it_is(client: Client, db: None) -> None:
    """No SQL, no header, no cookie: a page that any cache may keep stays one."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get("/plain")
    assert len(queries) == 0
    assert answer["Cache-Control"] == "public, max-age=60"
    assert "Cookie" not in answer["Vary"]
    assert not answer.cookies


@pytest.mark.parametrize("address", ["/asked", "/asked-async"])
def test_an_answer_that_depends_on_the_choice_says_so(client: Client, address: str, db: None) -> None:
    """Asked of `request.privacy`, the choice is refused until it is made; caches keep the answer for nobody else."""
    before = client.get(address)
    assert before.content == b"False"
    assert "Cookie" in before["Vary"]
    assert "private" in before["Cache-Control"]
    assert "public" not in before["Cache-Control"]
    accept(client)
    assert client.get(address).content == b"True"


def test_an_async_site_stays_async() -> None:
    """Under ASGI no thread is taken for the middleware, and an async view is awaited."""

    async def visit() -> list[bytes]:
        browser = AsyncClient(SERVER_NAME="clinic.example.com")
        return [(await browser.get(address)).content for address in ("/plain", "/plain-async", "/asked-async")]

    assert asyncio.run(visit()) == [b"plain", b"plain", b"False"]


def test_the_middleware_is_a_coroutine_only_around_one() -> None:
    """Django adapts what is of the other kind at a price; ours is of whatever kind the site is."""
    from asgiref.sync import iscoroutinefunction

    assert iscoroutinefunction(PrivacyMiddleware(plain_async))
    assert not iscoroutinefunction(PrivacyMiddleware(plain))
    handler = ASGIHandler()
    assert iscoroutinefunction(handler._middleware_chain)


def test_who_is_signed_in_is_a_subject_of_the_policy(client: Client, db: None) -> None:
    """The kind is that of the data map's root for the user model, the key that of the row."""
    member = get_user_model().objects.create_user("ada", "ada@example.org", "secret")
    assert client.get("/who").content == b"None"
    client.force_login(member)
    assert client.get("/who").content.decode() == str(SubjectRef("member", str(member.pk)))


def warnings() -> list[str]:
    return [str(message.msg) for message in checks.check_middleware()]


@pytest.mark.parametrize(
    ("middleware", "said"),
    [
        (settings.MIDDLEWARE, "is not in MIDDLEWARE"),
        ([*settings.MIDDLEWARE, OURS_FIRST[0]], "does not stand first"),
        (OURS_FIRST, ""),
    ],
)
def test_a_check_says_where_the_middleware_belongs(middleware: list[str], said: str) -> None:
    """consentguard.W006, where the policy leaves visitors a choice."""
    with override_settings(MIDDLEWARE=middleware):
        found = warnings()
    assert len(found) == bool(said)
    assert not said or said in found[0]


def test_a_policy_without_a_choice_needs_no_middleware() -> None:
    """A site that only publishes its policy hears nothing of it."""
    with override_settings(MIDDLEWARE=settings.MIDDLEWARE, CONSENTGUARD=settings.CONSENTGUARD):
        assert warnings() == []


def test_a_wrong_keyring_is_an_error_of_its_own(tmp_path: Path) -> None:
    """consentguard.E007 names the file; where no keyring is named, a warning says how to make one."""
    (tmp_path / "keyring.json").write_text("{}", "utf-8")
    [error] = [message for message in checks.check_policy() if message.id == "consentguard.E007"]
    assert "keyring.json" in error.msg
