"""The cookies of a Django site: whichever middleware, view or cache sets them, the policy is asked first."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.core import checks as django_checks
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.views.decorators.cache import cache_page

from consentguard.consent.errors import CookieRefusedError
from consentguard.consent.reports import ACT
from consentguard.testing.keys import keyring
from consentguard_django import checks
from consentguard_django.models import EvidenceEntry
from tests.django import settings
from tests.django.test_middleware import OURS_FIRST, accept
from tests.web_doors import SECTIONS

FETCH = "django.middleware.cache.FetchFromCacheMiddleware"
UPDATE = "django.middleware.cache.UpdateCacheMiddleware"
DECLARED = {"sessionid", "csrftoken"}
SECRET = "c2VjcmV0"


def everything(request: HttpRequest) -> HttpResponse:
    """A view with every way of setting a cookie."""
    request.session["seen"] = True
    get_token(request)
    messages.info(request, "saved")
    response = HttpResponse("page")
    response.set_cookie("_ga", SECRET)
    response.set_cookie("other", SECRET)
    response.set_cookie("__Host-raw", SECRET)
    response.delete_cookie("gone")
    response.headers["Set-Cookie"] = f"raw={SECRET}; Path=/"
    return response


async def everything_async(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("page")
    response.set_cookie("other", SECRET)
    response.set_cookie("csrftoken", "declared")
    return response


def stream(request: HttpRequest) -> StreamingHttpResponse:
    response = StreamingHttpResponse(iter([b"a", b"b"]))
    response.set_cookie("_ga", SECRET)
    return response


def enter(request: Any) -> HttpResponse:
    login(request, get_user_model().objects.get())
    return HttpResponse("in")


def tracked(request: Any) -> HttpResponse:
    """A page with a tracker for those who accept it."""
    response = HttpResponse("TRACKER" if request.privacy.allows("analytics") else "plain")
    response["Cache-Control"] = "max-age=600"
    return response


def counted(request: HttpRequest) -> HttpResponse:
    """A page that looks the same to everybody, and counts them, whether or not they agreed."""
    response = HttpResponse("page")
    response.set_cookie("_ga", SECRET)
    return response


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("no page")


urlpatterns = [
    path("everything", everything),
    path("everything-async", everything_async),
    path("orders/<int:number>", lambda request, number: counted(request)),
    path("stream", stream),
    path("enter", enter),
    path("tracked", tracked),
    path("kept", cache_page(600)(tracked)),
    path("counted", counted),
    path("broken", broken),
]


def include_ours() -> None:
    from django.urls import include

    urlpatterns.append(path("privacy/", include("consentguard_django.urls")))


@pytest.fixture
def options(tmp_path: Path) -> dict[str, object]:
    if len(urlpatterns) == 9:
        include_ours()
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    return {"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "keyring.json"}


@pytest.fixture
def strip(options: dict[str, object]) -> Iterator[None]:
    with override_settings(CONSENTGUARD={**options, "cookies": "strip"}, MIDDLEWARE=OURS_FIRST, ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def report(options: dict[str, object]) -> Iterator[None]:
    with override_settings(CONSENTGUARD=options, MIDDLEWARE=OURS_FIRST, ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="clinic.example.com")


def reports() -> list[dict[str, str]]:
    found = EvidenceEntry.objects.filter(act=ACT).order_by("details")
    return [json.loads(entry.details) for entry in found]


def sets(response: Any) -> set[str]:
    """The names of the cookies that leave, removals aside."""
    return {name for name, morsel in response.cookies.items() if morsel["max-age"] != 0}


def test_every_cookie_is_seen_before_it_leaves(client: Client, db: None, strip: None) -> None:
    """Session, CSRF and messages, which other middleware sets; a view's own; a raw header. A removal always leaves."""
    answer = client.get("/everything")
    assert answer.content == b"page"
    assert sets(answer) == DECLARED
    assert "gone" in answer.cookies
    assert "Set-Cookie" not in answer.headers
    assert SECRET not in str(answer.serialize_headers())
    told = {each["cookie"]: (each["reason"], each["route"], each["mode"]) for each in reports()}
    assert told.pop("_ga") == ("unconsented", "everything", "strip")
    assert told.keys() == {"other", "raw", "__Host-raw", "messages"}
    assert set(told.values()) == {("undeclared", "everything", "strip")}


def test_a_consented_cookie_leaves(client: Client, db: None, strip: None) -> None:
    """For whoever accepted it, and without a word to caches, for the page does not depend on it."""
    assert sets(client.get("/counted")) == set()
    accept(client)
    answer = client.get("/counted")
    assert sets(answer) == {"_ga"}
    assert "Cookie" not in answer.get("Vary", "")
    assert "private" not in answer.get("Cache-Control", "")


def test_sign_in_goes_on(client: Client, db: None, strip: None) -> None:
    """What the policy declares as essential leaves for everybody."""
    get_user_model().objects.create_user("ada", "ada@example.org", "secret")
    assert "sessionid" in client.get("/enter").cookies


def test_a_stream_is_stripped_before_it_begins(client: Client, db: None, strip: None) -> None:
    """Its headers are all there is to look at, and its body is left alone."""
    answer = client.get("/stream")
    assert answer.streaming
    assert not answer.cookies
    assert b"".join(answer.streaming_content) == b"ab"  # type: ignore[attr-defined]


def test_a_report_changes_no_answer(client: Client, db: None, report: None) -> None:
    """The default: every cookie leaves; each place is taken down once, by its pattern and not as it was asked for."""
    for number in (1, 2, 3):
        answer = client.get(f"/orders/{number}")
        assert sets(answer) == {"_ga"}
    assert reports() == [
        {"cookie": "_ga", "reason": "unconsented", "route": "orders/<int:number>", "mode": "report"},
    ]
    with CaptureQueriesContext(connection()) as queries:
        client.get("/orders/4")
    assert len(queries) == 0


def test_raise_fails_the_test_of_a_view(client: Client, options: dict[str, object]) -> None:
    """In a host's test settings; no database is asked for it."""
    with (
        override_settings(CONSENTGUARD={**options, "cookies": "raise"}, MIDDLEWARE=OURS_FIRST, ROOT_URLCONF=__name__),
        pytest.raises(CookieRefusedError, match="the cookie _ga is set by orders/<int:number>") as raised,
    ):
        client.get("/orders/1")
    assert SECRET not in str(raised.value)


def test_an_async_site_writes_in_a_thread_and_only_what_is_new(
    transactional_db: None, strip: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report is written where the database may be asked; an answer that has nothing new to tell changes no thread."""
    from consentguard_django import middleware

    hops: list[object] = []
    across = middleware.sync_to_async

    def counting(work: Any) -> Any:
        hops.append(work)
        return across(work)

    monkeypatch.setattr(middleware, "sync_to_async", counting)

    async def visit() -> list[set[str]]:
        browser = AsyncClient(SERVER_NAME="clinic.example.com")
        return [sets(await browser.get("/everything-async")) for _ in range(3)]

    assert asyncio.run(visit()) == [{"csrftoken"}] * 3
    assert [each["cookie"] for each in reports()] == ["other"]
    assert len(hops) == 1


def test_a_site_without_our_tables_answers_all_the_same(
    client: Client, report: None, caplog: pytest.LogCaptureFixture
) -> None:
    """A test that may not ask a database, or a site that has not migrated: one warning, and no error."""
    with caplog.at_level(logging.WARNING, "consentguard"):
        assert [client.get("/counted").status_code for _ in range(3)] == [200] * 3
    assert len(caplog.records) == 1
    assert SECRET not in caplog.text


def test_no_page_of_a_visitor_who_accepts_is_served_to_another(db: None, strip: None) -> None:
    """Django's site cache keeps a page that read the choice for nobody, in front of us or behind, nor a view's own."""
    for middleware in ([*OURS_FIRST[:1], UPDATE, *OURS_FIRST[1:], FETCH], [UPDATE, *OURS_FIRST, FETCH]):
        cache.clear()
        with override_settings(MIDDLEWARE=middleware):
            accepting, other = (Client(SERVER_NAME="clinic.example.com") for _ in range(2))
            accept(accepting)
            assert accepting.get("/tracked").content == b"TRACKER"
            assert other.get("/tracked").content == b"plain"
            assert accepting.get("/tracked").content == b"TRACKER"
            assert accepting.get("/kept").content == b"TRACKER"
            assert other.get("/kept").content == b"plain"


def test_a_cached_answer_is_stripped_for_each_visitor(db: None, strip: None) -> None:
    """A page from the site's cache brings the cookie of whoever it was made for: it leaves for those who agreed."""
    cache.clear()
    with override_settings(MIDDLEWARE=[*OURS_FIRST[:1], UPDATE, *OURS_FIRST[1:], FETCH]):
        accepting, other = (Client(SERVER_NAME="clinic.example.com") for _ in range(2))
        accept(accepting)
        assert sets(accepting.get("/counted")) == {"_ga"}
        assert sets(other.get("/counted")) == set()
        assert sets(accepting.get("/counted")) == {"_ga"}


def test_an_error_is_an_error(client: Client, db: None, strip: None) -> None:
    """What Django answers of its own accord passes too."""
    client.raise_request_exception = False
    assert client.get("/broken").status_code == 500
    assert client.get("/nowhere").status_code == 404


def test_the_check_asks_a_database_only_where_one_is_named(client: Client, db: None, report: None) -> None:
    """As Django's own: `check --database default` says what was reported, and `check` asks nothing."""
    client.get("/everything")
    with CaptureQueriesContext(connection()) as queries:
        assert not [each for each in django_checks.run_checks() if "C-UNDECLARED" in each.msg]
    assert not [query for query in queries if EvidenceEntry._meta.db_table in query["sql"]]
    found = django_checks.run_checks(databases=["default"])
    told = [each for each in found if each.id == "consentguard.W005" and each.msg.startswith("C-")]
    assert sorted(each.msg.split(":")[1].strip() for each in told) == ["__Host-raw", "_ga", "messages", "other", "raw"]
    assert all("privacy.toml" in str(each.hint) or "privacy.allows" in str(each.hint) for each in told)
    assert checks.check_cookies(databases=None) == []


def connection() -> Any:
    from django.db import connection as default

    return default
