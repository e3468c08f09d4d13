"""Global Privacy Control in a Django site: said at the root, and taken down of who signs in by Django's own pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import alogin, get_user_model, login
from django.contrib.auth.views import LoginView
from django.core.checks import CheckMessage
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include, path

from consentguard.records import ConsentRecord, SubjectRef
from consentguard.testing.keys import keyring
from consentguard_django import checks, conf
from tests.django import settings
from tests.web_doors import SECTIONS

SIGN_IN = {"username": "ada", "password": "secret"}
SENDS = {"Sec-GPC": "1"}
TABLE = "consentguard_evidence_entry"


async def sign_in_async(request: HttpRequest) -> HttpResponse:
    await alogin(request, await get_user_model().objects.aget(username="ada"))
    return HttpResponse("in")


urlpatterns = [
    path("", include("consentguard_django.well_known")),
    path("privacy/", include("consentguard_django.urls")),
    path("sign-in", LoginView.as_view(template_name="none.html", next_page="/done")),
    path("sign-in-async", sign_in_async),
]


@pytest.fixture(autouse=True)
def site(tmp_path: Path) -> Iterator[None]:
    """The clinic with purposes to choose about, and its own addresses."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    options = {"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "keyring.json"}
    with override_settings(CONSENTGUARD=options, ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def ada(db: None) -> Any:
    return get_user_model().objects.create_user("ada", "ada@example.org", "secret")


def standing(who: Any) -> dict[str, ConsentRecord]:
    return dict(conf.guards().at().consent.standing(SubjectRef("member", str(who.pk))))


def test_the_signal_of_who_signs_in_is_taken_down_once(client: Client, ada: Any) -> None:
    """By Django's own view: the purposes that it refuses, for the account, and no cookie of ours."""
    for _ in range(2):
        answer = client.post("/sign-in", SIGN_IN, headers=SENDS)
        assert (answer.status_code, answer["Location"]) == (302, "/done")
        assert set(client.cookies) == {"sessionid", "csrftoken"}
    assert conf.guards().at().stores.entries.waiting() == 1
    record = standing(ada)["analytics"]
    assert (record.method, record.refused, record.component) == ("gpc", ("analytics",), "signin")


def test_without_the_signal_a_sign_in_costs_nothing(client: Client, ada: Any) -> None:
    """Not one statement more than with consentguard away."""
    with CaptureQueriesContext(
        connection,
    ) as seen:
        client.post("/sign-in", SIGN_IN)
    assert not [query for query in seen.captured_queries if "consentguard" in query["sql"]]
    assert standing(ada) == {}


@pytest.mark.django_db(transaction=True)
def test_it_is_taken_down_in_an_async_view_too() -> None:
    """Django sends the signal from `alogin` as well."""
    ada = get_user_model().objects.create_user("ada", "ada@example.org", "secret")
    assert asyncio.run(_async_sign_in()) == b"in"
    assert standing(ada)["analytics"].gpc


async def _async_sign_in() -> bytes:
    answer = await AsyncClient().get("/sign-in-async", headers=SENDS)
    return bytes(answer.content)


def test_somebody_signs_in_though_nothing_can_be_written(
    client: Client, ada: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The table is away: it is logged, and whoever signs in is in."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} RENAME TO away")
        answer = client.post("/sign-in", SIGN_IN, headers=SENDS)
        cursor.execute(f"ALTER TABLE away RENAME TO {TABLE}")
    assert answer.status_code == 302
    assert "_auth_user_id" in client.session
    assert "could not be taken down at sign-in" in caplog.text


def test_somebody_who_is_signed_in_by_code_without_a_request(ada: Any) -> None:
    """As some packages do: there is no browser to ask."""
    from django.contrib.auth.signals import user_logged_in

    user_logged_in.send(type(ada), request=None, user=ada)
    bare = HttpRequest()
    bare.session = Client().session  # type: ignore[assignment]
    login(bare, ada)
    assert standing(ada) == {}


def test_the_site_says_at_its_root_that_it_honours_the_signal(client: Client) -> None:
    """As JSON, for everybody, wherever our pages stand."""
    answer = client.get("/.well-known/gpc.json")
    assert (answer.status_code, answer.json()) == (200, {"gpc": True})
    assert answer["Content-Type"] == "application/json"
    assert not answer.cookies


def messages() -> list[CheckMessage]:
    return checks.check_well_known()


def test_a_check_says_what_is_missing_at_the_root() -> None:
    """consentguard.W028, where the policy refuses anything by the signal."""
    assert messages() == []
    with override_settings(ROOT_URLCONF="tests.django.urls"):
        [message] = messages()
        assert message.id == "consentguard.W028"
        assert "consentguard_django.well_known" in str(message.hint)
        with override_settings(CONSENTGUARD={"manifest": settings.BASE_DIR / "privacy.toml"}):
            assert messages() == []
